"""What each format writes of one item, byte for byte: golden/NAME holds the file, which a person can read and compare with the channel's
documentation. `python -m tests.feeds.formats.test_golden` writes them anew when a format is meant to change."""

from pathlib import Path

import pytest

from feeds.types import FeedItem
from tests.feeds.formats.reading import file_of, made
from tests.feeds.sound_items import BEGINS, ENDS, channel_of, every_format, sound

GOLDEN = Path(__file__).with_name("golden")


def reduced(form: str) -> FeedItem:
    return sound(channel_of(form), sale_price=29900, sale_from=BEGINS, sale_to=ENDS, on_sale=True, prior_price=35050)


def golden(form: str) -> Path:
    return GOLDEN / f"{form}.{made(form).extension}"


@pytest.mark.parametrize("form", every_format())
def test_golden_file(form):
    assert file_of(made(form), [reduced(form)]).decode() == golden(form).read_text("utf-8")


def write_all() -> None:
    GOLDEN.mkdir(exist_ok=True)
    for form in every_format():
        golden(form).write_bytes(file_of(made(form), [reduced(form)]))


if __name__ == "__main__":
    write_all()
