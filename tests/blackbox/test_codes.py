"""One-time codes as people and guessers use them: with their zeros, once, and five times at most, over two instances."""
import concurrent.futures
import re
import time

import pytest


SHARED = {"SECRET_KEY": "0123456789abcdef" * 3, "CODE_FAILURES_PER_ACCOUNT": "1000/minute", "CODES_PER_MAILBOX": "1000/minute",
          "EMAIL_OTP_RESEND_INTERVAL_SECONDS": "0"}


@pytest.fixture
def instances(start, postgres, database):
    return [start(DATABASE_URL=postgres.url(database), **SHARED) for _ in range(2)]


def verify(instance, address, code):
    return instance.post("/auth/verify-otp", {"email": address, "otp": code})


def code_of(instances, address, count=1):
    """The newest code for that address, whichever instance had mailed it."""
    for _ in range(200):
        mails = [mail for instance in instances for mail in instance.mails(address)]
        if len(mails) >= count:
            newest = max(mails, key=lambda mail: mail["date"].datetime)
            return re.search(r"\b(\d{4,10})\b", newest.get_body(("plain",)).get_content())[1]
        time.sleep(0.05)
    raise AssertionError("no mail")


def wrong_codes(right, count):
    return [f"{(int(right) + i) % 1_000_000:06}" for i in range(1, count + 1)]


def all_at_once(calls):
    with concurrent.futures.ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(lambda call: call(), calls))


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_a_zero_in_front_belongs_to_the_code(start, postgres, database, engine):
    more = {"DATABASE_URL": postgres.url(database)} if engine == "postgres" else {}
    service = start(EMAIL_OTP_LENGTH="5", **SHARED, **more)
    with_zero = []
    for _ in range(200):
        address = service.register()
        code = code_of([service], address)
        assert len(code) == 5, "the mail shows all digits"
        if code.startswith("0"):
            with_zero.append((address, code))
        if len(with_zero) == 3:
            break
    (address, code), (second, its_code), (third, unused) = with_zero
    assert verify(service, address, code).status_code == 200

    number = service.post("/auth/verify-otp", {"email": second, "otp": int(its_code)})
    assert number.status_code == 422 and number.json()["detail"][0]["type"] == "string_type"
    for _ in range(4):  # each counts as an attempt
        assert verify(service, second, its_code[1:]).status_code == 400
    assert verify(service, second, its_code).status_code == 200

    for _ in range(5):
        assert verify(service, third, unused[1:]).status_code == 400
    assert verify(service, third, unused).status_code == 400


def test_the_right_code_changes_something_once(instances):
    address = instances[0].register()
    code = code_of(instances, address)
    answers = all_at_once([lambda i=i: verify(instances[i % 2], address, code) for i in range(16)])
    texts = [answer.json().get("message", answer.text) for answer in answers if answer.status_code == 200]
    assert {answer.status_code for answer in answers} <= {200, 400}
    assert texts.count("Email verified successfully") == 1, texts
    assert set(texts) <= {"Email verified successfully", "Email already verified"}


def test_of_many_guesses_at_once_on_two_instances_five_are_looked_at(instances, postgres, database):
    address = instances[0].register()
    code = code_of(instances, address)
    answers = all_at_once([lambda i=i, guess=guess: verify(instances[i % 2], address, guess)
                           for i, guess in enumerate(wrong_codes(code, 64))])
    assert [answer.status_code for answer in answers] == [400] * 64
    assert postgres.sql(database, "SELECT attempts_left FROM one_time_codes") == [["0"]]
    for instance in instances:
        assert verify(instance, address, code).status_code == 400
    time.sleep(1.1)  # mails are told apart by their date
    assert instances[1].post("/auth/send-otp", {"email": address}).status_code == 200
    newer = code_of(instances, address, 2)
    assert verify(instances[0], address, newer).status_code == 200


def test_five_wrong_codes_count_together_wherever_they_are_sent(instances):
    address = instances[0].register()
    code = code_of(instances, address)
    for i, guess in enumerate(wrong_codes(code, 5)):
        assert verify(instances[i % 2], address, guess).status_code == 400
    assert verify(instances[1], address, code).status_code == 400
