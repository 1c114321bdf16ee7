"""TCP ports: asked for before a server is started, so that a taken one is a clear error."""

import socket

from spoina.errors import InvalidInput


def listen(host: str, port: int, option: str) -> socket.socket:
    """A bound socket. Raises InvalidInput that names the option where the port cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP: asyncio switches off the delay of small packets (40 ms an answer) only where a socket says what it is.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        bound.set_inheritable(True)
    except OSError as error:
        bound.close()
        raise InvalidInput(option, f"{host}:{port} cannot be used: {error.strerror}. Choose another one with {option}") from error
    return bound


def is_free(host: str, port: int) -> bool:
    try:
        listen(host, port, "").close()
    except InvalidInput:
        return False
    return True


def free_port(host: str) -> int:
    with listen(host, 0, "") as bound:
        port: int = bound.getsockname()[1]
    return port
