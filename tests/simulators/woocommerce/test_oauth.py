"""OAuth 1.0a over plain http, signed by Authlib as any client would, checked by the shop."""

import base64
import hashlib
import hmac
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import httpx
import pytest
from authlib.oauth1 import ClientAuth
from authlib.oauth1.rfc5849.signature import generate_signature_base_string

from simulators.woocommerce.app import create_app
from simulators.woocommerce.catalogue import Catalogue
from simulators.woocommerce.shop import DEMO_KEY, Shop, create_shop
from tests.simulators.woocommerce.conftest import Hands

PATH = "/wp-json/wc/v3/products"
QUERY = {"per_page": "1", "_fields": "id", "search": "młotek & śruba 5%"}


def by_sha256(client: ClientAuth, request: object) -> str:
    """Authlib brings no HMAC-SHA256, only the place for it."""
    text = generate_signature_base_string(request).encode()
    return base64.b64encode(hmac.new(f"{client.client_secret}&".encode(), text, hashlib.sha256).digest()).decode()


class Sha256Auth(ClientAuth):
    SIGNATURE_METHODS: ClassVar = {**ClientAuth.SIGNATURE_METHODS, "HMAC-SHA256": by_sha256}


@pytest.fixture
async def plain(catalogue: Catalogue) -> AsyncIterator[httpx.AsyncClient]:
    """The system's clock here: Authlib signs with the present time."""
    async with plain_http(create_shop(catalogue)) as client:
        yield client


def plain_http(shop: Shop) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(create_app(shop)), base_url="http://127.0.0.1:8081")


def signed(
    client: httpx.AsyncClient,
    *,
    key: str = DEMO_KEY.key,
    secret: str = DEMO_KEY.secret,
    method: str = "HMAC-SHA1",
    placed_in: str = "QUERY",
) -> httpx.Request:
    unsigned = client.build_request("GET", PATH, params=QUERY)
    auth = Sha256Auth(key, secret, signature_method=method, signature_type=placed_in)
    address, headers, _ = auth.sign("GET", str(unsigned.url), {}, "")
    return client.build_request("GET", address, headers=headers)


@pytest.mark.parametrize("placed_in", ["QUERY", "HEADER"])
@pytest.mark.parametrize("method", ["HMAC-SHA1", "HMAC-SHA256"])
async def test_a_signed_call_is_answered(plain: httpx.AsyncClient, method: str, placed_in: str) -> None:
    answer = await plain.send(signed(plain, method=method, placed_in=placed_in))
    assert (answer.status_code, answer.json()) == (200, [])


@pytest.mark.parametrize(
    ("case", "changed", "message"),
    [
        ("another secret", {"secret": "cs_x"}, "Invalid signature - provided signature does not match."),
        ("another key", {"key": "ck_x"}, "Consumer key is invalid."),
        ("unencrypted", {"method": "PLAINTEXT"}, "Invalid signature - signature method is invalid."),
    ],
)
async def test_a_wrong_proof_is_refused(plain: httpx.AsyncClient, case: str, changed: dict[str, str], message: str) -> None:
    answer = await plain.send(signed(plain, **changed))
    assert (answer.status_code, answer.json()) == (
        401,
        {"code": "woocommerce_rest_authentication_error", "message": message, "data": {"status": 401}},
    )


async def test_the_query_is_part_of_what_is_signed(plain: httpx.AsyncClient) -> None:
    changed = str(signed(plain).url).replace("per_page=1", "per_page=100")
    assert (await plain.get(changed)).json()["message"] == "Invalid signature - provided signature does not match."


async def test_a_nonce_serves_once(plain: httpx.AsyncClient) -> None:
    address = str(signed(plain).url)
    first, second = await plain.get(address), await plain.get(address)
    assert (first.status_code, second.json()["message"]) == (200, "Invalid nonce - nonce has already been used.")


async def test_a_timestamp_is_good_for_a_quarter_of_an_hour(clock: Hands) -> None:
    clock.now = datetime.now(UTC) + timedelta(minutes=20)  # Authlib signs with the present time
    async with plain_http(create_shop(clock=clock)) as client:
        answer = await client.send(signed(client))
    assert answer.json()["message"] == "Invalid timestamp."


async def test_a_half_signed_call_names_what_is_missing(plain: httpx.AsyncClient) -> None:
    answer = await plain.get(PATH, params={"oauth_consumer_key": "ck_x", "oauth_nonce": "1", "oauth_timestamp": "1"})
    assert answer.json()["message"] == "Missing OAuth parameters oauth_signature, oauth_signature_method"


async def test_over_tls_a_signature_is_not_needed_but_is_checked(plain: httpx.AsyncClient) -> None:
    request = signed(plain, secret="cs_x")
    request.headers["x-forwarded-proto"] = "https"
    assert (await plain.send(request)).status_code == 401


def test_a_key_does_not_show_itself() -> None:
    assert DEMO_KEY.secret not in repr(DEMO_KEY)
    assert DEMO_KEY.key not in repr(DEMO_KEY)
