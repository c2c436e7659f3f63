"""Tokens as others write them: odd times, second spellings of one token, and what a client needs to trust no clock."""
import base64
import email.utils
import time

import pytest

from replaced_service import base64url, claims_of, signed
from service import QUIET

SECRET = QUIET["SECRET_KEY"]
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def use(service, kind, token):
    """The status that a token of that kind gets where it belongs."""
    if kind == "access":
        answer = service.get("/users/profile", token)
    else:
        answer = service.post("/auth/refresh-token", {"refresh_token": token})
    assert answer.status_code < 500, answer.text
    return answer.status_code


@pytest.fixture(scope="module")
def person(service):
    """The tokens and the id of somebody."""
    tokens = service.tokens()
    return {**tokens, "id": service.get("/users/profile", tokens["access_token"]).json()["id"]}


@pytest.mark.parametrize("kind", ["access", "refresh"])
@pytest.mark.parametrize("claims, accepted", [
    ({}, True),
    ({"iat": 30}, True), ({"iat": 3600}, True),  # seconds from now; the replaced service does not look at it
    ({"nbf": -1}, True), ({"nbf": 3600}, False),
    ({"exp": -1}, False), ({"exp": -3600}, False), ({"exp": 0}, False), ({"exp": 3}, True),
])
def test_times_of_a_token_mean_what_they_say(service, person, kind, claims, accepted):
    moments = {name: int(time.time()) + seconds for name, seconds in {"exp": 600, **claims}.items()}
    token = signed(SECRET, {"sub": str(person["id"]), "type": kind, **moments})
    assert use(service, kind, token) == (200 if accepted else 401)


@pytest.mark.parametrize("kind", ["access", "refresh"])
@pytest.mark.parametrize("written", [
    '"1900000000"', "null", "true", "[]", "{}", "[1900000000]", "-1", "1e400", "-1e400", "NaN", "Infinity", '""',
    "99999999999999999999999", "0x7fffffff", "18446744073709551616", "9223372036854775807",
])
def test_an_odd_expiry_is_401(service, person, kind, written):
    assert use(service, kind, odd(person, kind, written)) == 401


@pytest.mark.parametrize("kind", ["access", "refresh"])
@pytest.mark.parametrize("written", ["1900000000.5", "1e12", "1.9e9", "4102444800"])
def test_an_expiry_is_any_number_of_seconds(service, person, kind, written):
    assert use(service, kind, odd(person, kind, written)) == 200


def odd(person, kind, written):
    return signed(SECRET, f'{{"sub":"{person["id"]}","type":"{kind}","exp":{written}}}')


def other_spellings(token):
    """Texts that a lenient reader takes for the same token, or that somebody else signed."""
    header, claims, mac = token.split(".")
    last = ALPHABET.index(mac[-1])
    for spare in range(1, 4):
        yield f"{header}.{claims}.{mac[:-1]}{ALPHABET[last ^ spare]}"
    for padded in (f"{token}=", f"{token}==", f"{header}=.{claims}.{mac}", f"{header}.{claims}=.{mac}"):
        yield padded
    for part in (claims, mac):
        for character in ("\t", " ", "%0A", "+", "/", "."):
            yield token.replace(part, part[:5] + character + part[5:])
    yield f"{header}.{claims}.{mac.replace('-', '+').replace('_', '/')}" if {"-", "_"} & set(mac) else f"{token}+"
    spaced = base64url(b'{ "alg": "HS256", "typ": "JWT" }')
    yield f"{spaced}.{claims}.{mac}"
    yield signed("another key of at least 32 characters", claims_of(token))
    yield f"{header}.{claims}.{base64.b64encode(base64.urlsafe_b64decode(mac + '=')).decode()}"


@pytest.mark.parametrize("kind", ["access", "refresh"])
def test_a_token_has_one_spelling(service, person, kind):
    for _ in range(30):  # until the signature has both characters that two alphabets write differently
        tokens = service.login(service_address(service, person))
        if {"-", "_"} <= set(tokens[f"{kind}_token"].split(".")[2]):
            break
    token = tokens[f"{kind}_token"]
    for text in other_spellings(token):
        assert text != token and use(service, kind, text) == 401, text
    if kind == "refresh":
        for text in (token[:9] + "\n" + token[9:], token + "\n", " " + token, token + "\0"):
            assert use(service, kind, text) == 401, text
    assert use(service, kind, token) == 200


def service_address(service, person):
    return service.get("/users/profile", person["access_token"]).json()["email"]


def test_a_client_needs_no_clock_of_its_own(service):
    """`Date`, and lifetimes in whole seconds that agree with what the token says."""
    address = service.verified()
    for _ in range(5):
        answer = service.post("/auth/login", {"email": address, "password": "secret123"})
        refreshed = service.post("/auth/refresh-token", {"refresh_token": answer.json()["refresh_token"]})
        for told in (answer, refreshed):
            at = email.utils.parsedate_to_datetime(told.headers["date"]).timestamp()
            body = told.json()
            assert abs(at - time.time()) < 3
            claims = claims_of(body["access_token"])
            assert body["access_token_expires_in"] == 1800 == claims["exp"] - claims["iat"]
            assert abs(claims["exp"] - at - 1800) <= 1
        time.sleep(0.17)
