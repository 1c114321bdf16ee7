"""What `spoina doctor` looks at: each thing the program stands on, in the order in which a failure explains the ones after it."""

import asyncio
import os
import platform
import sys
from datetime import timedelta

import asyncpg
import httpx
import redis.exceptions
from redis.asyncio import Redis

from api.findings import Finding, Verdict
from api.standing import examine_standing
from channels.woocommerce.client import ShopCapabilities, WooCommerceClient
from channels.woocommerce.pacing import Pace
from channels.woocommerce.sync import FULL, POLL
from spoina.clock import Clock, utc_now
from spoina.db import Connection, connect, connect_pool
from spoina.errors import DependencyUnavailable, SourceError, SpoinaError
from spoina.migrate import missing_migrations
from spoina.settings import Settings, WooCommerceSettings
from spoina.sync.status import SyncStatus, sync_status

OLDEST_PYTHON, TOO_NEW_PYTHON = (3, 11), (3, 14)
OLDEST_POSTGRESQL = 15
LONGEST_SILENCE = 3
"""Polls that may be missed before nobody seems to work."""
LONGEST_WITHOUT_SWEEP = timedelta(days=2)
"""One is due every night."""
ANSWER_SECONDS = 5
SHOP_SECONDS = 20
"""A worker waits longer; who asks the doctor looks at a screen."""


def examine_machine(settings: Settings) -> list[Finding]:
    """What can be seen without a server."""
    return [_python(), *([] if settings.database_url and settings.redis_url else [_data_folder(settings)])]


async def examine(settings: Settings, clock: Clock = utc_now) -> list[Finding]:
    """Both addresses in the settings are given."""
    database, cache = await asyncio.gather(_database(settings, clock), _redis(settings.redis_url or ""))
    return [*database, cache, *await shop_findings(settings.woocommerce), await _public_address(settings.woocommerce)]


def problem_with(error: DependencyUnavailable) -> Finding:
    return Finding(error.dependency, Verdict.PROBLEM, error.reason, error.remedy)


def _python() -> Finding:
    text = f"{platform.python_version()} on {platform.system()}"
    if OLDEST_PYTHON <= sys.version_info[:2] < TOO_NEW_PYTHON:
        return Finding("Python", Verdict.OK, text)
    return Finding("Python", Verdict.PROBLEM, text, "use Python 3.11, 3.12 or 3.13")


def _data_folder(settings: Settings) -> Finding:
    folder = settings.data_dir.absolute()
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    if existing.is_dir() and os.access(existing, os.W_OK | os.X_OK):
        return Finding("data folder", Verdict.OK, str(folder))
    return Finding(
        "data folder", Verdict.PROBLEM, f"{existing} cannot be written", "choose another folder with --data-dir or SPOINA_DATA_DIR"
    )


async def _database(settings: Settings, clock: Clock) -> list[Finding]:
    try:
        connection = await asyncio.wait_for(connect(settings.database_url or ""), ANSWER_SECONDS)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        return [Finding("PostgreSQL", Verdict.PROBLEM, str(error) or "no answer", "start it, or mend SPOINA_DATABASE_URL")]
    try:
        found = [_postgresql_version(connection), migrations := await _migrations(connection)]
        if migrations.verdict is Verdict.OK:
            found += await _mirror(connection, settings, clock)
            found += await _standing(settings, clock)
        return found
    finally:
        await connection.close()


async def _standing(settings: Settings, clock: Clock) -> list[Finding]:
    pool = await connect_pool(settings.database_url or "", size=1)
    try:
        return await examine_standing(settings, pool, clock)
    finally:
        await pool.close()


def _postgresql_version(connection: Connection) -> Finding:
    version = connection.get_server_version()
    text = f"{version.major}.{version.micro}"
    if version.major >= OLDEST_POSTGRESQL:
        return Finding("PostgreSQL", Verdict.OK, text)
    return Finding("PostgreSQL", Verdict.PROBLEM, text, f"use PostgreSQL {OLDEST_POSTGRESQL} or newer")


