"""The main job from the outside: register, prove the address, log in, read, refresh, log out."""
import re

from service import new_email


def test_a_person_registers_verifies_logs_in_reads_refreshes_and_logs_out(service):
    address = new_email()
    registered = service.post("/users", {"email": address, "full_name": "Jane Doe", "password": "secret123"})
    assert registered.status_code == 201
    assert registered.json()["is_email_verified"] is False
    early = service.post("/auth/login", {"email": address, "password": "secret123"})
    assert early.status_code == 403

    verified = service.post("/auth/verify-otp", {"email": address, "otp": service.code(address)})
    assert verified.json() == {"message": "Email verified successfully"}

    tokens = service.login(address)
    assert tokens["access_token_expires_in"] == 1800
    profile = service.get("/users/profile", tokens["access_token"])
    assert profile.json() == {**registered.json(), "is_email_verified": True}
    assert profile.headers["cache-control"] == "no-store"

    refreshed = service.post("/auth/refresh-token", {"refresh_token": tokens["refresh_token"]})
    assert refreshed.status_code == 200
    assert service.get("/users/profile", refreshed.json()["access_token"]).status_code == 200

    logout = service.client.post("/api/v1/auth/logout", headers={"authorization": f"Bearer {tokens['access_token']}"})
    assert (logout.status_code, logout.content) == (204, b"")
    assert service.get("/users/profile", tokens["access_token"]).status_code == 401
    assert service.get("/users/profile", refreshed.json()["access_token"]).status_code == 401
    gone = service.post("/auth/refresh-token", {"refresh_token": tokens["refresh_token"]})
    assert (gone.status_code, gone.json()) == (401, {"detail": "Invalid refresh token"})


def test_the_mail_is_complete_and_its_code_stands_in_it_once(service):
    address = service.register()
    code = service.code(address)
    mail = service.mails(address)[0]
    assert mail["from"] == '"Authorization service API" <no-reply@localhost>' or "Authorization service API" in mail["from"]
    assert mail["to"] == address
    assert mail["date"] and mail["message-id"] and mail["mime-version"] == "1.0"
    assert re.findall(r"\b\d{6}\b", mail.get_body(("plain",)).get_content()) == [code]
    assert "10 minutes" in mail.get_body(("plain",)).get_content()


def test_the_code_is_printed_once_on_the_console_and_never_logged(service):
    address = service.register()
    code = service.code(address)
    lines = [line for line in service.printed().splitlines() if code in line and address in line]
    assert len(lines) == 1
    assert " - [" not in lines[0]


def test_another_spelling_of_an_address_is_the_same_account(service):
    address = service.verified()
    spelled = address.upper()
    assert service.post("/users", {"email": spelled, "password": "secret123"}).status_code == 400
    assert service.post("/auth/login", {"email": spelled, "password": "secret123"}).status_code == 200


def test_a_resent_code_replaces_the_one_before(start):
    service = start(EMAIL_OTP_RESEND_INTERVAL_SECONDS="0")
    address = service.register()
    first = service.code(address)
    assert service.post("/auth/send-otp", {"email": address}).json() == {"message": "OTP sent to email"}
    second = service.code(address, count=2)
    if first != second:
        assert service.post("/auth/verify-otp", {"email": address, "otp": first}).status_code == 400
    assert service.post("/auth/verify-otp", {"email": address, "otp": second}).status_code == 200
