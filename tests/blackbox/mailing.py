"""What tests of mail share: the SMTP server of the tests, and how a service is told of it and asked about its mail."""
import json
import pathlib
import re
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from smtp_sink import SmtpSink  # noqa: E402, F401

MODES = {
    "none": {"SMTP_USE_SSL": "false", "SMTP_USE_TLS": "false"},
    "starttls": {"SMTP_USE_SSL": "false", "SMTP_USE_TLS": "true"},
    "implicit": {"SMTP_USE_SSL": "true", "SMTP_USE_TLS": "false"},
}


def settings_for(port, mode="none", ca_file=None, **more):
    return {"SMTP_HOST": "localhost", "SMTP_PORT": str(port), "MAIL_FROM": "no-reply@example.com", **MODES[mode],
            "SMTP_CA_FILE": ca_file, **more}


def code_in(mail):
    return re.search(r"\b(\d{6})\b", mail["text"])[1]


def message_id(mail):
    return re.search(r"^Message-ID: <(.*)>\r?$", mail["data"], re.MULTILINE)[1]


def verify(service, address, code):
    answer = service.post("/auth/verify-otp", {"email": address, "otp": code})
    assert answer.status_code == 200, answer.text


def listed(service):
    """The rows of `watchword mail list`: id, age, state, attempts, recipient, last error."""
    shown = service.run("mail", "list")
    assert shown.returncode == 0, shown.stderr
    return [re.split(r"  +", line.strip(), maxsplit=5) for line in shown.stdout.splitlines()[1:]]


def audited(service):
    """The records of `watchword audit list`."""
    shown = service.run("audit", "list")
    assert shown.returncode == 0, shown.stderr
    return [json.loads(line) for line in shown.stdout.splitlines()]


def eventually(true, seconds=15):
    end = time.monotonic() + seconds
    while not (value := true()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)
    return value
