"""Settings, built once from a mapping (os.environ in production, a dict in tests); nothing else reads the environment."""

import re
from collections.abc import Mapping
from pathlib import Path

import msgspec

from spoina.errors import InvalidInput, MissingSettings

SHORTEST_SECRET = 32
POINTS_OF_AN_ADDRESS, POINTS_OF_A_KEY = 100, 2000
"""Pages of some 30 shoppers a second, whom a mobile operator may hide behind one address, and no more than a tenth of what one process can
do; and more than all tills of a chain or a shop's whole frontend ask for."""

_BUCKET = re.compile(r"(s3|gs|az)://[^/\s]+")


class WooCommerceSettings(msgspec.Struct, frozen=True, kw_only=True):
    """One shop's REST API. `key` and `secret` are WooCommerce's consumer key and secret (read/write)."""

    url: str
    key: str
    secret: str
    concurrency: int = 4
    poll_seconds: int = 180
    webhook_url: str | None = None
    """Where the shop reaches Spoina; None: no webhooks, polling only."""

    def __repr__(self) -> str:
        return f"WooCommerceSettings(url={self.url!r})"


class MeilisearchSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`key` "" for a server without a master key. `index`: the uid of the index, and the beginning of those beside it."""

    url: str
    key: str = ""
    index: str = "products"

    def __repr__(self) -> str:
        return f"MeilisearchSettings(url={self.url!r}, index={self.index!r})"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """`database_url` and `redis_url` are None where the embedded servers in `data_dir` are to be used."""

    data_dir: Path
    database_url: str | None = None
    redis_url: str | None = None
    woocommerce: WooCommerceSettings | None = None
    meilisearch: MeilisearchSettings | None = None
    """None: the embedded search engine."""
    trusted_documents_only: bool = False
    development: bool = False
    cors_origins: tuple[str, ...] = ("*",)
    """Web pages that may read the storefront's answers."""
    customer_token_secret: str | None = None
    """Signs customers' tokens; None: one of its own making, kept in `data_dir`."""
    demo_file: Path | None = None
    """Where a demo notes its addresses and keys: they are handed to everybody who opens its page."""
    feeds_dir: Path | None = None
    """Where feeds are defined; None: the folder "feeds" in `data_dir`."""
    feeds_storage: str | None = None
    """Where built feeds lie (s3://…, gs://…, az://…); None: in `data_dir`."""
    limit_address: int = POINTS_OF_AN_ADDRESS
    """Points a second of one address of shoppers; 0: no limit."""
    limit_key: int = POINTS_OF_A_KEY
    """Points a second of one key of a server, a till or staff; 0: no limit."""

    def __repr__(self) -> str:
        return f"Settings(data_dir={self.data_dir!s}, woocommerce={self.woocommerce!r})"

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        """Raises MissingSettings with every missing name, InvalidInput for a value that cannot be read."""
        return cls(
            data_dir=Path(env.get("SPOINA_DATA_DIR", ".spoina")),
            database_url=env.get("SPOINA_DATABASE_URL") or None,
            redis_url=env.get("SPOINA_REDIS_URL") or None,
            woocommerce=_woocommerce(env),
            meilisearch=_meilisearch(env),
            trusted_documents_only=_flag(env, "SPOINA_TRUSTED_DOCUMENTS_ONLY"),
            development=_flag(env, "SPOINA_DEVELOPMENT"),
            demo_file=Path(file) if (file := env.get("SPOINA_DEMO_FILE")) else None,
            customer_token_secret=_secret(env, "SPOINA_CUSTOMER_TOKEN_SECRET"),
            feeds_dir=Path(folder) if (folder := env.get("SPOINA_FEEDS_DIR")) else None,
            feeds_storage=_bucket(env, "SPOINA_FEEDS_STORAGE"),
            limit_address=_number(env, "SPOINA_LIMIT_ADDRESS", POINTS_OF_AN_ADDRESS, least=0),
            limit_key=_number(env, "SPOINA_LIMIT_KEY", POINTS_OF_A_KEY, least=0),
            cors_origins=tuple((env.get("SPOINA_CORS_ORIGINS") or "*").replace(",", " ").split()),
        )


def _woocommerce(env: Mapping[str, str]) -> WooCommerceSettings | None:
    names = {part: f"SPOINA_WOOCOMMERCE_{part.upper()}" for part in ("url", "key", "secret")}
    given = {part: env[name] for part, name in names.items() if env.get(name)}
    if not given:
        return None
    if missing := [name for part, name in names.items() if part not in given]:
        raise MissingSettings(missing)
    return WooCommerceSettings(
        url=given["url"].rstrip("/"),
        key=given["key"],
        secret=given["secret"],
        concurrency=_number(env, "SPOINA_WOOCOMMERCE_CONCURRENCY", 4),
        poll_seconds=_number(env, "SPOINA_WOOCOMMERCE_POLL_SECONDS", 180),
        webhook_url=(env.get("SPOINA_PUBLIC_URL") or "").rstrip("/") or None,
    )


def _meilisearch(env: Mapping[str, str]) -> MeilisearchSettings | None:
    url = (env.get("SPOINA_MEILISEARCH_URL") or "").rstrip("/")
    return MeilisearchSettings(url=url, key=env.get("SPOINA_MEILISEARCH_KEY") or "") if url else None


def _secret(env: Mapping[str, str], name: str) -> str | None:
    text = env.get(name) or None
    if text is not None and len(text) < SHORTEST_SECRET:
        raise InvalidInput(name, f"at least {SHORTEST_SECRET} characters, such as `openssl rand -hex 32` makes")
    return text


def _bucket(env: Mapping[str, str], name: str) -> str | None:
    url = env.get(name) or None
    if url is not None and not _BUCKET.match(url):
        raise InvalidInput(name, f"{url!r} is no bucket, such as s3://BUCKET/FOLDER, gs://BUCKET/FOLDER or az://CONTAINER/FOLDER")
    return url


def _number(env: Mapping[str, str], name: str, default: int, *, least: int = 1) -> int:
    text = env.get(name) or str(default)
    if not (text.isascii() and text.isdigit()) or int(text) < least:
        raise InvalidInput(name, f"{text!r} is not a whole number {'above zero' if least else 'from zero on'}")
    return int(text)


def _flag(env: Mapping[str, str], name: str) -> bool:
    text = env.get(name, "").lower()
    if text not in {"", "0", "1", "false", "true"}:
        raise InvalidInput(name, f"{text!r} is neither true nor false")
    return text in {"1", "true"}
