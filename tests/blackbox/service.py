"""One running Watchword and what a test needs to know of it."""
import email
import email.policy
import itertools
import os
import re
import signal
import socket
import sqlite3
import subprocess
import time

import httpx

# Tests hash often and must not be limited unless they are about limits.
QUIET = {
    "BCRYPT_COST": "4",
    "RATE_LIMIT_LOGIN": "100000/minute",
    "RATE_LIMIT_REFRESH": "100000/minute",
    "RATE_LIMIT_SEND_OTP": "100000/minute",
    "RATE_LIMIT_VERIFY_OTP": "100000/minute",
    "RATE_LIMIT_DEFAULT": "100000/minute",
    "PROJECT_NAME": "Authorization service API",
    "SECRET_KEY": "0123456789abcdef0123456789abcdef0123456789",
}

API = "/api/v1"
_numbers = itertools.count(1)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def new_email():
    return f"user{os.getpid()}x{next(_numbers)}@example.com"


class Service:
    def __init__(self, binary, folder, settings):
        self.binary, self.folder = binary, folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.settings = {**QUIET, "LISTEN": f"127.0.0.1:{self.port}", **settings}
        self.process = None
        self.client = None

    # ------------------------------------------------------------------ life

    @property
    def base(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def data(self):
        return self.folder / self.settings.get("DATA_DIR", "data")

    def environment(self):
        keep = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return {**keep, **{name: value for name, value in self.settings.items() if value is not None}}

    def launch(self, *arguments):
        """Starts the process and does not wait until it listens."""
        self.output = open(self.folder / "output.txt", "ab")
        self.process = subprocess.Popen([self.binary, *arguments], cwd=self.folder, env=self.environment(),
                                        stdin=subprocess.DEVNULL, stdout=self.output, stderr=subprocess.STDOUT)
        return self

    def start(self):
        self.launch()
        return self.wait_until_it_listens()

    def wait_until_it_listens(self):
        for _ in range(600):
            if self.process.poll() is not None:
                raise AssertionError(f"the service ended with {self.process.returncode}:\n{self.printed()}")
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        else:
            raise AssertionError(f"the service does not listen:\n{self.printed()}")
        self.client = httpx.Client(base_url=self.base, timeout=30, trust_env=False)
        return self

    def run(self, *arguments, timeout=60):
        """Runs the program to its end; for starts that are refused and for commands."""
        return subprocess.run([self.binary, *arguments], cwd=self.folder, env=self.environment(), timeout=timeout,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)

    def stop(self, expected=0):
        if self.client:
            self.client.close()
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=60)
            assert self.process.returncode == expected, self.printed()
        assert "ERROR: " not in self.printed() and "runtime error:" not in self.printed(), self.printed()

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.output.close()

    def printed(self):
        output = self.folder / "output.txt"
        return output.read_text(errors="replace") if output.exists() else ""

    def log(self):
        return (self.folder / "logs" / "app.log").read_text(errors="replace")

    # ------------------------------------------------------------------ requests

    def post(self, path, body=None, **options):
        return self.client.post(API + path, json=body, **options)

    def get(self, path, token=None, **options):
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return self.client.get(API + path, headers=headers, **options)

    def raw(self, data, wait=10.0):
        """Sends bytes exactly as they are and returns all that comes back until the other side closes or is silent."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=wait) as connection:
            connection.sendall(data)
            received = b""
            try:
                while chunk := connection.recv(65536):
                    received += chunk
            except (TimeoutError, ConnectionResetError):
                pass
            return received

    # ------------------------------------------------------------------ people

    def register(self, address=None, password="secret123", **more):
        address = address or new_email()
        answer = self.post("/users", {"email": address, "password": password, "full_name": "Jane Doe", **more})
        assert answer.status_code == 201, answer.text
        return address

    def verify(self, address):
        answer = self.post("/auth/verify-otp", {"email": address, "otp": self.code(address)})
        assert answer.status_code == 200, answer.text

    def login(self, address, password="secret123"):
        answer = self.post("/auth/login", {"email": address, "password": password})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def verified(self, password="secret123"):
        address = self.register(password=password)
        self.verify(address)
        return address

    def tokens(self):
        return self.login(self.verified())

    # ------------------------------------------------------------------ mail and database

    def mails(self, address=None):
        """The mails that were written to the folder, oldest first; those to one address, or all."""
        folder = self.data / "mail"
        files = sorted(folder.glob("*.eml"), key=lambda file: file.stat().st_mtime_ns) if folder.exists() else []
        parsed = [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files]
        return [mail for mail in parsed if address is None or address in str(mail["to"])]

    def code(self, address, count=1):
        """The newest code that was mailed to the address, once `count` mails have come."""
        for _ in range(200):
            mails = self.mails(address)
            if len(mails) >= count:
                return re.search(r"\b(\d{4,10})\b", mails[-1].get_body(("plain",)).get_content())[1]
            time.sleep(0.05)
        raise AssertionError(f"no mail for {address}")

    def database(self):
        return sqlite3.connect(f"file:{self.data / 'watchword.db'}?mode=ro", uri=True)

    def count(self, table):
        with self.database() as database:
            return database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