async def _migrations(connection: Connection) -> Finding:
    if missing := await missing_migrations(connection):
        return Finding("migrations", Verdict.PROBLEM, f"not applied: {', '.join(missing)}", "run spoina migrate")
    return Finding("migrations", Verdict.OK, "all applied")


async def _mirror(connection: Connection, settings: Settings, clock: Clock) -> list[Finding]:
    status = await sync_status(connection, clock())
    return [
        synchronisation(status, settings.woocommerce),
        _worker(status, settings.woocommerce),
        *await _webhooks(connection, settings.woocommerce),
        _quarantine(status),
    ]


def synchronisation(status: SyncStatus, shop: WooCommerceSettings | None) -> Finding:
    failed = [run for run in status.runs if run.error]
    if failed:
        text = "; ".join(f"{run.kind}: {run.error}" for run in failed)
        return Finding(
            "synchronisation", Verdict.PROBLEM, text, "mend that; the worker tries again by itself, or run spoina sync woocommerce"
        )
    if not status.ages:
        return Finding("synchronisation", Verdict.NOTE, "the shop was never read to the end", "run spoina sync woocommerce")
    if shop is not None and (late := _late(status, shop)):
        return Finding("synchronisation", Verdict.PROBLEM, late, "see that spoina worker runs, or run spoina sync woocommerce")
    return Finding("synchronisation", Verdict.OK, ", ".join(f"{kind} {_told(age)} ago" for kind, age in status.ages.items()))


def _late(status: SyncStatus, shop: WooCommerceSettings) -> str:
    """What ought to have been read again by now. Webhooks may be lost: without polls and sweeps the mirror grows old unseen."""
    longest = {POLL: LONGEST_SILENCE * float(shop.poll_seconds), FULL: LONGEST_WITHOUT_SWEEP.total_seconds()}
    late = [f"{kind} ended {_told(age)} ago" for kind, age in status.ages.items() if age > longest.get(kind, age)]
    return ", ".join(late)


def _told(seconds: float) -> timedelta:
    return timedelta(seconds=int(seconds))


def _worker(status: SyncStatus, shop: WooCommerceSettings | None) -> Finding:
    """A worker polls; runs of any kind that beat count as well."""
    if shop is None:
        return Finding("worker", Verdict.NOTE, "has nothing to do without a shop")
    newest = max((run.beat_at for run in status.runs), default=None)
    if newest is not None and status.at - newest < LONGEST_SILENCE * timedelta(seconds=shop.poll_seconds):
        return Finding("worker", Verdict.OK, f"last seen {int((status.at - newest).total_seconds())} s ago")
    text = "never seen" if newest is None else f"last seen at {newest:%Y-%m-%d %H:%M:%S} UTC"
    return Finding("worker", Verdict.PROBLEM, text, "start spoina worker")


async def _webhooks(connection: Connection, shop: WooCommerceSettings | None) -> list[Finding]:
    if shop is None:
        return []
    if shop.webhook_url is None:
        return [
            Finding(
                "webhooks", Verdict.NOTE, "off: changes are only seen by polling", "set SPOINA_PUBLIC_URL to where the shop reaches Spoina"
            )
        ]
    rows = await connection.fetch("select topic, status from webhook_subscription order by topic")
    if not rows:
        return [Finding("webhooks", Verdict.PROBLEM, "none is registered", "start spoina worker, which registers them")]
    if wrong := [f"{row['topic']} is {row['status']}" for row in rows if row["status"] != "active"]:
        return [Finding("webhooks", Verdict.PROBLEM, ", ".join(wrong), "the worker switches them on again within the hour")]
    return [Finding("webhooks", Verdict.OK, f"{len(rows)} active")]


