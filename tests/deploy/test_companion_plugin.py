"""The WordPress plugin, as far as it can be looked at without WordPress."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

PLUGIN = Path(__file__).parents[2] / "deploy" / "wordpress" / "spoina-companion"
FILES = sorted(PLUGIN.rglob("*.php"))


@pytest.mark.skipif(shutil.which("php") is None, reason="php is not installed")
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_php_can_read_it(file: Path):
    linted = subprocess.run(["php", "-l", file], capture_output=True, text=True, check=False)
    assert linted.returncode == 0, linted.stdout


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_nothing_runs_when_a_file_is_asked_for_by_its_address(file: Path):
    assert re.search(r"defined\( '(ABSPATH|WP_UNINSTALL_PLUGIN)' \) \|\| exit;", file.read_text())


def test_every_route_asks_for_the_capability():
    routes = (PLUGIN / "includes" / "class-spoina-routes.php").read_text()
    assert routes.count("register_rest_route(") == routes.count("'permission_callback'") == 1
    assert "current_user_can( SPOINA_CAPABILITY )" in routes
    assert not [file.name for file in FILES if "register_rest_route(" in file.read_text() and "routes" not in file.name]


def test_what_it_keeps_is_deleted_with_it():
    uninstalling = (PLUGIN / "uninstall.php").read_text()
    source = "".join(file.read_text() for file in FILES)
    options = re.findall(r"(?:SPOINA_CONNECTION|TABLE_OPTION) += '(\w+)'", source)
    assert [f"delete_option( '{option}' )" in uninstalling for option in options] == [True, True]
    assert "{$wpdb->prefix}spoina_commands" in uninstalling


def test_the_versions_agree():
    main, readme = (PLUGIN / "spoina-companion.php").read_text(), (PLUGIN / "readme.txt").read_text()
    told = re.findall(r"Version:\s+([\d.]+)\n|COMPANION_VERSION = '([\d.]+)'", main) + re.findall(r"Stable tag: ([\d.]+)()", readme)
    assert {one or other for one, other in told} == {"1.0.0"}


def test_stock_is_locked_before_it_is_read():
    """WooCommerce reads a count before it changes it: in twenty parallel changes of a real shop the answers were those of a moment ago."""
    change = (PLUGIN / "includes" / "class-spoina-stock.php").read_text()
    body = change[change.index("function change_once") : change.index("private static function claim")]
    assert body.index("self::claim(") < body.index("self::lock(") < body.index("self::apply(") < body.index("$wpdb->update(")


def test_the_version_that_it_was_tried_with_is_told():
    main, readme = (PLUGIN / "spoina-companion.php").read_text(), (PLUGIN / "readme.txt").read_text()
    assert re.search(r"Tested up to: [\d.]+", readme)
    assert re.search(r"WC tested up to:\s+[\d.]+", main)
    assert re.findall(r"Requires (?:PHP|at least):\s+([\d.]+)", main) == re.findall(r"Requires (?:at least|PHP): ([\d.]+)", readme)
