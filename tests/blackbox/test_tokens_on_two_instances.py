"""Refresh tokens that come twice, get lost on the way, or meet another clock, with two instances on one PostgreSQL."""
import concurrent.futures
import struct
import time

import httpx
import pytest

from faulty_link import FaultyLink
from replaced_service import claims_of
from service import API
from test_several_instances import profile, seconds_until, verified

GRACE = 2  # seconds


@pytest.fixture
def pair(start, postgres):
    """pair(one's own settings, the other's, SETTING="value" of both)"""
    def starter(*own, **shared):
        url = postgres.url(postgres.new_database())
        return [start(DATABASE_URL=url, **shared, **more) for more in own or ({}, {})]

    return starter


def refresh(instance, token):
    return instance.post("/auth/refresh-token", {"refresh_token": token})


def successors(answers):
    assert {answer.status_code for answer in answers} == {200}, [answer.text for answer in answers]
    return {answer.json().get("refresh_token") for answer in answers}


def refreshed_at_once(instances, token, times=20):
    with concurrent.futures.ThreadPoolExecutor(times) as tabs:
        return list(tabs.map(lambda i: refresh(instances[i % 2], token), range(times)))


def assert_ended(instances, tokens, other_tokens):
    """That session and no other one, on both."""
    for instance in instances:
        seconds_until(lambda: profile(instance, tokens["access_token"]).status_code == 401)
        assert refresh(instance, tokens["refresh_token"]).status_code == 401
        assert profile(instance, other_tokens["access_token"]).status_code == 200


def test_tabs_that_refresh_at_once_get_one_successor_and_a_late_one_ends_the_session(pair):
    instances = pair(REFRESH_TOKEN_ROTATION="true", REFRESH_TOKEN_GRACE_SECONDS=str(GRACE))
    address = verified(instances)
    first, other = instances[0].login(address), instances[1].login(address)
    [second] = successors(refreshed_at_once(instances, first["refresh_token"]))
    assert second != first["refresh_token"]
    [third] = successors(refreshed_at_once(instances, second))
    assert third != second
    time.sleep(GRACE + 0.5)
    late = refresh(instances[1], second)
    assert (late.status_code, late.json()) == (401, {"detail": "Invalid refresh token"})
    assert_ended(instances, {**first, "refresh_token": third}, other)
    assert successors([refresh(instances[0], other["refresh_token"])])


def test_without_rotation_a_token_refreshes_as_often_as_wanted(pair):
    instances = pair(REFRESH_TOKEN_GRACE_SECONDS="0")
    tokens = instances[0].login(verified(instances))
    for _ in range(2):
        successors(refreshed_at_once(instances, tokens["refresh_token"]))
        time.sleep(1.1)


@pytest.fixture
def lost_answers():
    links = []

    def cut(instance):
        links.append(FaultyLink(instance.port))
        return links[-1]

    yield cut
    for link in links:
        link.close()


def refresh_whose_answer_is_lost(link, token):
    link.cut_before_answer()
    with pytest.raises(httpx.TransportError):
        httpx.post(f"http://127.0.0.1:{link.port}{API}/auth/refresh-token", json={"refresh_token": token}, timeout=10,
                   trust_env=False)


def test_a_lost_answer_can_be_asked_for_again_in_time(pair, postgres, lost_answers):
    instances = pair(REFRESH_TOKEN_ROTATION="true", REFRESH_TOKEN_GRACE_SECONDS=str(GRACE))
    address = verified(instances)
    other = instances[0].login(address)
    for seconds, expected in ((GRACE / 2, 200), (GRACE + 0.5, 401)):
        tokens = instances[0].login(address)
        refresh_whose_answer_is_lost(lost_answers(instances[0]), tokens["refresh_token"])
        time.sleep(seconds)
        again = [refresh(instances[i % 2], tokens["refresh_token"]) for i in range(4)]
        assert {answer.status_code for answer in again} == {expected}
        if expected == 200:
            [second] = successors(again)
            assert claims_of(second)["ctr"] == claims_of(tokens["refresh_token"])["ctr"] + 1  # used once, not five times
            assert refresh(instances[1], second).status_code == 200
        else:
            assert again[0].json() == {"detail": "Invalid refresh token"}
            assert_ended(instances, tokens, other)
            instances[1].login(address)


def test_clocks_that_are_five_seconds_apart_are_one_service(pair, binary, tmp_path):
    (tmp_path / "moved_by").write_bytes(struct.pack("=q", 5 * 10**9))
    library = binary.parent / "src" / "redis" / "libmoved_clock.so"
    assert library.exists(), "build the target moved_clock"
    instances = pair({"LD_PRELOAD": str(library), "MOVED_CLOCK": str(tmp_path / "moved_by")}, {},
                     REFRESH_TOKEN_ROTATION="true", REFRESH_TOKEN_GRACE_SECONDS="10")
    ahead, behind = instances
    address = verified(instances)
    tokens = ahead.login(address)
    assert 3 < claims_of(tokens["access_token"])["iat"] - time.time() < 6, "the clock is not ahead"
    for _ in range(5):
        assert profile(behind, tokens["access_token"]).status_code == 200
    [second] = successors(refreshed_at_once(instances, tokens["refresh_token"]))
    [third] = successors([refresh(behind, second), refresh(ahead, second)])
    successors([refresh(ahead, third), refresh(behind, third)])

    tokens = behind.login(address)
    assert profile(ahead, tokens["access_token"]).status_code == 200
    [second] = successors([refresh(behind, tokens["refresh_token"]), refresh(ahead, tokens["refresh_token"])])
    assert refresh(ahead, second).status_code == 200
    headers = {"authorization": f"Bearer {tokens['access_token']}"}
    assert ahead.client.post(API + "/auth/logout", headers=headers).status_code == 204
    seconds_until(lambda: profile(behind, tokens["access_token"]).status_code == 401)
    assert refresh(behind, second).status_code == 401

    code_sent = ahead.post("/auth/send-otp", {"email": address})
    assert (code_sent.status_code, code_sent.json()) == (400, {"detail": "Email already verified"})
