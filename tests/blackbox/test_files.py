"""Files: what was uploaded comes back byte for byte, nothing else does, and nothing is left of what was cut off."""
import contextlib
import datetime
import email
import hashlib
import http.client
import json
import os
import re
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import threading
import time
import urllib.parse

import httpx
import pytest

from service import API, Service
from test_tls import make_certificate

BOUNDARY = "----b0undary"
FORM = f"multipart/form-data; boundary={BOUNDARY}"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(200))
NAMES = ["hello.txt", "C++ notes.txt", "a%2Bb.txt", "100% sure.txt", "tilde~1.txt", "hash#1.txt", "what?.txt", "a&b=c.txt",
         "it's (1)*!.txt", "표.csv", "emoji😀.png", "مرحبا.txt", "\u00e9.txt", "e\u0301.txt", "a;b.txt", "a.txt", "A.txt",
         " lead", "...", ".hidden", "x" * 255, "가" * 85]
BAD_NAMES = ["", ".", "..", "../2/x", "..\\\\x", "....//", "/abs", "user-files/2/x", "a/b", "a\\\\b", "x" * 256, "x" * 1024, "가" * 86,
             "\u2028", "\x85"]


def form(name, content, field="file", content_type="application/octet-stream"):
    quoted = name.replace('"', '\\"')
    return (f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"; filename="{quoted}"\r\n'
            f"Content-Type: {content_type}\r\n\r\n").encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()


class Person:
    """Somebody who is logged in."""

    def __init__(self, service):
        self.service = service
        self.token = service.tokens()["access_token"]
        self.headers = {"authorization": f"Bearer {self.token}"}

    def request(self, method, path, headers=(), **options):
        return self.service.client.request(method, API + path, headers={**self.headers, **dict(headers)}, **options)

    def post(self, body, content_type=FORM):
        return self.request("POST", "/users/upload-file", {"content-type": content_type}, content=body)

    def upload(self, name, content, **options):
        return self.post(form(name, content, **options))

    def download(self, name, headers=()):
        return self.request("GET", "/users/download-file/" + urllib.parse.quote(name, safe=""), headers)

    def delete(self, name):
        return self.request("DELETE", "/users/delete-file/" + urllib.parse.quote(name, safe=""))

    def list(self, **query):
        answer = self.request("GET", "/users/files", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def names(self):
        return [file["name"] for file in self.list(limit=1000)["files"]]


@pytest.fixture
def jane(service):
    return Person(service)


@pytest.fixture
def john(service):
    return Person(service)


def drafts(service):
    """What of unfinished uploads is on the disk, once it has had time to go."""
    folder = service.data / "files" / "uploads"
    for _ in range(100):
        if not list(folder.iterdir()):
            return []
        time.sleep(0.05)
    return list(folder.iterdir())


# ---------------------------------------------------------------------- the good ways

@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 3_000_000])
def test_bytes_come_back_as_they_were(jane, size):
    content = os.urandom(size)
    answer = jane.upload("random.bin", content)
    assert answer.status_code == 200, answer.text
    assert answer.json()["object_name"].endswith("/random.bin")
    assert jane.download("random.bin").content == content


def test_every_name_comes_back_and_goes(jane, john):
    for name in NAMES:
        answer = jane.upload(name, name.encode())
        assert answer.status_code == 200, (name, answer.text)
        assert answer.json()["object_name"].endswith("/" + name)
    assert jane.names() == sorted(NAMES, key=str.encode)
    for name in NAMES:
        answer = jane.download(name)
        assert answer.content == name.encode(), name
        disposition = answer.headers["content-disposition"]
        header = email.message_from_string("Content-Disposition: " + disposition)
        if "filename*=UTF-8''" in disposition:
            assert urllib.parse.unquote(disposition.split("filename*=UTF-8''")[1]) == name
        else:
            assert header.get_filename() == name
        assert john.download(name).status_code == 404
    for name in NAMES:
        assert jane.delete(name).status_code == 200
    assert jane.names() == []


