"""The query as nouns: what a subject is searched by, free of any platform's syntax.

The grammar that makes these nodes is ``bot/listen/query.py``; each connector compiles them for its platform, and the
local evaluator has the last word.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class TermKind(StrEnum):
    """How a term is written and matched."""

    WORD = "word"
    PHRASE = "phrase"
    PREFIX = "prefix"
    HANDLE = "handle"
    TAG = "tag"
    DOMAIN = "domain"


@dataclass(frozen=True, slots=True)
class Term:
    """One thing to look for. ``value`` is as written, without quotes, ``@``, ``#`` or ``*``."""

    kind: TermKind
    value: str

    def __str__(self) -> str:
        """The term as it is written in a query."""
        match self.kind:
            case TermKind.PHRASE:
                return f'"{self.value}"'
            case TermKind.PREFIX:
                return f"{self.value}*"
            case TermKind.HANDLE:
                return f"@{self.value}"
            case TermKind.TAG:
                return f"#{self.value}"
            case _:
                return self.value


@dataclass(frozen=True, slots=True)
class And:
    """All parts must match."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part must match."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part must not match; only meaningful inside an ``And``."""

    part: Node


Node = Term | And | Or | Not


@dataclass(frozen=True, slots=True)
class Query:
    """A subject's parsed query: what connectors compile and the matcher evaluates."""

    subject: str
    text: str
    node: Node
