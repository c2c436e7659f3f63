"""The same files in a real MinIO, and what is different there: buckets, keys, and a store that fails on its own."""
import concurrent.futures
import os
import socket
import subprocess
import threading
import time

import pytest

import minio
from filing import NAMES, Person, begin_upload
from service import API, Service
from test_files import (test_a_connection_goes_on_after_files, test_a_name_is_taken_as_clients_send_it,  # noqa: F401
                        test_bytes_come_back_as_they_were, test_chunked_uploads_are_taken, test_every_name_comes_back_and_goes,
                        test_only_real_pictures_are_shown, test_parts_and_versions, test_the_listing_goes_page_by_page)
from test_files_interrupted import (test_a_download_goes_on_while_the_file_is_replaced,  # noqa: F401
                                    test_an_upload_to_one_name_by_many_is_one_of_them, upload_in_parallel)
from test_files_refused import (test_a_bad_form_is_refused_and_leaves_nothing,  # noqa: F401
                                test_a_listing_after_what_is_no_name_is_refused, test_a_name_that_is_none_is_refused,
                                test_files_of_others_and_missing_ones_look_the_same,
                                test_no_trick_with_a_name_reaches_the_file_of_another)

pytestmark = pytest.mark.skipif(not minio.program("minio").exists(),
                                reason="!!! NOT TESTED: there is no MinIO; tools/install_minio.sh builds it")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    running = minio.Minio(tmp_path_factory.mktemp("minio")).start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def service(binary, tmp_path_factory, store):
    running = Service(binary, tmp_path_factory.mktemp("service"), store.settings()).start()
    (running.data / "files/uploads").mkdir(parents=True)  # where the tests of the disk look for what is left over
    yield running
    running.stop()


@pytest.fixture
def own_store(tmp_path):
    running = minio.Minio(tmp_path / "minio").start()
    yield running
    running.stop()


def number(person):
    return person.request("GET", "/users/profile").json()["id"]


def assert_unavailable(answer):
    assert answer.status_code == 503, answer.text
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json() == {"detail": "The service is temporarily unavailable. Please try again."}


def descriptors(service):
    """The files without a name that the service holds open."""
    folder = f"/proc/{service.process.pid}/fd"
    links = []
    for descriptor in os.listdir(folder):
        try:
            links.append(os.readlink(f"{folder}/{descriptor}"))
        except OSError:
            pass
    return [link for link in links if link.endswith("(deleted)") and str(service.data) in link]


def test_keys_are_those_of_the_replaced_service(jane, store):
    for name in NAMES:
        assert jane.upload(name, name.encode()).status_code == 200
    mine = f"user-files/{number(jane)}/"
    assert {key for key in store.keys() if key.startswith(mine)} == {mine + name for name in NAMES}


def test_what_the_replaced_service_stored_is_found(jane, store):
    key = f"user-files/{number(jane)}/뉴스 + 100%.txt"
    time.sleep(1.1)  # the store tells whole seconds, and the account is new
    assert store.request("PUT", f"/{minio.BUCKET}/{key}", b"old", {"content-type": "text/html"}).status_code == 200
    answer = jane.download("뉴스 + 100%.txt")
    assert answer.content == b"old" and answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert jane.names() == ["뉴스 + 100%.txt"]
    assert jane.delete("뉴스 + 100%.txt").status_code == 200
    assert key not in store.keys()


def test_the_type_that_the_client_has_said_is_kept_for_others(jane, store):
    jane.upload("a.bin", b"x", content_type="application/x-special")
    answer = store.request("GET", f"/{minio.BUCKET}/user-files/{number(jane)}/a.bin")
    assert answer.headers["content-type"] == "application/x-special" and answer.content == b"x"


def test_objects_with_keys_that_are_no_names_are_passed_over(jane, store):
    mine = f"/{minio.BUCKET}/user-files/{number(jane)}"
    time.sleep(1.1)
    for key in ("a/b.txt", "a/c.txt", "b/x"):
        store.request("PUT", f"{mine}/{key}", b"x")
    jane.upload("c.txt", b"x")
    assert jane.names() == ["c.txt"]
    assert jane.list(limit=1)["next"] is None


