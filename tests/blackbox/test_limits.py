"""Limits from the outside: who is counted, how long to wait, and that a refusal costs nothing."""
import concurrent.futures
import time

from service import API, new_email


def guess(service, address, client=None, password="wrong-one"):
    headers = {"x-forwarded-for": client} if client else {}
    return service.client.post(API + "/auth/login", json={"email": address, "password": password}, headers=headers)


def test_clients_behind_a_trusted_proxy_are_counted_apart(start):
    service = start(RATE_LIMIT_LOGIN="3/minute", TRUSTED_PROXIES="127.0.0.1")
    first = [guess(service, new_email(), "203.0.113.7").status_code for _ in range(4)]
    assert first == [400, 400, 400, 429]
    assert guess(service, new_email(), "198.51.100.9").status_code == 400


def test_the_spellings_of_one_client_share_a_count(start):
    service = start(RATE_LIMIT_LOGIN="3/minute", TRUSTED_PROXIES="127.0.0.1")
    spelled = ["203.0.113.7", "::ffff:203.0.113.7", "::ffff:cb00:7107", "::FFFF:203.0.113.7"]
    assert [guess(service, new_email(), client).status_code for client in spelled] == [400, 400, 400, 429]
    of_one_network = [guess(service, new_email(), f"2001:db8:1:2::{i}").status_code for i in range(1, 5)]
    assert of_one_network == [400, 400, 400, 429]


def test_a_forwarded_address_from_anybody_else_is_ignored_and_explained(start):
    service = start(RATE_LIMIT_LOGIN="3/minute")
    answers = [guess(service, new_email(), f"203.0.113.{i}").status_code for i in range(5)]
    assert answers == [400, 400, 400, 429, 429]
    assert service.printed().count("TRUSTED_PROXIES") == 2  # the greeting, and one line of the log


def test_waiting_as_long_as_told_is_enough(start):
    service = start(RATE_LIMIT_LOGIN="2/second")
    for _ in range(3):
        while (answer := guess(service, new_email())).status_code != 429:
            pass
        assert answer.json() == {"detail": "Rate limit exceeded. Please try again later."}
        time.sleep(int(answer.headers["retry-after"]))
        assert guess(service, new_email()).status_code == 400


def test_guessing_at_one_account_is_limited_from_all_addresses_together(start):
    service = start(LOGIN_FAILURES_PER_ACCOUNT="5/hour", TRUSTED_PROXIES="127.0.0.1")
    address, nobody = service.verified(), new_email()
    for victim in (address, nobody):
        answers = [guess(service, victim.upper() if i % 2 else victim, f"203.0.113.{i}") for i in range(7)]
        assert [answer.status_code for answer in answers] == [400] * 5 + [429] * 2
        assert int(answers[-1].headers["retry-after"]) > 0


def test_the_owner_is_not_locked_out_by_a_stranger(start):
    service = start(LOGIN_FAILURES_PER_ACCOUNT="5/hour", TRUSTED_PROXIES="127.0.0.1")
    address = service.verified()
    home, elsewhere = "203.0.113.7", "198.51.100.9"
    assert guess(service, address, home, "secret123").status_code == 200
    while guess(service, address, elsewhere).status_code != 429:
        pass
    assert guess(service, address, elsewhere, "secret123").status_code == 429
    assert guess(service, address, home, "secret123").status_code == 200


def test_a_wave_of_guesses_is_no_more_than_the_limit(start):
    service = start(LOGIN_FAILURES_PER_ACCOUNT="10/hour")
    address = service.verified()
    with concurrent.futures.ThreadPoolExecutor(50) as crowd:
        answers = list(crowd.map(lambda _: guess(service, address).status_code, range(100)))
    assert answers.count(400) == 10 and answers.count(429) == 90


def test_five_guesses_end_a_code_also_after_a_crash(start):
    service = start()
    address = service.register()
    code = service.code(address)
    wrong = "000000" if code != "000000" else "000001"
    verify = lambda otp: service.post("/auth/verify-otp", {"email": address, "otp": otp}).status_code
    assert [verify(wrong) for _ in range(4)] == [400] * 4
    service.kill()
    service.start()
    assert [verify(wrong), verify(code)] == [400, 400]


def test_one_code_verifies_once_and_wrong_ones_at_once_are_at_most_five(start):
    service = start(CODE_FAILURES_PER_ACCOUNT="1000/hour")
    address = service.register()
    code = service.code(address)
    verify = lambda otp: service.post("/auth/verify-otp", {"email": address, "otp": otp})
    with concurrent.futures.ThreadPoolExecutor(16) as crowd:
        answers = [answer.json() for answer in crowd.map(verify, [code] * 16)]
    assert answers.count({"message": "Email verified successfully"}) == 1

    other = service.register()
    code = service.code(other)
    wrong = "000000" if code != "000000" else "000001"
    guess_at = lambda otp: service.post("/auth/verify-otp", {"email": other, "otp": otp}).status_code
    with concurrent.futures.ThreadPoolExecutor(32) as crowd:
        assert set(crowd.map(guess_at, [wrong] * 64)) == {400}
    assert guess_at(code) == 400


def test_many_registrations_of_one_mailbox_at_once_make_one_account_and_one_mail(start):
    service = start(CODES_PER_MAILBOX="1000/hour")
    spellings = [name + "@example.com" for name in ("bob.ray", "Bob.Ray", "BOB.RAY", "bob.RAY", "bOb.rAy", "boB.ray")] * 6
    with concurrent.futures.ThreadPoolExecutor(36) as crowd:
        answers = list(crowd.map(
            lambda address: service.post("/users", {"email": address, "password": "secret123"}).status_code, spellings))
    assert answers.count(201) == 1 and answers.count(400) == len(spellings) - 1
    assert service.count("users") == 1
    time.sleep(1.5)
    assert len(service.mails()) == 1


def test_preflights_and_health_checks_count_nowhere(start):
    service = start(RATE_LIMIT_LOGIN="3/minute", RATE_LIMIT_DEFAULT="3/minute",
                    BACKEND_CORS_ORIGINS="https://app.example.com")
    asks = {"origin": "https://app.example.com", "access-control-request-method": "POST"}
    for _ in range(20):
        assert service.client.options(API + "/auth/login", headers=asks).status_code == 200
        assert service.client.get("/healthz").status_code == service.client.head("/readyz").status_code == 200
        assert service.client.get("/").status_code == 200
    answers = [service.client.post(API + "/auth/login", json={"email": new_email(), "password": "x"},
                                   headers={"origin": "https://app.example.com"}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [400, 400, 400, 429]
    assert answers[-1].headers["access-control-allow-origin"] == "https://app.example.com"
    assert "Retry-After" in answers[-1].headers["access-control-expose-headers"]