def test_a_name_with_a_quote_is_one_header(jane):
    assert jane.upload('a"b; filename=evil.exe', b"x").status_code == 200
    answer = jane.download('a"b; filename=evil.exe')
    assert answer.headers.get_list("content-disposition") == [
        "attachment; filename=\"a_b_ filename=evil.exe\"; filename*=UTF-8''a%22b%3B%20filename%3Devil.exe"]


@pytest.mark.parametrize("said, name", [
    ('filename="안내서.pdf"'.encode(), "안내서.pdf"), (b"filename=\"x.pdf\"; filename*=UTF-8''%EC%95%88.pdf", "x.pdf"),
    (b'filename="5%22 x 7%22.jpg"', "5%22 x 7%22.jpg"), (rb'filename="C:\fakepath\a.txt"', "a.txt"), (rb'filename="a\"b.txt"', 'a"b.txt'),
    (b"filename=plain.txt", "plain.txt"), (b'filename="caf\xe9.txt"', "café.txt")])
def test_a_name_is_taken_as_clients_send_it(jane, said, name):
    head = b'--%b\r\nContent-Disposition: form-data; name="file"; %b\r\n\r\n' % (BOUNDARY.encode(), said)
    answer = jane.post(head + b"x\r\n" + END)
    assert answer.status_code == 200, answer.text
    assert answer.json()["object_name"].endswith("/" + name) and jane.names() == [name]
    assert jane.download(name).content == b"x"


def test_the_listing_goes_page_by_page(jane):
    before = time.time()
    for number in range(7):
        jane.upload(f"file {number}.txt", b"x" * number)
    found, after = [], None
    for _ in range(4):
        page = jane.list(limit=2, **({"after": after} if after else {}))
        found += page["files"]
        after = page["next"]
    assert after is None
    assert [file["name"] for file in found] == [f"file {number}.txt" for number in range(7)]
    assert [file["size"] for file in found] == list(range(7))
    assert {file["content_type"] for file in found} == {"text/plain"}
    for file in found:
        assert before - 2 < datetime.datetime.fromisoformat(file["modified_at"].replace("Z", "+00:00")).timestamp() < time.time() + 2
    assert jane.list(after="zzz") == {"files": [], "next": None}


@pytest.mark.parametrize("name, content, kind", [
    ("pic.png", PNG, "inline"), ("pic.jpg", b"\xff\xd8\xff\xe0rest", "inline"), ("pic.gif", b"GIF89a...", "inline"),
    ("pic.webp", b"RIFF\x10\0\0\0WEBPVP8 ", "inline"), ("PIC.PNG", PNG, "inline"),
    ("fake.png", b"<html><script>alert(1)</script>", "attachment"), ("svg.jpg", b"<svg onload='alert(1)'/>", "attachment"),
    ("pic.svg", b"<svg onload='alert(1)'/>", "attachment"), ("page.html", PNG, "attachment"), ("a.xhtml", PNG, "attachment"),
    ("a.xml", b"<a/>", "attachment"), ("a.pdf", b"%PDF-1.4", "attachment"), ("a.js", b"alert(1)", "attachment"),
    ("short.png", b"\x89PNG", "attachment"), ("none", PNG, "attachment")])
def test_only_real_pictures_are_shown(jane, name, content, kind):
    jane.upload(name, content, content_type="image/png")
    headers = jane.download(name).headers
    assert headers["content-disposition"].split(";")[0] == kind
    assert headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"


def test_types_follow_the_name(jane):
    for name, content_type in {"a.tar.gz": "application/x-tar", "a.txt": "text/plain; charset=utf-8", "a.PDF": "application/pdf",
                               "a": "application/octet-stream"}.items():
        jane.upload(name, b"x", content_type="text/html")
        assert jane.download(name).headers["content-type"] == content_type


