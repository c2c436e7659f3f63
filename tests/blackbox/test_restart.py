"""What clients and load balancers see of a stop: with DRAIN_SECONDS nobody's request fails."""
import http.client
import os
import shutil
import signal
import subprocess
import threading
import time

import httpx
import pytest

from service import API, Service, free_port


def test_draining_is_announced_and_still_answers(start):
    service = start(DRAIN_SECONDS="2")
    idle = httpx.Client(base_url=service.base, trust_env=False)
    assert "connection" not in idle.get("/readyz").headers
    service.process.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    last = idle.get("/readyz")
    assert (last.status_code, last.headers["connection"]) == (503, "close")
    fresh = httpx.get(service.base + "/", trust_env=False)
    assert (fresh.status_code, fresh.headers["connection"]) == (200, "close")
    began = time.monotonic()
    assert service.process.wait(timeout=10) == 0
    assert 1 < time.monotonic() - began < 6


def test_a_second_signal_ends_the_drain(start):
    service = start(DRAIN_SECONDS="60")
    service.process.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    assert service.process.poll() is None
    service.process.send_signal(signal.SIGTERM)
    assert service.process.wait(timeout=5) != 0


class Load:
    """Clients that ask without a pause, each over one connection that it opens again when it is told to close."""

    def __init__(self, port, clients=8):
        self.port, self.failed, self.done, self.over = port, [], 0, False
        self.threads = [threading.Thread(target=self.ask) for _ in range(clients)]
        for thread in self.threads:
            thread.start()

    def ask(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        while not self.over:
            try:
                # A proxy sends no POST a second time, so whatever is lost on the way shows.
                connection.request("POST", API + "/auth/login", "{}", {"Content-Type": "application/json"})
                answer = connection.getresponse()
                answer.read()
                if answer.status != 422:
                    self.failed.append(answer.status)
                self.done += 1
            except Exception as exception:
                self.failed.append(repr(exception))
                connection.close()

    def stop(self):
        self.over = True
        for thread in self.threads:
            thread.join()


NGINX = """
daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; worker_processes 1;
events {{ worker_connections 256; }}
http {{
    access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    upstream watchword {{ {servers} keepalive 16; }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://watchword; proxy_http_version 1.1; proxy_set_header Connection "";
            proxy_set_header Host $host; proxy_set_header X-Forwarded-For $remote_addr;
            proxy_connect_timeout 2s; proxy_next_upstream error timeout;
        }}
    }}
}}
"""


@pytest.fixture
def behind_nginx(binary, tmp_path):
    """Two instances behind a real nginx, and the port of nginx."""
    nginx = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
    if nginx is None:
        pytest.skip("nginx is not installed: apt-get install nginx-light")
    instances = [Service(binary, tmp_path / f"instance{i}", {"DRAIN_SECONDS": "1"}).start() for i in range(2)]
    port = free_port()
    folder = tmp_path / "nginx"
    folder.mkdir(mode=0o755)
    servers = " ".join(f"server 127.0.0.1:{instance.port} max_fails=0;" for instance in instances)
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port, servers=servers))
    process = subprocess.Popen([nginx, "-p", folder, "-c", folder / "nginx.conf"], stderr=subprocess.DEVNULL)
    for _ in range(100):
        try:
            httpx.get(f"http://127.0.0.1:{port}/", trust_env=False)
            break
        except httpx.HTTPError:
            time.sleep(0.05)
    yield instances, port
    process.terminate()
    process.wait()
    for instance in instances:
        instance.stop()


def test_a_rolling_restart_behind_nginx_fails_no_request(behind_nginx):
    instances, port = behind_nginx
    load = Load(port)
    for instance in instances:
        time.sleep(0.5)
        instance.process.send_signal(signal.SIGTERM)
        assert instance.process.wait(timeout=20) == 0
        instance.start()
    time.sleep(0.5)
    load.stop()
    assert load.failed == []
    assert load.done > 100
