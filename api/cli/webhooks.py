"""`spoina webhooks list | add | remove | ping | deliveries | retry | replay`: what other systems are told."""

import secrets
from datetime import datetime
from typing import TYPE_CHECKING

import rich_click as click

from api.cli.environment import on_database, takes_settings
from spoina.settings import Settings

if TYPE_CHECKING:
    from spoina.db import Pool
    from spoina.webhooks.service import Webhooks
    from spoina.webhooks.types import Endpoint, Topic

NUMBER = click.IntRange(1)


@click.group()
def webhooks() -> None:
    """Webhooks to other systems (ERP, CRM, mailers): add them, see what was sent, send it again."""


@webhooks.command()
@click.argument("url")
@click.argument("topics", nargs=-1, required=True)
@click.option("--description", default="")
@takes_settings
def add(settings: Settings, url: str, topics: tuple[str, ...], description: str) -> None:
    """Tell URL of TOPICS, such as order.created or stock.changed. The secret is shown this one time."""
    from spoina.webhooks.types import EndpointRequest

    request = EndpointRequest(url=url, topics=tuple(map(_topic, topics)), description=description)
    made = on_database(settings, lambda pool: _service(pool).add(request))
    click.echo(made.secret)
    click.echo(f"webhook {made.endpoint.id}; the secret will not be shown again", err=True)


@webhooks.command("list")
@takes_settings
def list_(settings: Settings) -> None:
    """List all of them, disabled ones too."""
    from rich.console import Console
    from rich.table import Table

    table = Table("number", "address", "topics", "state", box=None)
    for each in on_database(settings, lambda pool: _service(pool).every()):
        table.add_row(str(each.id), each.url, ", ".join(each.topics), _standing(each))
    Console().print(table)


def _standing(endpoint: "Endpoint") -> str:
    if endpoint.disabled_at:
        return f"disabled: {endpoint.disabled_because}"
    return f"failing since {endpoint.failing_since:%Y-%m-%d %H:%M}" if endpoint.failing_since else "good"


@webhooks.command()
@click.argument("number", type=NUMBER)
@takes_settings
def remove(settings: Settings, number: int) -> None:
    """Tell it no more."""
    from spoina.webhooks.types import EndpointId

    on_database(settings, lambda pool: _service(pool).remove(EndpointId(number)))
    click.echo(f"removed webhook {number}")


@webhooks.command()
@click.argument("number", type=NUMBER)
@takes_settings
def ping(settings: Settings, number: int) -> None:
    """Send it an event that means nothing; `deliveries` tells whether it arrived."""
    from spoina.webhooks.types import EndpointId

    delivery = on_database(settings, lambda pool: _service(pool).ping(EndpointId(number)))
    click.echo(f"delivery {delivery} is on its way")


@webhooks.command()
@click.argument("number", type=NUMBER)
@click.option("--status", type=click.Choice(["pending", "delivered", "dead"]))
@takes_settings
def deliveries(settings: Settings, number: int, status: str | None) -> None:
    """The last hundred deliveries of webhook NUMBER, the newest first."""
    from rich.console import Console
    from rich.table import Table

    from spoina.webhooks.types import DeliveryStatus, EndpointId

    table = Table("delivery", "event", "happened", "status", "attempts", "answer", box=None)
    wanted = DeliveryStatus(status) if status else None
    for each in on_database(settings, lambda pool: _service(pool).deliveries(EndpointId(number), wanted)):
        answer = f"{each.status_code or ''} {(each.answer or '')[:60]}".strip()
        table.add_row(str(each.id), each.topic, f"{each.occurred_at:%Y-%m-%d %H:%M:%S}", each.status, str(each.attempts), answer)
    Console().print(table)


@webhooks.command()
@click.argument("number", type=NUMBER)
@click.argument("delivery", type=NUMBER)
@takes_settings
def retry(settings: Settings, number: int, delivery: int) -> None:
    """Send DELIVERY of webhook NUMBER again."""
    from spoina.webhooks.types import DeliveryId, EndpointId

    on_database(settings, lambda pool: _service(pool).send_again(EndpointId(number), DeliveryId(delivery)))
    click.echo(f"delivery {delivery} is on its way")


@webhooks.command()
@click.argument("number", type=NUMBER)
@click.argument("since", type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d"]))
@takes_settings
def replay(settings: Settings, number: int, since: datetime) -> None:
    """Send everything since SINCE (2026-05-01, or with time and offset) to webhook NUMBER again."""
    from datetime import UTC

    from spoina.webhooks.types import EndpointId

    moment = since if since.tzinfo else since.replace(tzinfo=UTC)
    count = on_database(settings, lambda pool: _service(pool).replay(EndpointId(number), moment))
    click.echo(f"{count} deliveries are on their way")


def _service(pool: "Pool") -> "Webhooks":
    from spoina.clock import utc_now
    from spoina.webhooks.service import Webhooks

    return Webhooks(pool, utc_now, secrets.token_bytes)


def _topic(text: str) -> "Topic":
    from spoina.errors import InvalidInput
    from spoina.webhooks.types import Topic

    try:
        return Topic(text)
    except ValueError:
        raise InvalidInput("topics", f"{text!r} is none of {', '.join(each for each in Topic if each is not Topic.PING)}") from None
