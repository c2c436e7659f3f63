"""Files: what is no file, no name, or not the caller's is refused, and leaves nothing."""
import json

import pytest

from filing import BOUNDARY, END, FORM, drafts, form
from service import API

BAD_NAMES = ["", ".", "..", "../2/x", "..\\\\x", "....//", "/abs", "user-files/2/x", "a/b", "a\\\\b", "x" * 256, "x" * 1024, "가" * 86,
             "\u2028", "\x85"]


def part(head, content=b"x"):
    return f"--{BOUNDARY}\r\n{head}\r\n\r\n".encode() + content + b"\r\n"


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