def test_parts_and_versions(jane):
    jane.upload("a.txt", b"0123456789")
    whole = jane.download("a.txt")
    tag = whole.headers["etag"]
    assert whole.headers["accept-ranges"] == "bytes" and whole.headers["last-modified"].endswith("GMT")
    for asked, content, told in [("bytes=0-0", b"0", "bytes 0-0/10"), ("bytes=5-", b"56789", "bytes 5-9/10"),
                                 ("bytes=-3", b"789", "bytes 7-9/10"), ("bytes=8-100", b"89", "bytes 8-9/10")]:
        answer = jane.download("a.txt", {"range": asked})
        assert (answer.status_code, answer.content, answer.headers["content-range"]) == (206, content, told)
        assert answer.headers["content-length"] == str(len(content))
    for ignored in ("bytes=0-1,3-4", "lines=0-1", "bytes=x-", "bytes=4-2"):
        assert jane.download("a.txt", {"range": ignored}).content == b"0123456789"
    beyond = jane.download("a.txt", {"range": "bytes=10-"})
    assert beyond.status_code == 416 and beyond.headers["content-range"] == "bytes */10"
    known = jane.download("a.txt", {"if-none-match": tag})
    assert known.status_code == 304 and known.content == b"" and known.headers["etag"] == tag
    jane.upload("a.txt", b"9876543210")
    assert jane.download("a.txt", {"if-none-match": tag}).status_code == 200
    assert jane.download("a.txt", {"range": "bytes=0-1", "if-range": tag}).content == b"9876543210"
    assert jane.download("a.txt", {"range": "bytes=0-1", "if-range": jane.download("a.txt").headers["etag"]}).content == b"98"


def test_other_fields_of_the_form_are_passed_over(jane):
    other = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="other"\r\n\r\nx\r\n'.encode()
    assert jane.post(other + form("a.txt", b"hello")).status_code == 200
    assert jane.download("a.txt").content == b"hello"


def test_curl_and_httpx_speak_the_same_form(jane, tmp_path):
    file = tmp_path / "10 MB.bin"
    file.write_bytes(os.urandom(10_000_000))
    began = time.monotonic()
    answer = subprocess.run(["curl", "-sS", "-F", f"file=@{file}", "-H", f"Authorization: Bearer {jane.token}",
                             "-H", "Expect: 100-continue", jane.service.base + API + "/users/upload-file"],
                            capture_output=True, text=True, timeout=60)
    assert "uploaded successfully" in answer.stdout, answer.stderr
    assert time.monotonic() - began < 20
    assert jane.download("10 MB.bin").content == file.read_bytes()
    answer = jane.request("POST", "/users/upload-file", files={"file": ("안내서.pdf", b"pdf", "application/pdf")})
    assert answer.status_code == 200, answer.text
    assert "안내서.pdf" in jane.names()


def test_chunked_uploads_are_taken(jane):
    body = form("chunked.bin", b"x" * 200_000)
    answer = jane.request("POST", "/users/upload-file", {"content-type": FORM},
                          content=(body[i:i + 7777] for i in range(0, len(body), 7777)))
    assert answer.status_code == 200, answer.text
    assert jane.download("chunked.bin").content == b"x" * 200_000


def test_a_connection_goes_on_after_files(jane):
    """One connection, one request after the other: nothing of a body is taken for the next request."""
    connection = http.client.HTTPConnection("127.0.0.1", jane.service.port, timeout=20)
    for number in range(3):
        connection.request("POST", API + "/users/upload-file", form("a.txt", b"x" * 100_000),
                           {**jane.headers, "content-type": FORM})
        assert json.loads(connection.getresponse().read())["object_name"].endswith("/a.txt")
        connection.request("GET", API + "/users/download-file/a.txt", headers=jane.headers)
        assert connection.getresponse().read() == b"x" * 100_000
        connection.request("POST", API + "/users/upload-file", form("..", b"x" * 100), {**jane.headers, "content-type": FORM})
        answer = connection.getresponse()
        assert answer.status == 422 and answer.read()
    connection.close()


