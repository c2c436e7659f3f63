"""People who keep files, and the forms that they send."""
import socket
import time
import urllib.parse

from service import API

BOUNDARY = "----b0undary"
END = f"--{BOUNDARY}--\r\n".encode()
FORM = f"multipart/form-data; boundary={BOUNDARY}"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(200))
NAMES = ["hello.txt", "C++ notes.txt", "a%2Bb.txt", "100% sure.txt", "tilde~1.txt", "hash#1.txt", "what?.txt", "a&b=c.txt",
         "it's (1)*!.txt", "표.csv", "emoji😀.png", "مرحبا.txt", "\u00e9.txt", "e\u0301.txt", "a;b.txt", "a.txt", "A.txt",
         " lead", "...", ".hidden", "x" * 255, "가" * 85]


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


def drafts(service):
    """What of unfinished uploads is on the disk, once it has had time to go."""
    folder = service.data / "files" / "uploads"
    for _ in range(100):
        if not list(folder.iterdir()):
            return []
        time.sleep(0.05)
    return list(folder.iterdir())


def begin_upload(person, name, announced, sent):
    connection = socket.create_connection(("127.0.0.1", person.service.port), timeout=20)
    body = form(name, b"x" * announced)
    connection.sendall((f"POST {API}/users/upload-file HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {person.token}\r\n"
                        f"Content-Type: {FORM}\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body[:sent])
    return connection


def resident_kilobytes(service):
    with open(f"/proc/{service.process.pid}/status") as status:
        return int(next(line for line in status if line.startswith("VmRSS")).split()[1])
