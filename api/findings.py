"""What an examination comes to: one line each, and how to mend what is wrong."""

from enum import StrEnum

import msgspec


class Verdict(StrEnum):
    OK = "ok"
    NOTE = "note"
    PROBLEM = "problem"


class Finding(msgspec.Struct, frozen=True):
    name: str
    verdict: Verdict
    text: str
    remedy: str = ""
