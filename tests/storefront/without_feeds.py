"""A storefront's feeds where there are none: every feed is unknown."""

from feeds.explain import Explanation
from spoina.errors import NotFound


class WithoutFeeds:
    async def explain(self, feed: str, _sku: str) -> Explanation:
        raise NotFound("feed", feed)


WITHOUT_FEEDS = WithoutFeeds()