def test_files_come_back_over_tls_as_well(start, tmp_path):
    certificate, key = make_certificate(tmp_path / "tls", "files.example")
    service = start()
    jane = Person(service)
    service.stop()
    service.settings.update(TLS_CERT_FILE=str(certificate), TLS_KEY_FILE=str(key))
    service.start()
    content = os.urandom(5_000_000)
    with httpx.Client(base_url=f"https://127.0.0.1:{service.port}{API}/users", verify=False, timeout=30, trust_env=False,
                      headers=jane.headers) as client:
        for name in ("a.bin", "b.bin"):
            assert client.post("/upload-file", content=form(name, content), headers={"content-type": FORM}).status_code == 200
            assert client.get("/download-file/" + name).content == content
            assert client.get("/download-file/" + name, headers={"range": "bytes=-10"}).content == content[-10:]
        assert client.post("/upload-file", content=form("..", content), headers={"content-type": FORM}).status_code == 422
        assert client.get("/download-file/a.bin").content == content


# ---------------------------------------------------------------------- bad inputs

def part(head, content=b"x"):
    return f"--{BOUNDARY}\r\n{head}\r\n\r\n".encode() + content + b"\r\n"


END = f"--{BOUNDARY}--\r\n".encode()
DISPOSITION = 'Content-Disposition: form-data; name="file"; filename="a.txt"'
BAD_FORMS = {
    "nothing": (FORM, b"", 400),
    "no boundary": ("multipart/form-data", form("a.txt", b"x"), 400),
    "an empty boundary": ("multipart/form-data; boundary=", form("a.txt", b"x"), 400),
    "a boundary of 200": ("multipart/form-data; boundary=" + "x" * 200, form("a.txt", b"x"), 400),
    "two boundaries": (FORM + "; boundary=x", form("a.txt", b"x"), 400),
    "another boundary": ("multipart/form-data; boundary=other", form("a.txt", b"x"), 400),
    "no end": (FORM, part(DISPOSITION), 400),
    "half an end": (FORM, part(DISPOSITION) + END[:-4], 400),
    "text in front": (FORM, b"hello\r\n" + form("a.txt", b"x"), 400),
    "JSON": (FORM, b'{"file": "x"}', 400),
    "no disposition": (FORM, part("Content-Type: text/plain") + END, 400),
    "no name": (FORM, part("Content-Disposition: form-data") + END, 400),
    "another disposition": (FORM, part('Content-Disposition: attachment; name="file"') + END, 400),
    "two file names": (FORM, part(DISPOSITION + '; filename="b.txt"') + END, 400),
    "two dispositions": (FORM, part(DISPOSITION + "\r\n" + DISPOSITION) + END, 400),
    "an open quote": (FORM, part('Content-Disposition: form-data; name="file"; filename="a.txt') + END, 400),
    "a folded header": (FORM, part('Content-Disposition: form-data;\r\n name="file"; filename="a.txt"') + END, 400),
    "a header of 1 MB": (FORM, part(DISPOSITION + "\r\nX: " + "x" * 1_000_000) + END, 400),
    "100000 parts": (FORM, part('Content-Disposition: form-data; name="x"') * 100_000 + END, 400),
    "another field": (FORM, form("a.txt", b"x", field="other"), 422),
    "only filename*": (FORM, part("Content-Disposition: form-data; name=file; filename*=UTF-8''a.txt") + END, 422),
    "text for the file": (FORM, part('Content-Disposition: form-data; name="file"') + END, 422),
    "two files": (FORM, part(DISPOSITION) + part(DISPOSITION) + END, 422),
    "no form": ("application/json", b'{"file": "x"}', 422),
    "urlencoded": ("application/x-www-form-urlencoded", b"file=x", 422),
    "mixed": ("multipart/mixed; boundary=" + BOUNDARY, form("a.txt", b"x"), 422),
}


