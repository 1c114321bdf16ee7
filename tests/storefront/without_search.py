"""A storefront's search where no index was ever built: the catalogue's own words answer."""

from search.merchandising.types import Arrangement
from spoina.errors import IndexNotBuilt


class WithoutSearch:
    edition = 0

    async def search(self, _query):
        raise IndexNotBuilt

    async def suggest(self, _text: str, _limit: int):
        raise IndexNotBuilt

    def popular(self, _text: str, _limit: int) -> tuple[str, ...]:
        return ()

    def note(self, _text: str, *, found: bool) -> None:
        """Nothing is counted."""

    def of_query(self, _text: str, _now) -> Arrangement:
        return Arrangement()

    def of_category(self, _category: int, _now) -> Arrangement:
        return Arrangement()


WITHOUT_SEARCH = WithoutSearch()
