"""The replaced service and Watchword on one database: rows of every kind are met, and there is a way back for days."""
import concurrent.futures
import time

import pytest
from passlib.hash import bcrypt_sha256

from replaced_service import ReplacedService, claims_of
from service import QUIET, Service
from test_adoption import DATA, PEOPLE, login

SECRET = QUIET["SECRET_KEY"]


@pytest.fixture
def old(postgres):
    return postgres.new_database(DATA)


def insert(postgres, database, address, password, name="NULL", number="DEFAULT", verified="true"):
    hashed = bcrypt_sha256.using(rounds=4).hash(password)
    postgres.sql(database, f"""
        INSERT INTO users (id, email, full_name, hashed_password, is_email_verified, email_otp_attempts)
        VALUES ({number}, '{address}', {name}, '{hashed}', {verified}, 0)""")


def wait_for_line(service, text):
    for _ in range(400):
        if text in service.log():
            return
        time.sleep(0.05)
    raise AssertionError(service.log())


def test_ids_that_were_copied_without_the_sequence_are_never_given_again(start, postgres, old):
    for number in range(17, 41):
        insert(postgres, old, f"copied{number}@example.com", "secret123", number=number)
    service = start(DATABASE_URL=postgres.url(old))
    wait_for_line(service, "users_id_seq was behind")
    register = lambda i: service.post("/users", {"email": f"fresh{i}@example.com", "password": "secret123"})
    with concurrent.futures.ThreadPoolExecutor(10) as clients:
        answers = list(clients.map(register, range(30)))
    assert {answer.status_code for answer in answers} == {201}
    assert sorted(answer.json()["id"] for answer in answers) == list(range(41, 71))


def test_ids_that_are_copied_beside_the_running_service_are_never_given_again(start, postgres, old):
    service = start(DATABASE_URL=postgres.url(old))
    latest = service.post("/users", {"email": "first@example.com", "password": "secret123"}).json()["id"]
    for number in range(latest + 1, latest + 25):
        insert(postgres, old, f"copied{number}@example.com", "secret123", number=number)
    register = lambda i: service.post("/users", {"email": f"fresh{i}@example.com", "password": "secret123"})
    with concurrent.futures.ThreadPoolExecutor(10) as clients:
        answers = list(clients.map(register, range(30)))
    assert {answer.status_code for answer in answers} == {201}, [answer.text for answer in answers]
    assert sorted(answer.json()["id"] for answer in answers) == list(range(latest + 25, latest + 55))


TWINS = {"jane@bücher.example": "unicode twin", "jane@xn--bcher-kva.example": "punycode twin"}


def test_twins_of_every_kind_stay_apart_over_two_starts(start, postgres, old):
    postgres.sql(old, "SELECT setval('users_id_seq', 13)")
    for address, password in TWINS.items():
        insert(postgres, old, address, password)
    insert(postgres, old, "nameless@example.com", "secret123", name="NULL")
    insert(postgres, old, "emptyname@example.com", "secret123", name="''")
    rows = lambda: postgres.sql(old, "SELECT id, email, full_name IS NULL, full_name, hashed_password, created_at, "
                                     "is_email_verified, email_otp_hash, email_otp_attempts FROM users ORDER BY id")
    before = rows()
    service = start(DATABASE_URL=postgres.url(old), PASSWORD_HASH="bcrypt_sha256")
    wait_for_line(service, "exact spelling only")
    assert rows() == before
    service.stop()
    service.start()
    people = {**TWINS, **{address: PEOPLE[address] for address in ("Twin.Peak@example.com", "twin.peak@example.com")}}
    numbers = set()
    for address, password in people.items():
        answer = login(service, address, password)
        assert answer.status_code == 200, address
        profile = service.get("/users/profile", answer.json()["access_token"]).json()
        assert profile["email"] == address
        numbers.add(profile["id"])
        assert service.post("/users", {"email": address, "password": "secret123"}).status_code == 400
    assert len(numbers) == len(people)
    for third in ("JANE@bücher.example", "Jane@xn--bcher-kva.example", "TWIN.PEAK@example.com"):
        assert {login(service, third, password).status_code for password in people.values()} == {400}, third
        assert service.post("/users", {"email": third, "password": "secret123"}).status_code == 400
    for address, name in (("nameless@example.com", None), ("emptyname@example.com", "")):
        token = login(service, address, "secret123").json()["access_token"]
        assert service.get("/users/profile", token).json()["full_name"] == name
    assert [row[:4] for row in rows()] == [row[:4] for row in before]
    assert service.log().count("exact spelling only") == 1


