"""Parameters that many routes take."""

from typing import Annotated

from litestar.params import PathParameter, QueryParameter
from msgspec import Meta

LARGEST_NUMBER = 2**63 - 1
"""What the database keeps of a number."""

PathNumber = Annotated[int, PathParameter(ge=1, le=LARGEST_NUMBER)]
QueryNumber = Annotated[int | None, QueryParameter(ge=0, le=LARGEST_NUMBER)]
Number = Annotated[int, Meta(ge=1, le=LARGEST_NUMBER)]
"""In a body."""
