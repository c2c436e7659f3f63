"""No file that somebody has uploaded runs a script in a real browser, whatever it calls itself."""
import contextlib
import http.server
import os
import shutil
import signal
import subprocess
import threading
import urllib.parse

import httpx
import pytest

from service import API
from filing import PNG, Person

pytestmark = [pytest.mark.long,
              pytest.mark.skipif(not shutil.which("chromium"), reason="needs chromium (tools/install_packages.sh all)")]

# Whoever runs it leaves a trace at the place that all pages of this origin share.
SCRIPT = "fetch('/trace?'+encodeURIComponent(document.location.pathname))"
FILES = {
    "page.html": f"<!doctype html><script>{SCRIPT}</script>".encode(),
    "page.xhtml": f'<html xmlns="http://www.w3.org/1999/xhtml"><body><script>{SCRIPT}</script></body></html>'.encode(),
    "pwn.svg": f'<svg xmlns="http://www.w3.org/2000/svg" onload="{SCRIPT}"><script>{SCRIPT}</script></svg>'.encode(),
    "html.png": f"<!doctype html><script>{SCRIPT}</script>".encode(),
    "svg.jpg": f'<svg xmlns="http://www.w3.org/2000/svg" onload="{SCRIPT}"/>'.encode(),
    "polyglot.gif": f"GIF89a/*<script>{SCRIPT}</script>*/=1".encode(),
    "polyglot.png": PNG + f"<script>{SCRIPT}</script>".encode(),
    "page.txt": f"<!doctype html><script>{SCRIPT}</script>".encode(),
    "page": f"<!doctype html><script>{SCRIPT}</script>".encode(),
    "page.xml": f'<?xml version="1.0"?><x:script xmlns:x="http://www.w3.org/1999/xhtml">{SCRIPT}</x:script>'.encode(),
}


class Door(http.server.BaseHTTPRequestHandler):
    """Hands requests on with a token, as a browser that is logged in by some means would send one."""
    service = token = None
    traces, opened, plain = [], [], False

    def do_GET(self):
        if self.path.startswith("/trace"):
            self.traces.append(urllib.parse.unquote(self.path))
            self.send_response(204)
            self.end_headers()
            return
        name = self.path.rsplit("/", 1)[1]
        self.opened.append(name)
        answer = httpx.get(f"{self.service.base}{API}/users/download-file/{name}", headers={"authorization": f"Bearer {self.token}"})
        self.send_response(answer.status_code)
        if self.plain:
            self.send_header("content-type", "text/html")
        else:
            for header, value in answer.headers.items():
                self.send_header(header, value)
        self.end_headers()
        self.wfile.write(answer.content)

    def log_message(self, *_):
        pass


def test_no_script_in_a_file_runs(start, tmp_path):
    service = start()
    jane = Person(service)
    Door.service, Door.token = service, jane.token
    door = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=door.serve_forever, daemon=True).start()

    def visit(name):
        browser = subprocess.Popen(
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
             f"--user-data-dir={tmp_path}/chromium", "--dump-dom", f"http://127.0.0.1:{door.server_port}/{name}"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            browser.wait(timeout=8)  # one that saves a file instead of showing it waits for ever
        except subprocess.TimeoutExpired:
            pass
        with contextlib.suppress(ProcessLookupError):
            os.killpg(browser.pid, signal.SIGKILL)
        browser.wait()

    for name, content in FILES.items():
        for content_type in ("text/html", "image/svg+xml"):
            assert jane.upload(name, content, content_type=content_type).status_code == 200
        visit(name)
    assert set(FILES) <= set(Door.opened)
    assert Door.traces == []
    Door.plain = True  # the same bytes without our headers: the test can fail
    visit("page.html")
    assert Door.traces != []
    door.shutdown()
