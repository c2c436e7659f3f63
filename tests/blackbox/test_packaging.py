"""What is packaged is read by the programs that it is for."""
import pathlib
import re
import shutil
import subprocess

import pytest

from service import Service

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def test_systemd_takes_the_unit(binary, tmp_path):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    unit = tmp_path / "watchword.service"
    text = (ROOT / "packaging/systemd/watchword.service").read_text()
    assert "ExecStart=/usr/bin/watchword\n" in text
    unit.write_text(text.replace("/usr/bin/watchword", str(binary)))
    result = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (0, "")


def test_the_container_has_every_library_of_the_program(release_binary):
    if shutil.which("dpkg-query") is None or not release_binary.exists():
        pytest.skip("needs Debian and the release binary")

    def asked(*command):
        return subprocess.run(command, capture_output=True, text=True).stdout

    named = re.findall(r"\blib[a-z0-9.+-]+", re.search(r"ca-certificates(.*?)&&", (ROOT / "Dockerfile").read_text(), re.S)[1])
    brought = set(named)
    for package in named:
        brought |= set(re.findall(r"[a-z0-9.+-]+(?= \(| ?,|$)", asked("dpkg-query", "-W", "-f=${Depends}", package)))
    libraries = re.findall(r"NEEDED.*\[(.*)\]", asked("readelf", "-d", release_binary))
    assert len(libraries) > 5
    for library in libraries:
        owners = {line.split(":")[0] for line in asked("dpkg", "-S", f"*/{library}").splitlines()}
        assert not owners or owners & brought, (library, owners)


def test_the_settings_of_the_composed_service_are_settings(binary, tmp_path):
    """Every variable that compose.yaml gives the service is one that it knows, with a value that it takes."""
    area = re.search(r"  watchword:.*?environment:\n(.*?)    stop_grace_period:", (ROOT / "compose.yaml").read_text(), re.S)[1]
    given = dict(re.findall(r"^      (\w+): \"?(.*?)\"?$", area, re.M))
    assert len(given) > 10
    values = {name: re.sub(r"\$\{.*?\}", "0123456789abcdef" * 3, value) for name, value in given.items()}
    service = Service(binary, tmp_path / "service", values)
    printed = service.run("config")
    assert printed.returncode == 0, printed.stderr
    for name in given:
        assert re.search(rf"^\W*{name}\b.*environment", printed.stdout, re.M), name