def test_rows_in_spellings_that_no_route_stores_are_found_and_left_as_they_are(start, postgres, old):
    postgres.sql(old, "SELECT setval('users_id_seq', 13)")
    stored = ("JANE.UP@EXAMPLE.COM", "  pad@example.com ", "no address at all")
    for address in stored:
        insert(postgres, old, address, "secret123")
    insert(postgres, old, "LATER@EXAMPLE.COM", "secret123", verified="false")
    service = start(DATABASE_URL=postgres.url(old))
    for address in (*stored[:2], "jane.up@example.com", "Jane.Up@example.com", "pad@example.com"):
        assert login(service, address, "secret123").status_code == 200, address
        sent = service.post("/auth/send-otp", {"email": address})
        assert (sent.status_code, sent.json()) == (400, {"detail": "Email already verified"}), address
        assert service.post("/users", {"email": address, "password": "secret123"}).status_code == 400, address
    assert login(service, "no address at all", "secret123").status_code == 422
    assert service.post("/auth/send-otp", {"email": "later@example.com"}).status_code == 200
    code = service.code("LATER@example.com")
    assert service.post("/auth/verify-otp", {"email": "later@example.com", "otp": code}).status_code == 200
    assert [row for [row] in postgres.sql(old, "SELECT email FROM users WHERE id > 13 ORDER BY id")] == [
        *stored, "LATER@EXAMPLE.COM"]


def test_a_turkish_database_is_adopted_as_any_other(start, postgres):
    postgres.sql("postgres", "CREATE DATABASE turkish TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'tr-TR' "
                             "LOCALE 'C.UTF-8'")
    postgres.sql("turkish", DATA.read_text() + "SELECT setval('users_id_seq', 13);")
    service = start(DATABASE_URL=postgres.url("turkish"))
    for address in ("IRIS@example.com", "mimi@EXAMPLE.COM", "IRİŞ@example.com"):
        insert(postgres, "turkish", address, "secret123")  # as the other service would, and met at once
    for address, status in (("iris@example.com", 200), ("IRIS@EXAMPLE.COM", 200), ("ırıs@example.com", 400),
                            ("MIMI@example.com", 200), ("MİMİ@example.com", 400)):
        assert login(service, address, "secret123").status_code == status, address
        assert service.post("/users", {"email": address, "password": "other-secret"}).status_code == (
            400 if status == 200 else 201), address
    for address, password in PEOPLE.items():
        assert login(service, address, password).status_code == 200, address


