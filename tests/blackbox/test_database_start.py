"""Starts beside a PostgreSQL that is not there yet, that refuses, or that several instances meet at once."""
import shutil
import time

import pytest

from certificates import make_certificate
from servers import Postgres
from service import Service, free_port

PASSWORD = "p@ss/w#rd%1:?[x]"
ENCODED = "p%40ss%2Fw%23rd%251%3A%3F%5Bx%5D"


@pytest.fixture(scope="module")
def postgres():
    """It asks for the password of `guarded`, and speaks TLS as `db.example.com`."""
    server = Postgres()
    certificate, key = make_certificate(server.folder / "tls", "db.example.com")
    for name, source in (("server.crt", certificate), ("server.key", key)):
        copy = shutil.copy(source, server.folder / "data" / name)
        shutil.chown(copy, (server.folder / "data").owner())
        (server.folder / "data" / name).chmod(0o600)
    hba = server.folder / "data" / "pg_hba.conf"
    hba.write_text("local all guarded scram-sha-256\nhost all guarded all scram-sha-256\n" + hba.read_text())
    server.sql("postgres", f"CREATE ROLE guarded LOGIN SUPERUSER PASSWORD '{PASSWORD}'")
    server.sql("postgres", "ALTER SYSTEM SET ssl = on")
    server.sql("postgres", "SELECT pg_reload_conf()")
    yield server
    server.close()


def refused(binary, folder, url, **more):
    """What a start says that ends at once."""
    ended = Service(binary, folder, {"DATABASE_URL": url, "DATABASE_START_TIMEOUT_SECONDS": "0", **more}).run()
    *_, said = ended.stderr.splitlines()
    assert ended.returncode == 1 and said.startswith("watchword: ") and ENCODED not in ended.stderr, ended.stderr
    return said


@pytest.mark.parametrize("form", ["postgres://guarded:{0}@127.0.0.1:{1}/{2}", "postgresql://guarded:{0}@127.0.0.1:{1}/{2}",
                                  "postgresql+psycopg2://guarded:{0}@127.0.0.1:{1}/{2}?sslmode=require&application_name=x",
                                  "postgresql+asyncpg://guarded:{0}@127.0.0.1:{1}/{2}?ssl=require",
                                  "postgresql://guarded:{0}@/{2}?host={3}&port={1}",
                                  "postgresql://guarded:{0}@{4}:{1}/{2}"])
def test_every_form_of_the_url_leads_there(start, postgres, form):
    folder = str(postgres.folder)
    service = start(DATABASE_URL=form.format(ENCODED, postgres.port, postgres.new_database(), folder,
                                             folder.replace("/", "%2F")))
    assert service.get("/users/profile", service.tokens()["access_token"]).status_code == 200
    assert PASSWORD not in service.log() + service.printed() and ENCODED not in service.log() + service.printed()


def test_a_password_that_is_not_encoded_is_explained_and_not_shown(binary, tmp_path):
    said = refused(binary, tmp_path, f"postgresql://guarded:{PASSWORD}@127.0.0.1/auth")
    assert "percent" in said and "w#rd" not in said and "p@ss" not in said


def test_a_wrong_password_or_database_is_told_without_the_password(binary, tmp_path, postgres):
    said = refused(binary, tmp_path / "1", f"postgresql://guarded:wrong-one@127.0.0.1:{postgres.port}/postgres")
    assert "password authentication failed" in said and "wrong-one" not in said
    said = refused(binary, tmp_path / "2", f"postgresql://guarded:{ENCODED}@127.0.0.1:{postgres.port}/nowhere")
    assert '"nowhere" does not exist' in said and ENCODED not in said


def test_a_server_is_spoken_to_over_tls_only_as_the_url_demands(binary, start, tmp_path, postgres):
    plain = Postgres()
    try:
        said = refused(binary, tmp_path / "1", plain.url("postgres") + "?sslmode=require")
        assert "SSL" in said
    finally:
        plain.close()
    authority = postgres.folder / "tls" / "certificate.pem"
    stranger, _ = make_certificate(tmp_path / "stranger", "db.example.com")
    by_name = f"postgresql://postgres@db.example.com:{postgres.port}/postgres?hostaddr=127.0.0.1&sslmode=verify-full"
    assert "certificate verify failed" in refused(binary, tmp_path / "2", f"{by_name}&sslrootcert={stranger}")
    assert "does not match host name" in refused(
        binary, tmp_path / "3", f"{postgres.url('postgres')}?sslmode=verify-full&sslrootcert={authority}")
    database = postgres.new_database()
    service = start(DATABASE_URL=by_name.replace("/postgres?", f"/{database}?") + f"&sslrootcert={authority}")
    service.verified()
    assert postgres.sql("postgres", "SELECT DISTINCT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) "
                        f"WHERE datname = '{database}'") == [["t"]]


def waits_until(service, it_is_there):
    """What a service does that is started before its database."""
    for _ in range(5):
        assert service.client.get("/healthz").status_code == 200
        assert service.client.get("/readyz").status_code == 503
        answer = service.post("/users", {"email": "jane@example.com", "password": "secret123"})
        assert answer.status_code == 503 and "retry-after" in answer.headers
        time.sleep(0.2)
    assert service.log().count("waiting for the database") == 1
    it_is_there()
    began = time.monotonic()
    while service.client.get("/readyz").status_code != 200:
        assert time.monotonic() - began < 2
        time.sleep(0.01)
    service.verified()


def test_a_service_waits_for_its_database_and_says_so(start):
    server = Postgres()
    try:
        database = server.new_database()
        server.stop()
        waits_until(start(DATABASE_URL=server.url(database)), server.start)
    finally:
        server.close()


def test_a_service_waits_for_a_server_that_is_there_and_not_yet_ready(start, postgres):
    database = postgres.new_database()
    server = Postgres("hot_standby=off", copied_from=postgres)  # until it is promoted it answers everybody with 57P03
    try:
        service = start(DATABASE_URL=server.url(database))
        assert "is not accepting connections" in service.log()
        waits_until(service, server.promote)
    finally:
        server.close()


def test_a_service_that_waits_for_its_database_can_be_stopped(start):
    service = start(DATABASE_URL=f"postgresql://postgres@127.0.0.1:{free_port()}/nowhere")
    began = time.monotonic()
    service.stop()
    assert time.monotonic() - began < 3


def test_instances_that_start_together_make_one_schema(binary, tmp_path, postgres):
    database = postgres.new_database()
    instances = [Service(binary, tmp_path / str(i), {"DATABASE_URL": postgres.url(database)}) for i in range(3)]
    try:
        for instance in instances:
            instance.launch()
        for instance in instances:
            instance.wait_until_it_listens()
            instance.register()
        migrations = postgres.sql(database, "SELECT count(*), count(DISTINCT version) FROM watchword_migrations")
        assert migrations[0][0] == migrations[0][1]
    finally:
        for instance in instances:
            instance.stop()


def test_a_schema_of_a_newer_version_is_left_alone(binary, tmp_path, start, postgres):
    database = postgres.new_database()
    start(DATABASE_URL=postgres.url(database)).stop()
    postgres.sql(database, "INSERT INTO watchword_migrations (version, name) VALUES (9999, 'of a newer version')")
    assert "newer" in refused(binary, tmp_path / "older", postgres.url(database))
