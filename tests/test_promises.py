"""Nothing is promised in docs/promises.md whose proof is not here."""

import ast
import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.benchmarks.__main__ import BENCHMARKS

ROOT = Path(__file__).parents[1]
ROWS = [line for line in (ROOT / "docs" / "promises.md").read_text().splitlines() if line.startswith("| ") and "---" not in line][1:]


def test_there_are_promises() -> None:
    assert len(ROWS) > 20


@pytest.mark.parametrize("row", ROWS, ids=[row[2:50] for row in ROWS])
def test_what_proves_it_is_there(row: str) -> None:
    proofs = re.findall(r"`([^`]+)`", row)
    assert [proof for proof in proofs if not _is_there(proof)] == []
    assert any("::" in proof or proof.startswith("tests.benchmarks ") for proof in proofs)


def _is_there(proof: str) -> bool:
    if proof.startswith("make "):
        return f"\n{proof.removeprefix('make ')}:" in (ROOT / "Makefile").read_text()
    if proof.startswith("tests.benchmarks "):
        return proof.split()[1] in BENCHMARKS
    if module := re.search(r"-m (\S+)", proof):
        return find_spec(module[1]) is not None
    path, _, name = proof.partition("::")
    return name in _names(ROOT / path)


def _names(file: Path) -> set[str]:
    """What stands at the top of the file."""
    names = set[str]()
    for node in ast.parse(file.read_text()).body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.Assign(targets=[ast.Name(id=name)]):
                names.add(name)
    return names