def test_the_replaced_service_goes_on_beside_us_and_after_us(start, postgres, old):
    """Whoever is met by either of the two is known to the other, for as long as both are there."""
    postgres.sql(old, "SELECT setval('users_id_seq', 13)")
    theirs = ReplacedService(postgres, old, SECRET)
    ours = start(DATABASE_URL=postgres.url(old), EMAIL_OTP_HASH="bcrypt")

    code = theirs.register("There@example.com", "secret123")
    assert ours.post("/auth/verify-otp", {"email": "There@example.com", "otp": code}).status_code == 200
    assert theirs.login("There@example.com", "secret123")
    assert login(ours, "There@example.com", "secret123").status_code == 200

    registered = ours.post("/users", {"email": "Here@example.com", "password": "secret123"})
    assert theirs.verify("Here@example.com", ours.code("Here@example.com"))
    here = registered.json()["id"]
    assert login(ours, "Here@example.com", "secret123").status_code == 200
    assert not theirs.login("Here@example.com", "secret12")

    there_tokens, our_tokens = theirs.login("Here@example.com", "secret123"), ours.login("Here@example.com", "secret123")
    for kind in ("access", "refresh"):
        assert theirs.reads(our_tokens[f"{kind}_token"], kind) == here
        assert {"sub", "type", "exp"} <= claims_of(our_tokens[f"{kind}_token"]).keys()
    assert ours.get("/users/profile", there_tokens["access_token"]).json()["id"] == here
    refreshed = ours.post("/auth/refresh-token", {"refresh_token": there_tokens["refresh_token"]})
    assert refreshed.status_code == 200
    assert theirs.reads(refreshed.json()["access_token"], "access") == here

    # A login here renews old hashes, and those are read there.
    before = theirs.find("version1@example.com")["hashed_password"]
    assert login(ours, "version1@example.com", PEOPLE["version1@example.com"]).status_code == 200
    for _ in range(100):
        if theirs.find("version1@example.com")["hashed_password"] != before:
            break
        time.sleep(0.05)
    assert theirs.find("version1@example.com")["hashed_password"] != before
    for address, password in PEOPLE.items():
        assert login(ours, address, password).status_code == 200
    time.sleep(0.5)
    for address, password in PEOPLE.items():
        assert theirs.login(address, password), address

    # A day with the other one alone.
    ours.stop()
    codes = {f"Day{i}@example.com": theirs.register(f"Day{i}@example.com", "secret123") for i in range(20)}
    assert all(theirs.verify(address, code) for address, code in list(codes.items())[:10])
    numbers = [int(theirs.find(address)["id"]) for address in codes]
    assert len(set(numbers)) == len(codes) and min(numbers) > here
    theirs.sql("DELETE FROM users WHERE email = 'There@example.com'")
    ours.start()
    for i, (address, code) in enumerate(codes.items()):
        if i >= 10:
            assert ours.post("/auth/verify-otp", {"email": address, "otp": code}).status_code == 200
        assert login(ours, address.lower(), "secret123").status_code == 200
        assert ours.post("/users", {"email": address.upper(), "password": "secret123"}).status_code == 400
    assert ours.get("/users/profile", our_tokens["access_token"]).status_code == 200
    assert ours.get("/users/profile", there_tokens["access_token"]).status_code == 200
    assert ours.post("/auth/refresh-token", {"refresh_token": our_tokens["refresh_token"]}).status_code == 200
    assert login(ours, "There@example.com", "secret123").status_code == 400
    assert ours.post("/users", {"email": "there@example.com", "password": "secret123"}).status_code == 201


@pytest.mark.parametrize("key, way_on", [
    ("change-me", "people log in again"),
    ("k3Yw8Qz1Lr6Tn4VxJm0pDf5Hs9Gc2Bu", "put the old one into SECRET_KEY_PREVIOUS"),  # of 31 characters
])
def test_a_weak_key_of_the_replaced_service_is_refused_with_the_way_on(binary, postgres, old, tmp_path, key, way_on):
    service = Service(binary, tmp_path, {"DATABASE_URL": postgres.url(old), "SECRET_KEY": key})
    ended = service.run()
    assert ended.returncode == 1
    for words in ("SECRET_KEY", "openssl rand -hex 32", way_on):
        assert words in ended.stderr
    assert key not in ended.stderr


def test_tokens_signed_with_a_key_that_was_too_short_are_good_until_its_day(start, postgres, old):
    key = "k3Yw8Qz1Lr6Tn4VxJm0pDf5Hs9Gc2Bu"
    theirs = ReplacedService(postgres, old, key)
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 6 * 86400))
    service = start(DATABASE_URL=postgres.url(old), SECRET_KEY_PREVIOUS=key, SECRET_KEY_PREVIOUS_UNTIL=until)
    assert service.get("/users/profile", theirs.token(1, "access")).status_code == 200
    refreshed = service.post("/auth/refresh-token", {"refresh_token": theirs.token(1, "refresh")})
    assert refreshed.status_code == 200
    assert ReplacedService(postgres, old, SECRET).reads(refreshed.json()["access_token"], "access") == 1
    assert service.get("/users/profile", theirs.token(1, "access", seconds=-1)).status_code == 401


@pytest.mark.parametrize("key", [
    "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=",  # Base64 is a text like any other
    "  k3Yw8Qz1Lr6Tn4Vx Jm0pDf5Hs9Gc2Bu7  ",
])
def test_a_key_is_the_text_that_is_written(start, postgres, old, key):
    service = start(DATABASE_URL=postgres.url(old), SECRET_KEY=key)
    theirs = ReplacedService(postgres, old, key)
    assert service.get("/users/profile", theirs.token(1, "access")).status_code == 200
    assert service.post("/auth/refresh-token", {"refresh_token": theirs.token(1, "refresh")}).status_code == 200
    trimmed = ReplacedService(postgres, old, key.strip(" ="))
    assert service.get("/users/profile", trimmed.token(1, "access")).status_code == 401
