"""The service behind a PgBouncer in transaction mode, which hands the server's connections round among its clients."""
import concurrent.futures
import threading
import time

import pytest

from servers import PgBouncer


@pytest.fixture(scope="module")
def pooler(postgres):
    server = PgBouncer(postgres)
    yield server
    server.close()


@pytest.fixture
def pooled(start, postgres, pooler, database):
    return start(DATABASE_URL=pooler.url(database), DATABASE_LISTEN_URL=postgres.url(database),
                 DATABASE_PREPARED_STATEMENTS="off", RATE_LIMIT_DEFAULT="10000/minute", RATE_LIMIT_LOGIN="10000/minute")


def test_many_at_once_each_get_their_own(pooled, postgres, database):
    def one(_):
        address = pooled.verified()
        token = pooled.login(address)["access_token"]
        return pooled.get("/users/profile", token).json()["email"] == address

    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        assert all(threads.map(one, range(16)))
    assert postgres.sql(database, "SELECT count(*) FROM users WHERE is_email_verified") == [["16"]]


def test_changes_are_heard_on_the_way_round_it(pooled, postgres, database):
    token = pooled.login(pooled.verified())["access_token"]
    time.sleep(1.5)  # until what is read is kept in memory
    pooled.get("/users/profile", token)
    postgres.sql(database, "UPDATE users SET full_name = 'Anna Bell'")
    for _ in range(20):
        if pooled.get("/users/profile", token).json()["full_name"] == "Anna Bell":
            return
        time.sleep(0.05)
    raise AssertionError("the old name is still shown")


def test_a_start_says_which_setting_a_pooler_needs(binary, tmp_path, pooler, database):
    from service import Service

    ended = Service(binary, tmp_path, {"DATABASE_URL": pooler.url(database),
                                       "DATABASE_START_TIMEOUT_SECONDS": "0"}).run()
    assert ended.returncode == 1
    assert "DATABASE_PREPARED_STATEMENTS=off" in ended.stderr and "DATABASE_LISTEN_URL" in ended.stderr


@pytest.mark.parametrize("way", ["direct", "pooled"])
def test_a_table_may_be_changed_under_the_running_service(start, postgres, pooler, database, way):
    more = {} if way == "direct" else {"DATABASE_URL": pooler.url(database),
                                       "DATABASE_LISTEN_URL": postgres.url(database),
                                       "DATABASE_PREPARED_STATEMENTS": "off"}
    service = start(**{"DATABASE_URL": postgres.url(database), "RATE_LIMIT_DEFAULT": "10000/minute",
                       "RATE_LIMIT_LOGIN": "10000/minute", "RATE_LIMIT_REFRESH": "10000/minute", **more})
    tokens = service.login(service.verified())
    codes = []
    over = threading.Event()

    def use():
        while not over.is_set():
            codes.append(service.post("/auth/refresh-token", {"refresh_token": tokens["refresh_token"]}).status_code)
            codes.append(service.get("/users/profile", tokens["access_token"]).status_code)

    users = [threading.Thread(target=use) for _ in range(4)]
    for user in users:
        user.start()
    for change in ("ALTER TABLE users ADD COLUMN note text",
                   "ALTER TABLE users ALTER COLUMN full_name TYPE varchar(300)",
                   "ALTER TABLE users ALTER COLUMN full_name TYPE varchar(320)",
                   "CREATE INDEX CONCURRENTLY note_index ON users (note)",
                   "ALTER TABLE users DROP COLUMN note"):
        time.sleep(0.2)
        postgres.sql(database, change)
        postgres.sql(database, "UPDATE users SET full_name = full_name || 'x', is_email_verified = true")
    time.sleep(0.3)
    over.set()
    for user in users:
        user.join()
    assert len(codes) > 20 and set(codes) == {200}, (len(codes), set(codes))
