"""Starts that must be refused: one line that says what to do, and an exit code that is not 0."""
import os
import signal
import socket
import sqlite3
import time

import pytest


def refused(service, *words):
    result = service.run()
    assert result.returncode not in (0, -signal.SIGABRT, -signal.SIGSEGV), result
    lines = [line for line in result.stderr.splitlines() if line.strip() and " - [" not in line]  # but for the log
    assert len(lines) == 1, result.stderr
    for word in words:
        assert word in lines[0]
    return lines[0]


def test_a_port_in_use_is_named(prepared):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused(prepared(LISTEN=f"127.0.0.1:{port}"), str(port), "another program listens there")


def test_a_folder_that_cannot_be_made_is_named(prepared, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    refused(prepared(DATA_DIR=str(tmp_path / "file" / "data")), "DATA_DIR", str(tmp_path))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_named(prepared, tmp_path):
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    refused(prepared(DATA_DIR=str(folder)), "DATA_DIR", str(folder))


def test_a_database_of_a_newer_version_is_left_alone(prepared):
    service = prepared()
    service.start().stop()
    with sqlite3.connect(service.data / "watchword.db") as database:
        database.execute("PRAGMA user_version = 999")
    database.close()
    refused(service, "newer", "watchword.db")


def test_a_file_that_is_no_database_is_left_alone(prepared):
    service = prepared()
    service.data.mkdir(mode=0o700)
    file = service.data / "watchword.db"
    file.write_text("something else entirely" * 100)
    file.chmod(0o600)
    refused(service, "watchword.db")
    assert file.read_text().startswith("something else")


def test_a_second_server_on_the_same_file_is_refused(prepared):
    first = prepared().start()
    second = prepared(DATA_DIR=str(first.data))
    refused(second, str(first.process.pid), str(first.data))
    assert first.client.get("/").status_code == 200


def test_every_wrong_setting_is_listed_at_once(prepared):
    result = prepared(SMTP_PORT="many", BCRYPT_COST="99", RATE_LIMIT_LOGIN="10 per fortnight", SECRET_KEY="short",
                      ALGORITHM="RS256").run()
    assert result.returncode != 0
    for name in ("SMTP_PORT", "BCRYPT_COST", "RATE_LIMIT_LOGIN", "SECRET_KEY", "ALGORITHM"):
        assert name in result.stderr
    assert "short" not in result.stderr.replace("shorter", "").replace("too short", "")


def test_a_database_that_is_not_spoken_to_is_named(prepared):
    line = refused(prepared(DATABASE_URL="mysql://app:hunter2@db/app"), "DATABASE_URL")
    assert "hunter2" not in line


def test_a_key_that_everybody_knows_is_refused(prepared):
    refused(prepared(SECRET_KEY="09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7"), "SECRET_KEY")


def test_without_settings_it_starts_and_says_where_everything_is(prepared, tmp_path):
    service = prepared()
    for name in list(service.settings):
        if name != "LISTEN":
            service.settings[name] = None
    service.start()
    time.sleep(0.2)
    printed = service.printed()
    for words in (f"127.0.0.1:{service.port}", "data", "/docs", "production"):
        assert words in printed
    assert oct((service.data / "secret_key").stat().st_mode)[-3:] == "600"
    assert oct((service.data / "watchword.db").stat().st_mode)[-3:] == "600"


def test_the_random_key_is_kept(prepared):
    service = prepared(SECRET_KEY=None).start()
    access = service.tokens()["access_token"]
    service.stop()
    service.start()
    assert service.get("/users/profile", access).status_code == 200


def test_config_shows_what_is_in_force_and_hides_secrets(prepared):
    service = prepared(SMTP_HOST="mail.example.com", SMTP_PASSWORD="hunter2", SMTP_USERNAME="app@example.com")
    (service.folder / ".env").write_text("PROJECT_NAME=From the file\nACCESS_TOKEN_EXPIRE_MINUTES=5\n")
    result = service.run("config")
    assert result.returncode == 0, result.stderr
    assert "hunter2" not in result.stdout and service.settings["SECRET_KEY"] not in result.stdout
    lines = {line.split()[0]: line for line in result.stdout.splitlines() if line.strip()}
    assert "5" in lines["ACCESS_TOKEN_EXPIRE_MINUTES"] and ".env" in lines["ACCESS_TOKEN_EXPIRE_MINUTES"]
    assert "environment" in lines["PROJECT_NAME"]
    assert "default" in lines["IDLE_TIMEOUT_SECONDS"]


def test_another_prefix_of_the_api_works(prepared):
    service = prepared(API_V1_STR="/auth/v2").start()
    assert service.client.post("/auth/v2/auth/login", json={"email": "a@example.com", "password": "x"}).status_code == 400
    assert service.client.post("/api/v1/auth/login", json={}).status_code == 404
    assert "/auth/v2/users/profile" in service.client.get("/openapi.json").json()["paths"]