@pytest.mark.parametrize("case", BAD_FORMS)
def test_a_bad_form_is_refused_and_leaves_nothing(jane, case):
    content_type, body, status = BAD_FORMS[case]
    answer = jane.post(body, content_type)
    assert answer.status_code == status, answer.text
    assert answer.json()["detail"]
    assert jane.names() == [] and drafts(jane.service) == []


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_name_that_is_none_is_refused(jane, name):
    answer = jane.upload(name, b"x")
    assert answer.status_code == 422, answer.text
    assert answer.json()["detail"][0]["loc"] == ["body", "file"]
    assert jane.names() == [] and drafts(jane.service) == []


def test_a_name_with_control_characters_is_refused(jane):
    for name in ("a\0b", "a\rb", "a\nb", "a\r\nX: y", "\x01", "\x7f"):
        assert jane.upload(name, b"x").status_code == 400
    assert jane.names() == []


@pytest.mark.parametrize("path", ["..", "%2e%2e", "%2e%2e%2f2%2fx", "..%2f2%2fx", "..%5cx", "....%2f%2f", "%2fetc%2fpasswd",
                                  "user-files%2f2%2fx", "a%00b", "%ff", "x" * 256, ".", "%252e%252e", "+hello.txt", "hello.txt~",
                                  "%0d%0aX:%20y"])
def test_no_trick_with_a_name_reaches_the_file_of_another(service, jane, john, path):
    jane.upload("hello.txt", b"secret")
    owner = json.loads(jane.request("GET", "/users/profile").content)["id"]
    for wanted in (path, path + f"%2f{owner}%2fhello.txt", f"..%2f{owner}%2fhello.txt"):
        for route, method in (("download-file", "GET"), ("delete-file", "DELETE")):
            head = (f"{method} {API}/users/{route}/{wanted} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {john.token}\r\n"
                    "Connection: close\r\n\r\n")
            answer = service.raw(head.encode())
            status = int(answer.split()[1])
            assert status in (400, 404, 422) or (status == 200 and method == "DELETE"), answer
            assert b"secret" not in answer
    assert jane.download("hello.txt").content == b"secret"


@pytest.mark.parametrize("method, path", [("POST", "upload-file"), ("GET", "download-file/x.txt"),
                                          ("DELETE", "delete-file/x.txt"), ("GET", "files")])
@pytest.mark.parametrize("header", ["", "Bearer", "Bearer nonsense", "Basic dXNlcjpwYXNz"])
def test_every_route_needs_a_token(service, method, path, header):
    answer = service.client.request(method, f"{API}/users/{path}", headers={"authorization": header} if header else {})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_the_token_is_looked_at_before_the_body(service):
    head = (f"POST {API}/users/upload-file HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM}\r\nContent-Length: 1000000000\r\n"
            "Expect: 100-continue\r\n\r\n")
    answer = service.raw(head.encode(), wait=2)
    assert answer.startswith(b"HTTP/1.1 401 ") and b"100 Continue" not in answer


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "limit=-1", "limit=", "limit=99999999999999999999"])
def test_a_wrong_page_size_is_refused(jane, query):
    answer = jane.request("GET", "/users/files?" + query)
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["query", "limit"]


@pytest.mark.parametrize("after", ["..", "../../1/x", "a/b", "/", "%00", "%0a", "%ff", "%ED%A0%80", "x" * 256])
def test_a_listing_after_what_is_no_name_is_refused(jane, after):
    answer = jane.request("GET", f"/users/files?after={after}")
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["query", "after"]
    assert jane.list(after="") == {"files": [], "next": None}


def test_wrong_methods_are_told_the_right_ones(jane):
    for path, allowed in {"upload-file": "POST", "download-file/x": "GET", "delete-file/x": "DELETE", "files": "GET"}.items():
        for method in ("PATCH", "HEAD"):
            answer = jane.request(method, "/users/" + path)
            assert answer.status_code == 405 and answer.headers["allow"] == allowed


