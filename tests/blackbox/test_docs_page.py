"""The page /docs in a real browser, without any network but the service itself, and behind a proxy with a path prefix."""
import shutil
import subprocess
import time

import pytest

from service import Service, free_port

pytestmark = [pytest.mark.long,
              pytest.mark.skipif(not shutil.which("chromium"), reason="needs chromium (tools/install_packages.sh all)")]


def page(url, folder):
    """The document as it stands once its scripts have run."""
    result = subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", f"--user-data-dir={folder}/chromium",
         "--virtual-time-budget=10000", "--dump-dom", url], capture_output=True, text=True, timeout=120)
    return result.stdout


@pytest.fixture
def release(release_binary, tmp_path):
    service = Service(release_binary, tmp_path / "service", {}).start()
    yield service
    service.stop()


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_the_page_shows_every_route(release, tmp_path, path):
    shown = page(release.base + path, tmp_path)
    for words in ("Login Access Token", "Create User", "Read Users Me", "Authorize"):
        assert words in shown


def test_the_page_works_below_a_path_prefix(release, tmp_path):
    port = free_port()
    (tmp_path / "nginx.conf").write_text(
        f"daemon off; error_log stderr; pid {tmp_path}/pid; events {{}}\n"
        f"http {{ access_log off; proxy_temp_path {tmp_path}/p; client_body_temp_path {tmp_path}/b; fastcgi_temp_path {tmp_path}/f;\n"
        f"uwsgi_temp_path {tmp_path}/u; scgi_temp_path {tmp_path}/s;\n"
        f"server {{ listen 127.0.0.1:{port}; location /auth/ {{ proxy_pass http://127.0.0.1:{release.port}/; }} }} }}\n")
    nginx = subprocess.Popen(["nginx", "-c", tmp_path / "nginx.conf"], stderr=subprocess.DEVNULL)
    try:
        time.sleep(0.5)
        assert "Login Access Token" in page(f"http://127.0.0.1:{port}/auth/docs", tmp_path)
    finally:
        nginx.terminate()
        nginx.wait()
