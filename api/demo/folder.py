"""What the demo keeps in its data folder."""

import os
import shlex
from pathlib import Path

import msgspec

FOR_THE_OWNER_ONLY = 0o600


class Keys(msgspec.Struct, frozen=True):
    """`till` is a terminal's own key, at the register where the shop's stock lies."""

    web: str
    app: str
    pos: str
    staff: str
    till: str


class Demo(msgspec.Struct, frozen=True, kw_only=True):
    """demo.json: addresses and keys, for scripts and for the README's examples. It holds secrets."""

    api: str
    graphql: str
    shop: str
    shop_key: str
    shop_secret: str
    keys: Keys
    feeds: tuple[str, ...] = ()
    """Their addresses, secrets included."""


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """The shop the mirror was made from; another one means reading it whole again. `products`: None for the recorded shop. `config`: one
    of the recorded configurations of it, None for the shop as it is."""

    products: int | None
    config: str | None = None
    shop_port: int


def read_demo(file: Path) -> Demo | None:
    """None where no demo of this release has written it yet."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=Demo)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


class DemoFolder(msgspec.Struct, frozen=True):
    root: Path

    @property
    def lock(self) -> Path:
        return self.root / "demo.lock"

    @property
    def children(self) -> Path:
        return self.root / "demo.pids"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def shop_state(self) -> Path:
        return self.root / "shop.json"

    def read(self) -> Demo | None:
        """None on the first start, and when the file was written by another release."""
        return read_demo(self.file)

    def write(self, demo: Demo) -> None:
        _write(self.file, _readable(demo))
        settings = {
            "SPOINA_DATA_DIR": str(self.root.absolute()),
            "SPOINA_PUBLIC_URL": demo.api,
            "SPOINA_WOOCOMMERCE_URL": demo.shop,
            "SPOINA_WOOCOMMERCE_KEY": demo.shop_key,
            "SPOINA_WOOCOMMERCE_SECRET": demo.shop_secret,
        }
        _write(self.settings, "".join(f"export {name}={shlex.quote(value)}\n" for name, value in settings.items()).encode())

    def read_origin(self) -> Origin | None:
        try:
            return msgspec.json.decode(self._origin.read_bytes(), type=Origin)
        except (FileNotFoundError, msgspec.DecodeError):
            return None

    def write_origin(self, origin: Origin) -> None:
        _write(self._origin, _readable(origin))

    @property
    def file(self) -> Path:
        return self.root / "demo.json"

    @property
    def settings(self) -> Path:
        """For a shell, so that `spoina doctor` and the like know the demo's shop."""
        return self.root / "demo.env"

    @property
    def _origin(self) -> Path:
        return self.root / "demo.origin.json"


def _readable(content: msgspec.Struct) -> bytes:
    return msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n"


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, and nobody else may read it at any moment."""
    unfinished = path.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FOR_THE_OWNER_ONLY), "wb") as file:
        file.write(content)
    unfinished.replace(path)
