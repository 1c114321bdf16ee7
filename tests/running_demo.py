"""`spoina demo` in a process of its own."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

SPOINA = Path(sys.executable).with_name("spoina")
READY = re.compile(r"Spoina is ready after ([\d.]+) s")


class Demo:
    """A running demo and what it said."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.said = folder, folder.with_suffix(".out")
        outside = {name: value for name, value in os.environ.items() if not name.startswith("SPOINA_")}
        with self.said.open("w") as output:
            self.process = subprocess.Popen(
                [SPOINA, "demo", "--port", str(port), "--data-dir", str(folder)],
                env=outside | {"COLUMNS": "200", "NO_COLOR": "1"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    def await_ready(self) -> float:
        """The seconds it took, in its own words."""
        deadline = time.monotonic() + 110
        while not (found := READY.search(self.said.read_text())):
            if self.process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"the demo did not start: {self.said.read_text()}")
            time.sleep(0.05)
        return float(found[1])

    def processes(self) -> list[psutil.Process]:
        """Everything it started, the database's processes included, which are nobody's children."""
        mine = psutil.Process(self.process.pid).children(recursive=True)
        keepers = [one for one in psutil.process_iter(["cmdline"]) if str(self.folder) in " ".join(one.info["cmdline"] or [])]
        return [*mine, *keepers, *(child for keeper in keepers for child in keeper.children(recursive=True))]

    def json(self) -> dict:
        return json.loads((self.folder / "demo.json").read_bytes())
