"""Whether a server answers on its socket, asked in its own protocol: a server that is going down still accepts connections."""

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PROTOCOL_3 = 196_608
SESSION = struct.pack("!i", PROTOCOL_3) + b"user\0postgres\0database\0postgres\0\0"
TERMINATE = b"X\0\0\0\4"


def postgres_answers(path: Path) -> bool:
    """Whether a session can be opened; the first byte of the answer is R for "authenticated", E for an error."""
    with suppress(OSError), _connected(path) as connection:
        connection.sendall(struct.pack("!i", len(SESSION) + 4) + SESSION)
        accepted = connection.recv(1) == b"R"
        connection.sendall(TERMINATE)
        return accepted
    return False


def valkey_answers(path: Path) -> bool:
    with suppress(OSError), _connected(path) as connection:
        connection.sendall(b"PING\r\n")
        return connection.recv(16).startswith(b"+PONG")
    return False


@contextmanager
def _connected(path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(5)
        connection.connect(str(path))
        yield connection
