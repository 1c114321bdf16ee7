"""What key rings are tried with: a clock that stands still, tokens by number, and a database that answers when it is told to."""

import asyncio


class Seconds:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def token(number: int) -> str:
    """Well-formed, and nobody's."""
    return f"sp_web_{number:043d}"


class SlowDatabase:
    """Knows no key. `asked`: how often it was; `at_once`: how many waited for it together at most."""

    def __init__(self) -> None:
        self.asked = self.at_once = self._waiting = 0
        self.answers = asyncio.Event()

    async def until_asked(self) -> None:
        while not self.asked:  # noqa: ASYNC110
            await asyncio.sleep(0)

    async def fetchrow(self, *_: object) -> None:
        self.asked, self._waiting = self.asked + 1, self._waiting + 1
        self.at_once = max(self.at_once, self._waiting)
        await self.answers.wait()
        self._waiting -= 1