def _quarantine(status: SyncStatus) -> Finding:
    if status.quarantined:
        return Finding("quarantine", Verdict.NOTE, f"{status.quarantined} could not be taken in", "spoina quarantine list says why")
    return Finding("quarantine", Verdict.OK, "empty")


async def _redis(url: str) -> Finding:
    try:
        async with Redis.from_url(url, socket_timeout=ANSWER_SECONDS, socket_connect_timeout=ANSWER_SECONDS) as client:
            server = await client.info("server")
    except (redis.exceptions.RedisError, OSError, ValueError) as error:
        return Finding("Redis", Verdict.PROBLEM, str(error) or "no answer", "start it, or mend SPOINA_REDIS_URL")
    version = server.get("valkey_version") or server["redis_version"]
    return Finding("Redis", Verdict.OK, f"{server.get('server_name', 'redis')} {version}")


async def shop_findings(shop: WooCommerceSettings | None) -> list[Finding]:
    if shop is None:
        remedy = "set SPOINA_WOOCOMMERCE_URL, SPOINA_WOOCOMMERCE_KEY and SPOINA_WOOCOMMERCE_SECRET"
        return [Finding("WooCommerce", Verdict.NOTE, "no shop is set", remedy)]
    try:
        async with asyncio.timeout(SHOP_SECONDS), WooCommerceClient(shop, pace=Pace(1)) as client:
            found = await client.probe()
    except TimeoutError:
        remedy = "see whether its pages open in a browser; it is overloaded, or something on the way swallows requests"
        return [Finding("WooCommerce", Verdict.PROBLEM, f"{shop.url}: no answer within {SHOP_SECONDS} s", remedy)]
    except SourceError as error:
        return [Finding("WooCommerce", Verdict.PROBLEM, f"{error.address}: {error.reason}", error.remedy)]
    except SpoinaError as error:
        return [Finding("WooCommerce", Verdict.PROBLEM, str(error), "mend the setting")]
    return [Finding("WooCommerce", Verdict.OK, f"{found.site.name}, {shop.url}"), *_abilities(found)]


def _abilities(found: ShopCapabilities) -> list[Finding]:
    findings = []
    if not found.writable:
        remedy = "make a key with read and write permission (WooCommerce, Settings, Advanced, REST API)"
        findings.append(Finding("WooCommerce key", Verdict.PROBLEM, "may only read", remedy))
    if not found.https:
        findings.append(
            Finding("WooCommerce address", Verdict.NOTE, "http, not https", "fine on your own machine; use https for a real shop")
        )
    if not found.global_variations:
        text = "the shop lists variations per product only, so an import takes longer"
        findings.append(Finding("WooCommerce version", Verdict.NOTE, text, "update WooCommerce to 10.3 or newer"))
    return [*findings, _companion(found)]


def _companion(found: ShopCapabilities) -> Finding:
    if found.companion:
        return Finding("companion plugin", Verdict.OK, "installed: changes are heard of at once, and imports are streamed")
    remedy = "copy deploy/wordpress/spoina-companion to wp-content/plugins and activate it"
    return Finding(
        "companion plugin", Verdict.NOTE, "not installed: changes are heard of when WP-Cron runs, and imports go page by page", remedy
    )


async def _public_address(shop: WooCommerceSettings | None) -> Finding:
    if shop is None or shop.webhook_url is None:
        return Finding("public address", Verdict.NOTE, "not set")
    address = f"{shop.webhook_url}/health/live"
    try:
        async with httpx.AsyncClient(timeout=ANSWER_SECONDS) as client:
            answer = await client.get(address)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        text = f"{address} does not answer ({type(error).__name__})"
        return Finding("public address", Verdict.PROBLEM, text, "start spoina serve, or mend SPOINA_PUBLIC_URL")
    if answer.text != "live":
        text = f"{address} answers {answer.status_code}, and not as Spoina"
        return Finding("public address", Verdict.PROBLEM, text, "let the reverse proxy pass requests on to spoina serve")
    return Finding("public address", Verdict.OK, shop.webhook_url)
