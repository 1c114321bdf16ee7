"""Between the machine that makes feeds and what knows the channels: a format writes an item down, a check says what is wrong with it.

`feeds.formats.FORMATS` maps the name of each format to what makes it for a definition; `feeds.checks.check_for(definition)` makes the
check of a definition's channel and format. Both are made once per build. They judge one item at a time, for explanations; what they are
made of, feeds.rendering makes one function of, for builds.
"""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Protocol

import msgspec

from feeds.types import FeedDefinition, FeedItem


class Severity(StrEnum):
    ERROR = "error"
    """The channel would refuse the item: it is left out and counts as failing."""
    WARNING = "warning"


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """`id` is stable ("GOOGLE-TITLE-REQUIRED"); `field` is the channel's name of the field."""

    id: str
    severity: Severity
    field: str
    meaning: str


class Finding(msgspec.Struct, frozen=True, gc=False):
    """One rule that an item breaks. `message` names the value and the limit."""

    rule: str
    severity: Severity
    field: str
    message: str


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One field of a format: where its value comes from and what the channel accepts."""

    name: str
    """As the channel writes it: "g:title", "o@price"."""
    value: Callable[[FeedItem], str]
    """Exactly the text that `render` writes, before escaping; several values are joined by ", "."""
    sources: tuple[str, ...]
    """The fields of FeedItem that it reads; none for a constant."""
    rule: str
    """In one sentence what is made of them and where the channel says so."""
    limit: str = ""
    """ "150 characters", "10 links"; "" without one."""
    required: bool = False


class Format(Protocol):
    """How one channel wants a feed written. The file is `header`, each item's `render`, `footer`, and nothing else, so that items can be
    replaced one by one. A text longer than the channel's limit is cut here, at a word."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> int:
        """Raised with each change of what `render` writes: everything is then rendered anew."""

    @property
    def extension(self) -> str:
        """Without the dot."""

    @property
    def media_type(self) -> str: ...

    @property
    def update(self) -> str | None:
        """The name of the format of this one's update feed; None: the channel knows none."""

    @property
    def fields(self) -> Sequence[Field]: ...

    @property
    def header(self) -> bytes: ...

    @property
    def footer(self) -> bytes: ...

    def render(self, item: FeedItem) -> bytes: ...


class Check(Protocol):
    """Judges single items, offline."""

    @property
    def version(self) -> int:
        """Raised with each change of what is found: everything is then judged anew."""

    @property
    def rules(self) -> Sequence[Rule]:
        """All that it may find."""

    def __call__(self, item: FeedItem) -> Sequence[Finding]:
        """Empty when nothing is wrong."""


MakeFormat = Callable[[FeedDefinition, str], Format]
"""The definition, and the title that a header shows."""
MakeCheck = Callable[[FeedDefinition], Check]