@pytest.mark.long
def test_a_long_listing_comes_to_its_end_whatever_else_is_there(jane, store):
    mine = f"/{minio.BUCKET}/user-files/{number(jane)}"
    time.sleep(1.1)
    names = [f"{letter}{i:04}.txt" for letter in "ac" for i in range(510)]
    others = [f"b{i:04}/x.txt" for i in range(1010)]  # more than a page of what is passed over
    with concurrent.futures.ThreadPoolExecutor(4) as crowd:
        assert {answer.status_code for answer in crowd.map(lambda key: store.request("PUT", f"{mine}/{key}", b"x"), names + others)} == {200}
    for limit in (1000, 509, 510, 511):
        found, after, pages = [], "", 0
        while after is not None:
            page = jane.list(limit=limit, after=after)
            found, after, pages = found + [file["name"] for file in page["files"]], page["next"], pages + 1
        assert found == names and pages == -(-len(names) // limit)


@pytest.mark.parametrize("sent", [10, 500_000, 999_000])
def test_an_upload_that_is_cut_off_never_reaches_the_store(jane, store, service, sent):
    before = store.keys()
    begin_upload(jane, "cut.bin", 1_000_000, sent).close()
    quiet = 0
    for _ in range(200):  # it may begin a moment after its client has gone
        quiet = 0 if descriptors(service) else quiet + 1
        if quiet == 10:
            break
        time.sleep(0.05)
    assert quiet == 10
    assert store.keys() == before


def test_a_kill_leaves_nothing_of_an_upload(binary, tmp_path, own_store):
    service = Service(binary, tmp_path / "service", own_store.settings()).start()
    jane = Person(service)
    begin_upload(jane, "cut.bin", 5_000_000, 4_000_000)
    time.sleep(0.3)
    service.kill()
    assert own_store.keys() == []
    left = [path.name for path in service.data.iterdir() if path.stat().st_size > 1_000_000]
    assert left == []


def test_three_instances_make_one_bucket(binary, tmp_path, own_store):
    services = [Service(binary, tmp_path / f"service{i}", own_store.settings()) for i in range(3)]
    threads = [threading.Thread(target=service.start) for service in services]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for service in services:
        assert Person(service).upload("a.txt", b"x").status_code == 200
        service.stop()
    assert [path.name for path in (own_store.folder / "data").iterdir() if not path.name.startswith(".")] == [minio.BUCKET]


def test_wrong_keys_stop_files_and_nothing_else(start, store):
    service = start(**store.settings(MINIO_SECRET_KEY="another secret"))
    jane = Person(service)
    assert_unavailable(jane.upload("a.txt", b"x"))
    assert_unavailable(jane.download("a.txt"))
    assert_unavailable(jane.delete("a.txt"))
    assert_unavailable(jane.request("GET", "/users/files"))
    assert service.get("/users/profile", jane.token).status_code == 200
    printed = service.printed()
    assert "SignatureDoesNotMatch" in printed and "another secret" not in printed and "a.txt" not in printed


def test_keys_that_may_only_read_and_write_objects_are_enough(start, own_store, tmp_path):
    if not minio.program("mc").exists():
        pytest.skip("!!! NOT TESTED: there is no mc; tools/install_minio.sh builds it")
    own_store.request("PUT", "/" + minio.BUCKET)
    policy = tmp_path / "policy.json"
    policy.write_text('{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject",'
                      '"s3:DeleteObject"],"Resource":["arn:aws:s3:::app-files/*"]}]}')
    for command in (["alias", "set", "own", "http://" + own_store.endpoint, minio.USER, minio.PASSWORD],
                    ["admin", "policy", "create", "own", "narrow", str(policy)],
                    ["admin", "user", "add", "own", "narrow-user", "narrow-secret"],
                    ["admin", "policy", "attach", "own", "narrow", "--user", "narrow-user"]):
        subprocess.run([minio.program("mc"), "--config-dir", tmp_path / "mc", *command], check=True, capture_output=True, timeout=60)
    service = start(**own_store.settings(MINIO_ACCESS_KEY="narrow-user", MINIO_SECRET_KEY="narrow-secret"))
    jane = Person(service)
    assert jane.upload("a.txt", b"x").status_code == 200
    assert jane.download("a.txt").content == b"x"
    assert jane.delete("a.txt").status_code == 200
    assert jane.download("a.txt").status_code == 404
    assert_unavailable(jane.request("GET", "/users/files"))  # that is what they may not


def test_a_store_is_spoken_to_over_tls_by_those_whom_its_authority_vouches_for(start, tmp_path):
    certificates = tmp_path / "certificates"
    certificates.mkdir()
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", "/CN=minio", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", certificates / "private.key",
                    "-out", certificates / "public.crt"], check=True, capture_output=True)
    store = minio.Minio(tmp_path / "minio", ["--certs-dir", certificates]).start()
    try:
        trusting = Person(start(**store.settings(MINIO_SECURE="true", MINIO_CA_FILE=str(certificates / "public.crt"))))
        assert trusting.upload("a.txt", b"x" * 200_000).status_code == 200
        assert trusting.download("a.txt").content == b"x" * 200_000
        assert_unavailable(Person(start(**store.settings(MINIO_SECURE="true"))).upload("a.txt", b"x"))
        assert_unavailable(Person(start(**store.settings())).upload("a.txt", b"x"))
    finally:
        store.stop()


