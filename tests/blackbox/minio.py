"""A real MinIO on a free port, and a signer of requests to it that shares nothing with ours."""
import contextlib
import datetime
import hashlib
import hmac
import os
import pathlib
import signal
import subprocess
import time
import urllib.parse

import httpx

from service import free_port

FOLDER = pathlib.Path.home() / ".cache/watchword-tests"
USER, PASSWORD, BUCKET = "tests-of-watchword", "secret-of-the-tests", "app-files"


def program(name):
    return pathlib.Path(os.environ.get("WATCHWORD_" + name.upper(), FOLDER / name))


class Minio:
    def __init__(self, folder, arguments=(), **environment):
        self.folder, self.port = folder, free_port()
        self.arguments, self.environment = arguments, environment
        self.process = None

    @property
    def endpoint(self):
        return f"127.0.0.1:{self.port}"

    def start(self):
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "MINIO_ROOT_USER": USER, "MINIO_ROOT_PASSWORD": PASSWORD,
                       "MINIO_BROWSER": "off", "MINIO_UPDATE": "off", **self.environment}
        self.folder.mkdir(parents=True, exist_ok=True)
        self.process = subprocess.Popen([program("minio"), "server", "--quiet", "--address", self.endpoint, "--console-address",
                                         "127.0.0.1:0", *self.arguments, self.folder / "data"], env=environment, stdin=subprocess.DEVNULL,
                                        stdout=open(self.folder / "log", "ab"), stderr=subprocess.STDOUT)
        scheme = "https" if "--certs-dir" in self.arguments else "http"
        for _ in range(600):
            with contextlib.suppress(httpx.TransportError):  # it listens some time before it takes objects
                if httpx.get(f"{scheme}://{self.endpoint}/minio/health/cluster", timeout=5, verify=False, trust_env=False).status_code == 200:
                    return self
            time.sleep(0.05)
        raise AssertionError((self.folder / "log").read_text())

    def stop(self):
        self.process.kill()
        self.process.wait()

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)
        os.waitpid(self.process.pid, os.WUNTRACED)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def settings(self, **more):
        return {"MINIO_ENDPOINT": self.endpoint, "MINIO_ACCESS_KEY": USER, "MINIO_SECRET_KEY": PASSWORD, "MINIO_SECURE": "false",
                "MINIO_BUCKET_NAME": BUCKET, **more}

    def request(self, method, path, body=b"", headers=()):
        """As the owner of everything; the path without its encoding."""
        now = datetime.datetime.now(datetime.timezone.utc)
        path, day, digest = urllib.parse.quote(path, safe="/~"), now.strftime("%Y%m%d"), hashlib.sha256(body).hexdigest()
        signed = {"host": self.endpoint, "x-amz-content-sha256": digest, "x-amz-date": now.strftime("%Y%m%dT%H%M%SZ")}
        names = ";".join(signed)
        canonical = "\n".join([method, path, "", *(f"{name}:{value}" for name, value in signed.items()), "", names, digest])
        scope = f"{day}/us-east-1/s3/aws4_request"
        text = "\n".join(["AWS4-HMAC-SHA256", signed["x-amz-date"], scope, hashlib.sha256(canonical.encode()).hexdigest()])
        key = ("AWS4" + PASSWORD).encode()
        for part in scope.split("/"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
        signed["authorization"] = f"AWS4-HMAC-SHA256 Credential={USER}/{scope}, SignedHeaders={names}, Signature={signature}"
        return httpx.request(method, f"http://{self.endpoint}{path}", content=body, headers={**signed, **dict(headers)}, timeout=30)

    def keys(self, bucket=BUCKET):
        """The keys of all objects, as MinIO keeps them on its disk."""
        folder = self.folder / "data" / bucket
        return sorted(str(meta.parent.relative_to(folder)) for meta in folder.rglob("xl.meta"))
