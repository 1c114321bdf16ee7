"""The feeds of the demo shop: one definition per channel, to look at and to copy.

Channels take neither pages without TLS nor drawn pictures (SVG), which is what the simulated shop has: the definitions name the addresses
that such a shop would have in earnest.
"""

from pathlib import Path


def write_definitions(folder: Path) -> None:
    """Those that are not in the folder yet; what somebody changed there stays."""
    folder.mkdir(parents=True, exist_ok=True)
    for example in sorted(Path(__file__).parent.glob("*.toml")):
        target = folder / example.name
        if not target.exists():
            target.write_bytes(example.read_bytes())