def test_files_of_others_and_missing_ones_look_the_same(jane, john):
    jane.upload("a.txt", b"secret")
    of_another, missing = john.download("a.txt"), john.download("b.txt")
    assert of_another.status_code == missing.status_code == 404
    assert of_another.content == missing.content == b'{"detail":"File not found"}'
    assert john.delete("a.txt").status_code == 200
    assert jane.download("a.txt").content == b"secret"


# ---------------------------------------------------------------------- limits, cuts, kills

def test_a_file_over_the_limit_is_refused_before_and_while_it_is_read(start):
    service = start(UPLOAD_MAX_BYTES="1000000")
    jane = Person(service)
    assert jane.upload("fits.bin", b"x" * 1_000_000).status_code == 200
    assert jane.upload("a.bin", b"x" * 1_000_001).status_code == 413
    head = (f"POST {API}/users/upload-file HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {jane.token}\r\nContent-Type: {FORM}\r\n")
    assert service.raw((head + "Content-Length: 100000000\r\n\r\n").encode(), wait=2).startswith(b"HTTP/1.1 413 ")
    big = subprocess.run(["curl", "-sS", "-w", "%{http_code}", "-F", "file=@-;filename=big", "-H",
                          f"Authorization: Bearer {jane.token}", service.base + API + "/users/upload-file"],
                         input=b"x" * 20_000_000, capture_output=True, timeout=60)
    assert big.stdout.endswith(b"413"), big
    assert jane.names() == ["fits.bin"] and drafts(service) == []


def test_writes_are_counted_for_each_account(start):
    service = start(RATE_LIMIT_DEFAULT="7/minute")  # registrations count, too, but for the address
    jane, john = Person(service), Person(service)
    answers = [jane.upload("a.txt", b"x").status_code for _ in range(5)] + [jane.delete("a.txt").status_code for _ in range(3)]
    assert answers == [200] * 7 + [429]
    refused = jane.upload("a.txt", b"x")
    assert refused.status_code == 429 and int(refused.headers["retry-after"]) > 0
    assert jane.download("a.txt").status_code == 404 and jane.names() == []
    assert john.upload("a.txt", b"x").status_code == 200


