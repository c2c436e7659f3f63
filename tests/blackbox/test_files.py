"""Files: what was uploaded comes back byte for byte, and nothing else does."""
import datetime
import email
import http.client
import json
import os
import subprocess
import time
import urllib.parse

import httpx
import pytest

from filing import BOUNDARY, END, FORM, NAMES, PNG, Person, form
from service import API
from test_tls import make_certificate


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
