"""Signatures, the times of attempts, and what an endpoint may be."""

from datetime import UTC, datetime, timedelta

import pytest

from spoina.errors import InvalidInput, LimitExceeded
from spoina.webhooks import rules
from spoina.webhooks.types import Answer, EndpointRequest, Topic

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_the_signature_is_the_one_of_the_standard():
    """The vector that the standard's own libraries are tested with."""
    at = datetime.fromtimestamp(1614265330, UTC)
    made = rules.headers("msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}', ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], at)
    assert made["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert (made["webhook-id"], made["webhook-timestamp"]) == ("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330")


def test_while_two_secrets_are_good_both_sign():
    one, other = rules.secret_of(b"1" * 32), rules.secret_of(b"2" * 32)
    both = rules.headers("e", b"{}", [one, other], NOW)["webhook-signature"].split(" ")
    assert both == [rules.headers("e", b"{}", [each], NOW)["webhook-signature"] for each in (one, other)]


def test_ten_attempts_spread_over_three_days():
    times, at = [NOW], NOW
    while (following := rules.next_attempt(len(times), at, 0.0)) is not None:
        times.append(following)
        at = following
    assert (len(times), times[1] - NOW, times[2] - times[1]) == (10, timedelta(seconds=5), timedelta(minutes=5))
    assert timedelta(days=3) < times[-1] - NOW < timedelta(days=4)


def test_the_jitter_only_waits_longer():
    assert rules.next_attempt(2, NOW, 0.5) == NOW + timedelta(minutes=5) * 1.1


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "url: must be an absolute http or https address"),
        ("erp.example/hook", "url: must be an absolute http or https address"),
        ("ftp://erp.example/", "url: must be an absolute http or https address"),
        ("https:///hook", "url: must be an absolute http or https address"),
        ("https://erp.example/a b", "url: must be an absolute http or https address"),
        ("https://erp.example:99999/", "url: Port out of range 0-65535"),
        ("https://ala:kot@erp.example/", "url: must not carry a user, a password or a fragment"),
        ("https://erp.example/#x", "url: must not carry a user, a password or a fragment"),
        ("https://erp.example/" + "x" * 2000, "url: at most 2000 characters"),
    ],
)
def test_an_address_that_cannot_be_posted_to(url: str, reason: str):
    with pytest.raises(InvalidInput) as refused:
        rules.checked(EndpointRequest(url=url, topics=(Topic.ORDER_CREATED,)))
    assert str(refused.value) == reason


@pytest.mark.parametrize(
    ("topics", "description", "kind", "reason"),
    [
        ((), "", InvalidInput, "topics: name at least one"),
        ((Topic.PING,), "", InvalidInput, "topics: ping is sent on request only"),
        ((Topic.STOCK_CHANGED,), "x" * 201, LimitExceeded, "description: at most 200 characters"),
    ],
)
def test_what_else_may_be_wrong(topics, description, kind, reason):
    with pytest.raises(kind) as refused:
        rules.checked(EndpointRequest(url="https://erp.example/", topics=topics, description=description))
    assert str(refused.value) == reason


@pytest.mark.parametrize(
    ("status", "taken"), [(200, True), (204, True), (299, True), (302, False), (404, False), (500, False), (None, False)]
)
def test_only_success_is_success(status, taken):
    assert rules.is_taken(Answer(status=status, text="", milliseconds=1)) is taken