def test_the_bucket_may_stand_in_the_name_of_the_host(start, tmp_path):
    store = minio.Minio(tmp_path / "minio", MINIO_DOMAIN="localhost").start()
    try:
        jane = Person(start(**store.settings(MINIO_ENDPOINT=f"localhost:{store.port}", MINIO_ADDRESSING="virtual-host")))
        for name in NAMES:
            assert jane.upload(name, name.encode()).status_code == 200
            assert jane.download(name).content == name.encode()
        assert jane.names() == sorted(NAMES, key=str.encode)
        assert store.keys()[0].startswith("user-files/")
    finally:
        store.stop()


def test_a_store_that_is_down_stops_files_and_nothing_else(start, own_store):
    service = start(**own_store.settings())
    jane = Person(service)
    assert jane.upload("a.txt", b"x").status_code == 200
    own_store.stop()
    for _ in range(6):
        began = time.monotonic()
        assert_unavailable(jane.download("a.txt"))
        assert time.monotonic() - began < 6
    began = time.monotonic()
    assert_unavailable(jane.download("a.txt"))
    assert time.monotonic() - began < 0.5
    assert service.get("/users/profile", jane.token).status_code == 200
    assert service.client.get("/readyz").status_code == 200
    own_store.start()
    deadline = time.monotonic() + 20
    while jane.download("a.txt").status_code != 200 and time.monotonic() < deadline:
        time.sleep(0.2)
    assert jane.download("a.txt").content == b"x"


def test_a_service_starts_before_its_store(start, own_store):
    own_store.stop()
    service = start(**own_store.settings())
    jane = Person(service)
    assert_unavailable(jane.upload("a.txt", b"x"))
    own_store.start()
    deadline = time.monotonic() + 20
    while jane.upload("a.txt", b"x").status_code != 200 and time.monotonic() < deadline:
        time.sleep(0.2)
    assert jane.download("a.txt").content == b"x"


@pytest.mark.long
def test_a_store_that_hangs_is_not_waited_for(start, own_store):
    service = start(**own_store.settings())
    service.client.timeout = 60
    jane = Person(service)
    jane.upload("big.bin", os.urandom(30_000_000))
    with socket.create_connection(("127.0.0.1", service.port), timeout=60) as download:
        download.sendall(f"GET {API}/users/download-file/big.bin HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {jane.token}\r\n\r\n".encode())
        received = len(download.recv(100_000))
        own_store.freeze()
        began = time.monotonic()
        while piece := download.recv(1_000_000):
            received += len(piece)
        assert received < 30_000_000 and time.monotonic() - began < 20
    began = time.monotonic()
    assert_unavailable(jane.upload("a.bin", b"x"))
    assert time.monotonic() - began < 45
    assert service.get("/users/profile", jane.token).status_code == 200
    own_store.thaw()
    deadline = time.monotonic() + 20
    while jane.download("big.bin").status_code != 200 and time.monotonic() < deadline:
        time.sleep(0.2)
    assert len(jane.download("big.bin").content) == 30_000_000


@pytest.mark.long
def test_memory_stays_flat_while_much_is_uploaded(release_binary, tmp_path, own_store):
    assert upload_in_parallel(release_binary, tmp_path / "service", 30, 30, **own_store.settings()) < 30 * 4 * 64 + 4_000


def test_many_slow_downloads_hold_up_nobody(service, jane):
    jane.upload("big.bin", os.urandom(2_000_000))
    slow = []
    for _ in range(50):
        connection = socket.create_connection(("127.0.0.1", service.port), timeout=20)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(f"GET {API}/users/download-file/big.bin HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {jane.token}\r\n\r\n".encode())
        slow.append(connection)
    assert all(connection.recv(10) for connection in slow)
    began = time.monotonic()
    assert jane.upload("a.txt", b"x").status_code == 200
    assert jane.download("a.txt").content == b"x"
    assert time.monotonic() - began < 5
    for connection in slow:
        connection.close()