def begin_upload(person, name, announced, sent):
    connection = socket.create_connection(("127.0.0.1", person.service.port), timeout=20)
    body = form(name, b"x" * announced)
    connection.sendall((f"POST {API}/users/upload-file HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {person.token}\r\n"
                        f"Content-Type: {FORM}\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body[:sent])
    return connection


@pytest.mark.parametrize("how", ["close", "half close", "reset"])
def test_an_upload_that_is_cut_off_leaves_nothing(jane, how):
    jane.upload("b.bin", b"before")
    for sent in (10, 100, 500_000, 999_000):
        connection = begin_upload(jane, "b.bin", 1_000_000, sent)
        time.sleep(0.05)
        if how == "half close":
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(100).startswith(b"HTTP/1.1 400 ")
        elif how == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.close()
    assert drafts(jane.service) == []
    assert jane.download("b.bin").content == b"before"


@pytest.mark.long
def test_an_upload_that_is_too_slow_ends_and_leaves_nothing(jane):
    connection = begin_upload(jane, "slow.bin", 1_000_000, 1000)
    began = time.monotonic()
    with contextlib.suppress(OSError):
        while time.monotonic() - began < 30:
            connection.sendall(b"x")  # a tenth of the least pace
            time.sleep(0.01)
    assert time.monotonic() - began < 30
    assert drafts(jane.service) == [] and jane.names() == []


def test_an_upload_to_one_name_by_many_is_one_of_them(jane):
    contents = [bytes([65 + number]) * 500_000 for number in range(6)]
    threads = [threading.Thread(target=jane.upload, args=("same.bin", content)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert jane.download("same.bin").content in contents
    assert drafts(jane.service) == []


def test_a_download_goes_on_while_the_file_is_replaced(jane):
    jane.upload("big.bin", b"1" * 5_000_000)
    with jane.service.client.stream("GET", API + "/users/download-file/big.bin", headers=jane.headers) as download:
        pieces = download.iter_raw()
        first = next(pieces)
        other = Person(jane.service)
        other.token, other.headers = jane.token, jane.headers
        with httpx.Client(base_url=jane.service.base, timeout=30, trust_env=False) as client:
            client.post(API + "/users/upload-file", headers={**jane.headers, "content-type": FORM},
                        content=form("big.bin", b"2" * 10))
        assert first + b"".join(pieces) == b"1" * 5_000_000
    assert jane.download("big.bin").content == b"2" * 10


def test_a_full_disk_is_told_and_leaves_nothing(start, binary, tmp_path):
    # A limit on the size of files stands in for the disk: both make a write fail.
    service = Service(binary, tmp_path / "small", {})
    launch = subprocess.Popen

    def with_small_files(*arguments, **options):
        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (4_000_000, 4_000_000))
        return launch(*arguments, preexec_fn=limit, **options)

    subprocess.Popen = with_small_files
    try:
        service.start()
    finally:
        subprocess.Popen = launch
    jane = Person(service)
    answer = jane.upload("big.bin", b"x" * 5_000_000)
    assert answer.status_code == 503 and int(answer.headers["retry-after"]) > 0
    assert "files" not in answer.text and "uploads" not in answer.text
    assert jane.names() == [] and drafts(service) == []
    assert jane.upload("small.bin", b"x").status_code == 200
    service.stop()


def test_files_survive_a_restart_and_files_of_earlier_accounts_are_not_there(start):
    service = start()
    jane = Person(service)
    jane.upload("old.txt", b"old")
    owner = jane.request("GET", "/users/profile").json()["id"]
    service.stop()
    service.start()
    assert jane.download("old.txt").content == b"old"
    # As if the database were an older one in which somebody else now gets the same number.
    with sqlite3.connect(service.data / "watchword.db") as database:
        database.execute("UPDATE users SET created_at = ? WHERE id = ?", (int(time.time() * 1e6), owner))
    time.sleep(0.6)  # the service asks every 250 ms for what others have changed
    assert jane.download("old.txt").status_code == 404
    assert jane.names() == []
    assert jane.upload("new.txt", b"new").status_code == 200
    assert jane.names() == ["new.txt"]


@pytest.mark.long
def test_a_stop_in_the_middle_of_an_upload_leaves_nothing(start):
    service = start(DRAIN_SECONDS="1")
    jane = Person(service)
    upload = begin_upload(jane, "a.bin", 1_000_000, 500_000)
    jane.upload("big.bin", b"x" * 20_000_000)
    download = socket.create_connection(("127.0.0.1", service.port), timeout=20)
    download.sendall(f"GET {API}/users/download-file/big.bin HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {jane.token}\r\n\r\n".encode())
    assert download.recv(1000)
    service.process.send_signal(signal.SIGTERM)
    assert service.process.wait(timeout=20) == 0
    assert drafts(service) == []
    upload.close()
    download.close()


@pytest.mark.long
@pytest.mark.skipif(not shutil.which("strace"), reason="needs strace (tools/install_packages.sh all)")
def test_what_was_acknowledged_is_on_the_disk(release_binary, tmp_path):
    service = Service(release_binary, tmp_path / "service", {}).start()
    jane = Person(service)
    trace = subprocess.Popen(["strace", "-f", "-y", "-p", str(service.process.pid), "-e", "trace=fsync,rename,unlink,sendto",
                              "-o", tmp_path / "trace"], stderr=subprocess.PIPE, text=True)
    assert "attached" in trace.stderr.readline()
    assert jane.upload("a.txt", b"x").status_code == 200
    assert jane.delete("a.txt").status_code == 200
    trace.terminate()
    trace.communicate()
    calls = []
    for line in (tmp_path / "trace").read_text().splitlines():
        for call, sign in {"file": r"fsync.*/uploads/1>", "rename": r"rename.*/user-files/\d+/a.txt", "unlink": "unlink.*a.txt",
                           "folder": r"fsync.*/user-files/\d+>", "answer": "sendto.*200 OK"}.items():
            if re.search(sign, line) and "resumed" not in line:
                calls.append(call)
    assert calls == ["file", "rename", "folder", "answer", "unlink", "folder", "answer"]
    service.stop()


def kill_in_the_middle(binary, folder, rounds):
    service = Service(binary, folder, {})
    service.start()
    jane = Person(service)
    versions = [hashlib.sha256(bytes([65 + i])).digest() * 20_000 for i in range(20)]
    acknowledged = None
    for number in range(rounds):
        contents = versions[number % 20]

        def upload():
            nonlocal acknowledged
            with httpx.Client(base_url=service.base, timeout=10, trust_env=False) as client, \
                    contextlib.suppress(httpx.HTTPError):
                for _ in range(20):
                    if client.post(API + "/users/upload-file", headers={**jane.headers, "content-type": FORM},
                                   content=form("a.bin", contents)).status_code == 200:
                        acknowledged = contents

        thread = threading.Thread(target=upload)
        thread.start()
        time.sleep(0.02 + 0.01 * (number % 10))
        service.kill()
        thread.join()
        service.start()
        assert list((service.data / "files" / "uploads").iterdir()) == []
        found = jane.download("a.bin")
        if acknowledged is None:
            assert found.status_code in (200, 404)
        else:
            assert found.status_code == 200 and found.content in versions
            assert found.content in (acknowledged, contents)
    service.stop()


def test_kill_9_leaves_whole_files_only(binary, tmp_path):
    kill_in_the_middle(binary, tmp_path, 3)


@pytest.mark.long
def test_kill_9_leaves_whole_files_only_often(release_binary, tmp_path):
    kill_in_the_middle(release_binary, tmp_path, 40)


def resident_kilobytes(service):
    with open(f"/proc/{service.process.pid}/status") as status:
        return int(next(line for line in status if line.startswith("VmRSS")).split()[1])


def upload_in_parallel(binary, folder, uploads, megabytes, **settings):
    """The growth of the resident memory in kilobytes while so many uploads of so many megabytes run at once."""
    service = Service(binary, folder, {"CONNECTIONS_PER_ADDRESS_MAX": "1000", **settings}).start()
    jane = Person(service)
    jane.upload("warm.bin", b"x" * 1_000_000)
    before, peak, finished = resident_kilobytes(service), 0, []
    megabyte = os.urandom(1_000_000)

    def upload(number):
        body = form(f"{number}.bin", b"\0")
        front, back = body.split(b"\0")
        with socket.create_connection(("127.0.0.1", service.port), timeout=300) as connection:
            connection.sendall((f"POST {API}/users/upload-file HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {jane.token}\r\n"
                                f"Content-Type: {FORM}\r\nContent-Length: {len(body) - 1 + megabytes * 1_000_000}\r\n\r\n").encode() + front)
            for _ in range(megabytes):
                connection.sendall(megabyte)
            connection.sendall(back)
            finished.append(connection.recv(1000).split()[1])

    threads = [threading.Thread(target=upload, args=(number,)) for number in range(uploads)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        peak = max(peak, resident_kilobytes(service))
        time.sleep(0.02)
    assert finished == [b"200"] * uploads
    assert all(file["size"] == megabytes * 1_000_000 for file in jane.list()["files"] if file["name"] != "warm.bin")
    service.stop()
    print(f"{uploads} uploads of {megabytes} MB: {before} kB before, {peak} kB at most")
    return peak - before


def test_memory_stays_flat_while_much_is_uploaded(release_binary, tmp_path):
    if not release_binary.exists():
        pytest.skip("needs the release binary")
    assert upload_in_parallel(release_binary, tmp_path, 20, 5) < 20 * 2 * 64 + 4_000


@pytest.mark.long
def test_memory_stays_flat_while_very_much_is_uploaded(release_binary, tmp_path):
    assert upload_in_parallel(release_binary, tmp_path, 50, 100) < 50 * 2 * 64 + 4_000
