"""A real nginx with packaging/nginx/watchword.conf: only its ports, its certificate and its instances are the test's."""
import os
import pathlib
import shutil
import socket
import subprocess
import time

import pytest

from service import free_port

PACKAGED = pathlib.Path(__file__).resolve().parent.parent.parent / "packaging" / "nginx" / "watchword.conf"

AROUND = """
daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; worker_processes 1;
events {{ worker_connections 1024; }}
http {{
    access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    include {folder}/watchword.conf;
}}
"""


class Nginx:
    """`changes` are pairs of what stands in the packaged file and what shall stand there."""

    def __init__(self, folder, instances, certificate, key, changes=()):
        self.program = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
        if self.program is None:
            pytest.skip("nginx is not installed: apt-get install nginx-light")
        folder.mkdir(mode=0o755)
        self.folder, self.port, self.plain_port, self.certificate = folder, free_port(), free_port(), certificate
        text = PACKAGED.read_text()
        for old, new in [("    listen [::]:80;\n", ""), ("    listen [::]:443 ssl;\n", ""),
                         ("listen 80;", f"listen 127.0.0.1:{self.plain_port};"),
                         ("listen 443 ssl;", f"listen 127.0.0.1:{self.port} ssl;"),
                         ("/etc/ssl/watchword/certificate.pem", str(certificate)),
                         ("/etc/ssl/watchword/key.pem", str(key)),
                         *((f"127.0.0.1:800{number} ", f"127.0.0.1:{instance.port} ")
                           for number, instance in enumerate(instances, 1)), *changes]:
            assert old in text, f"{old!r} does not stand in {PACKAGED}"
            text = text.replace(old, new)
        if len(instances) == 1:
            text = text.replace("    server 127.0.0.1:8002 max_fails=0;\n", "")
        (folder / "watchword.conf").write_text(text)
        (folder / "nginx.conf").write_text(AROUND.format(folder=folder))
        self.command = [self.program, "-p", folder, "-c", folder / "nginx.conf"]

    def check(self):
        """What `nginx -t` says of the file; nothing but that it is good."""
        return subprocess.run([*self.command, "-t"], capture_output=True, text=True)

    def start(self):
        self.process = subprocess.Popen(self.command, stderr=subprocess.DEVNULL)
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return self
            except OSError:
                time.sleep(0.05)
        raise AssertionError(f"nginx does not listen: {(self.folder / 'error.log').read_text()}")

    def stop(self):
        self.process.terminate()
        self.process.wait()
