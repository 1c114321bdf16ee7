"""Which shop a demo shows: what it was told, and otherwise what it showed before; another one forgets what was changed in the first."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from api.cli.demonstrating import demo
from api.demo.folder import DemoFolder, Origin
from api.demo.run import _origin

SHOP_PORT = 47_311


@pytest.mark.parametrize(
    ("case", "before", "told", "expected", "forgets"),
    [
        ("nothing, at first", None, (None, None), (None, None), False),
        ("a configuration, at first", None, (None, "c"), (None, "c"), False),
        ("nothing, later", (None, "c"), (None, None), (None, "c"), False),
        ("the same, later", (None, "c"), (None, "c"), (None, "c"), False),
        ("another configuration", (None, "c"), (None, "d"), (None, "d"), True),
        ("invented products instead", (None, "c"), (50, None), (50, None), True),
        ("a configuration instead of invented products", (50, None), (None, "c"), (None, "c"), True),
    ],
)
def test_which_shop(tmp_path: Path, case: str, before, told, expected, forgets: bool):
    folder = DemoFolder(tmp_path)
    folder.shop_state.write_text("{}")
    if before is not None:
        folder.write_origin(Origin(products=before[0], config=before[1], shop_port=SHOP_PORT))
    origin = _origin(folder, SHOP_PORT - 1, *told)
    assert (origin.products, origin.config) == expected
    assert folder.shop_state.exists() is not forgets


def test_invented_and_recorded_at_once_is_refused():
    said = CliRunner().invoke(demo, ["--products", "5", "--shop-config", "c"])
    assert said.exit_code == 2
    assert "invents a shop" in " ".join(said.output.split())
