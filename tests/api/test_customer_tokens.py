"""Customer tokens: what a good one says, and that nothing else is believed."""

from datetime import UTC, datetime, timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from api.customer_tokens import FILE, SignedTokens, customer_tokens
from spoina.customers.tokens import SignedIn
from spoina.errors import DependencyUnavailable, InvalidInput, LimitExceeded
from spoina.settings import Settings

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECRET = "s" * 32
CLAIMS = {"iss": "spoina", "aud": "storefront", "sub": "anna", "groups": [], "exp": int(NOW.timestamp()) + 60}
REFUSAL = "customerAccessToken: is not valid, or not any more"


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def tokens(secret: str = SECRET, clock: Clock | None = None) -> SignedTokens:
    return SignedTokens(secret.encode, clock or Clock())


def signed(secret: str = SECRET, algorithm: str = "HS256", **claims: object) -> str:
    kept = {name: value for name, value in {**CLAIMS, **claims}.items() if value is not None}
    return jwt.encode({"alg": algorithm}, kept, OctKey.import_key(secret), algorithms=[algorithm])


def test_a_token_says_who_it_is_and_for_how_long() -> None:
    found = tokens().verify(tokens().issue("anna", ("wholesale",), timedelta(days=1)))
    assert found == SignedIn(id="anna", groups=("wholesale",), expires_at=NOW + timedelta(days=1))


def test_a_token_ends() -> None:
    clock = Clock()
    checking = tokens(clock=clock)
    token = checking.issue("anna", valid_for=timedelta(minutes=1))
    clock.now += timedelta(seconds=59)
    assert checking.verify(token).id == "anna"
    clock.now += timedelta(seconds=1)
    with pytest.raises(InvalidInput, match=REFUSAL):
        checking.verify(token)
    with pytest.raises(InvalidInput, match=REFUSAL):
        tokens(clock=clock).verify(token)


@pytest.mark.parametrize(
    ("case", "token"),
    [
        ("of another secret", signed(secret="t" * 32)),
        ("of another algorithm", signed(algorithm="HS512")),
        ("unsigned", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm5hIn0."),
        ("of another issuer", signed(iss="else")),
        ("for others", signed(aud="console")),
        ("without a subject", signed(sub=None)),
        ("with an empty subject", signed(sub="")),
        ("with a subject too long", signed(sub="a" * 201)),
        ("without an end", signed(exp=None)),
        ("with a text for an end", signed(exp="tomorrow")),
        ("with an end beyond all time", signed(exp=10**30)),
        ("with groups that are none", signed(groups="wholesale")),
        ("ended", signed(exp=int(NOW.timestamp()))),
        ("too long", signed(sub="a") + "a" * 5000),
        ("no token", "anna"),
        ("nothing", ""),
        ("no text of a token", "ż.ó.ł"),
    ],
)
def test_nothing_else_is_believed_and_each_is_refused_in_the_same_words(case, token) -> None:
    with pytest.raises(InvalidInput) as refused:
        tokens().verify(token)
    assert str(refused.value) == REFUSAL, case


def test_a_token_for_nobody_is_not_issued() -> None:
    with pytest.raises(InvalidInput, match="subject: must not be empty"):
        tokens().issue(" ")
    with pytest.raises(LimitExceeded, match="subject: at most 200 characters"):
        tokens().issue("a" * 201)


def test_a_machine_that_is_alone_keeps_a_secret_of_its_own(tmp_path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    token = customer_tokens(settings, Clock()).issue("anna")
    kept = tmp_path / "data" / FILE
    assert (kept.stat().st_mode & 0o777, len(kept.read_bytes()), [*kept.parent.iterdir()]) == (0o600, 64, [kept])
    assert customer_tokens(settings, Clock()).verify(token).id == "anna"
    with pytest.raises(InvalidInput):
        customer_tokens(Settings(data_dir=tmp_path / "other"), Clock()).verify(token)


def test_machines_share_a_secret(tmp_path) -> None:
    first, second = (Settings(data_dir=tmp_path / name, customer_token_secret=SECRET) for name in "ab")
    assert customer_tokens(second, Clock()).verify(customer_tokens(first, Clock()).issue("anna")).id == "anna"
    assert [*tmp_path.iterdir()] == []


def test_a_folder_that_cannot_be_written_says_what_to_do(tmp_path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(DependencyUnavailable, match="set SPOINA_CUSTOMER_TOKEN_SECRET"):
        customer_tokens(Settings(data_dir=tmp_path / "data"), Clock()).issue("anna")


def test_a_secret_that_can_be_guessed_is_refused() -> None:
    with pytest.raises(InvalidInput, match="SPOINA_CUSTOMER_TOKEN_SECRET: at least 32 characters"):
        Settings.from_env({"SPOINA_CUSTOMER_TOKEN_SECRET": "short"})
    assert "short" not in repr(Settings.from_env({"SPOINA_CUSTOMER_TOKEN_SECRET": "short" * 8}))
