"""Which shop a demo shows: what it was told, and otherwise what it showed before; another one forgets what was changed in the first."""

import stat
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from api.cli.demonstrating import demo
from api.demo.folder import Demo, DemoFolder, Keys, Origin
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


def test_another_terminal_learns_of_the_demos_shop(tmp_path):
    folder = DemoFolder(tmp_path / "a folder")
    folder.root.mkdir()
    keys = Keys(web="w", app="a", pos="p", staff="s", till="t")
    folder.write(Demo(api="http://api", graphql="", shop="http://shop", shop_key="ck_1", shop_secret="it's secret", keys=keys))
    asked = 'echo "$SPOINA_DATA_DIR|$SPOINA_PUBLIC_URL|$SPOINA_WOOCOMMERCE_URL|$SPOINA_WOOCOMMERCE_KEY|$SPOINA_WOOCOMMERCE_SECRET"'
    told = subprocess.run(["sh", "-c", f'. "$0"; {asked}', folder.settings], capture_output=True, text=True, check=True).stdout
    assert told == f"{folder.root}|http://api|http://shop|ck_1|it's secret\n"
    assert [stat.S_IMODE(path.stat().st_mode) for path in (folder.file, folder.settings)] == [0o600, 0o600]
