"""Canaries: what is secret stands in no log line, no database and no answer where it does not belong."""
import json
import subprocess


def test_no_password_code_token_or_key_is_logged_or_stored(start):
    service = start(LOG_LEVEL="debug", SECRET_KEY="canary-key-canary-key-canary-key-canary", EMAIL_OTP_LENGTH="10")
    password = "canary-password-5b1f"
    address = service.register(password=password)
    service.post("/users", {"email": address, "password": password})
    service.post("/users", {"email": "no address", "password": password})
    code = service.code(address)
    service.post("/auth/verify-otp", {"email": address, "otp": "0000000000"})
    service.verify(address)
    service.post("/auth/login", {"email": address, "password": password + "x"})
    tokens = service.login(address, password)
    service.get("/users/profile", tokens["access_token"])
    service.post("/auth/refresh-token", {"refresh_token": tokens["refresh_token"]})
    service.client.get(f"/api/v1/nope?token={tokens['access_token']}")
    service.client.post("/api/v1/auth/logout", headers={"authorization": "Bearer " + tokens["access_token"]})

    log = service.log()
    console = [line for line in service.printed().splitlines() if "Verification code for" not in line]
    database = b"".join(file.read_bytes() for file in service.data.glob("watchword.db*"))
    secrets = [password, code, tokens["access_token"], tokens["refresh_token"], service.settings["SECRET_KEY"],
               tokens["access_token"].split(".")[2], tokens["refresh_token"].split(".")[2]]
    assert log.strip() and console
    for secret in secrets:
        assert secret not in log
        assert not any(secret in line for line in console)
        assert secret.encode() not in database
        processes = subprocess.run(["ps", "ax", "-o", "args"], capture_output=True, text=True).stdout
        assert secret not in processes


def test_one_event_is_one_line_whatever_is_sent(start):
    service = start(LOG_FORMAT="json", LOG_LEVEL="debug")
    service.raw(b"GET /a%0d%0ab%1b[31m HTTP/1.1\r\nHost: x\r\nUser-Agent: \x1b[31mred\r\nConnection: close\r\n\r\n")
    service.client.get('/"quoted"\\path', headers={"user-agent": '{"level":"error"}'})
    service.register()
    service.stop()
    lines = [line for line in service.printed().splitlines() if line.startswith("{")]
    assert lines
    for line in lines:
        event = json.loads(line)
        assert {"time", "level", "logger", "message"} <= event.keys()
        assert "\x1b" not in line
