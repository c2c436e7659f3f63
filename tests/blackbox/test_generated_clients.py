"""A client that was generated from /openapi.json does everything, also with files."""
import pathlib
import subprocess
import venv

import pytest

from service import new_email

pytestmark = pytest.mark.long

GENERATOR = "openapi-python-client==0.29.1"
FOLDER = pathlib.Path.home() / ".cache/watchword-tests" / GENERATOR


@pytest.fixture(scope="module")
def generator():
    """From PyPI, installed once beside the other things of the tests."""
    if not (FOLDER / "installed").exists():
        venv.create(FOLDER, clear=True, with_pip=True)
        done = subprocess.run([FOLDER / "bin/pip", "install", "--quiet", GENERATOR, "ruff"], capture_output=True, text=True)
        if done.returncode != 0:
            pytest.skip(f"!!! NOT TESTED: {GENERATOR} cannot be had from PyPI: {done.stderr[-200:]}")
        (FOLDER / "installed").touch()
    return FOLDER / "bin"


def test_a_generated_client_does_everything(start, generator, tmp_path):
    service = start()
    (tmp_path / "openapi.json").write_text(service.client.get("/openapi.json").text)
    made = subprocess.run([generator / "openapi-python-client", "generate", "--meta", "none", "--fail-on-warning",
                           "--path", tmp_path / "openapi.json", "--output-path", tmp_path / "client"],
                          env={"PATH": str(generator)}, capture_output=True, text=True)
    assert made.returncode == 0, made.stdout + made.stderr
    script = pathlib.Path(__file__).with_name("generated_client.py")
    console = service.folder / "output.txt"
    used = subprocess.run([generator / "python", script, service.base, new_email(), console],
                          env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True)
    assert used.returncode == 0, used.stdout + used.stderr
