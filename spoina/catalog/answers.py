"""Answers that hold for one version of the catalogue: kept until it changes, up to a weight."""

from collections import OrderedDict
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

from spoina.catalog.flights import Flights

Question = TypeVar("Question", bound=Hashable)
Answer = TypeVar("Answer")


class Answers(Generic[Question, Answer]):
    """Least recently used first out. `weigh` says how much an answer counts against the limit."""

    def __init__(self, limit: int, weigh: Callable[[Answer], int]) -> None:
        self._limit, self._weigh = limit, weigh
        self._kept: OrderedDict[Question, Answer] = OrderedDict()
        self._weight = 0
        self._generation = 0
        self._flights: Flights[Question, Answer] = Flights()

    async def get(self, question: Question, read: Callable[[], Coroutine[Any, Any, Answer]]) -> Answer:
        if question in self._kept:
            self._kept.move_to_end(question)
            return self._kept[question]
        if question not in self._flights:
            self._flights.launch([question], self._read(question, read))
        (answer,) = await self._flights.join([question])
        return answer

    def clear(self) -> None:
        """The catalogue changed: what is being read now will be answered, but not kept."""
        self._generation += 1
        self._flights.close()
        self._kept.clear()
        self._weight = 0

    async def _read(self, question: Question, read: Callable[[], Coroutine[Any, Any, Answer]]) -> Answer:
        generation = self._generation
        answer = await read()
        if generation == self._generation:
            self._kept[question] = answer
            self._weight += self._weigh(answer)
            while self._weight > self._limit:
                self._weight -= self._weigh(self._kept.popitem(last=False)[1])
        return answer
