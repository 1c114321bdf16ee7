"""Stock as one channel sees it: how much is left, where, and what changes."""

from collections.abc import AsyncIterator, Collection, Iterator, Sequence

import msgspec

from spoina.errors import NotFound
from spoina.ids import Channel, LocationId, StockItemId
from spoina.inventory.changes import ChangeFeed, Follower, News
from spoina.inventory.known_codes import Code
from spoina.inventory.offers import Asked, Offer, OfferReader
from spoina.inventory.types import Location, ShelfAvailability

PAGE = 500
"""Variants in one update of a whole location."""


class Update(msgspec.Struct, frozen=True, kw_only=True):
    """`complete`: everything that is followed (of a whole location one page of it), not only what changed. `number` may be shown by a
    reader that comes back."""

    number: int
    complete: bool
    offers: tuple[tuple[str, Offer], ...]
    """Each under the code that it is followed by."""
    unknown: tuple[str, ...] = ()


class ChannelStock:
    """From memory: while the listener is cut off, what was known before."""

    def __init__(self, offers: OfferReader, feed: ChangeFeed, channel: Channel) -> None:
        self._offers, self._feed, self._channel = offers, feed, channel

    @property
    def changes(self) -> int:
        """Counts up whenever levels, locations or rules may have changed."""
        return self._offers.shelves.changes

    @property
    def timed(self) -> bool:
        """Whether levels may also change because time passes: shares of what is scarce open after a while."""
        return self._offers.shelves.rules.shares is not None

    @property
    def locations(self) -> Sequence[Location]:
        return self._offers.locations

    def left(self, item: StockItemId) -> int | None:
        """None: nobody counts it."""
        return self._offers.left(item, self._channel)

    def shelf_at(self, item: StockItemId, location: LocationId) -> ShelfAvailability | None:
        """What can be sold or collected there; None: nobody counts it there."""
        shelf = next((each for each in self._offers.shelves.of(item) if each.location == location), None)
        return None if shelf is None else self._offers.rules(self._channel).at(item, shelf, self._offers.clock())

    def follow(self, codes: Sequence[Code], location: LocationId | None = None, since: int | None = None) -> AsyncIterator[Update]:
        """Some codes, or without any all that lies at the location. Raises NotFound, Busy; to be closed when nobody listens any more."""
        if location is not None and all(each.id != location for each in self.locations):
            raise NotFound("location", str(location))
        follower = self._feed.follow(Asked(self._channel, location), codes, since)
        return self._updates(follower)

    async def _updates(self, follower: Follower) -> AsyncIterator[Update]:
        try:
            while True:
                if (news := await follower.news()) is not None:
                    for update in self._told(follower, news):
                        yield update
        finally:
            self._feed.leave(follower)

    def _told(self, follower: Follower, news: News) -> Iterator[Update]:
        if follower.codes:
            yield self._of_codes(follower, news)
        elif news.items is not None:
            yield self._of_items(follower, news, news.items)
        else:
            items = self._offers.items_at(follower.asked.location)
            for start in range(0, max(len(items), 1), PAGE):
                yield self._of_items(follower, news, items[start : start + PAGE])

    def _of_codes(self, follower: Follower, news: News) -> Update:
        offers = [
            (code.text, self._offers.offer(variant, follower.asked))
            for code, bearers in follower.found.items()
            for variant in bearers
            if news.items is None or variant.item in news.items
        ]
        unknown = [code.text for code, bearers in follower.found.items() if not bearers] if news.items is None else []
        return Update(number=news.number, complete=news.items is None, offers=tuple(offers), unknown=tuple(unknown))

    def _of_items(self, follower: Follower, news: News, items: Collection[int]) -> Update:
        variants = self._offers.variants_of(sorted(items), follower.asked)
        offers = tuple((each.sku or "", self._offers.offer(each, follower.asked)) for each in variants)
        return Update(number=news.number, complete=news.items is None, offers=offers)
