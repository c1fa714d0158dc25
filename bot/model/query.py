"""The query as nouns: what a subject is searched by, free of any platform's syntax.

The grammar that makes these nodes is ``bot/listen/query.py``, and ``str`` of a node is what it reads back as that node;
each connector compiles them for its platform, and the local evaluator has the last word.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_GAPS = re.compile(r"[\s\-‐‑‒–—/]+")
_PUNCTUATION = ".,;:!?'\"()[]{}‘’“”„…"
_BARE = re.compile(r"""(?!(?:AND|OR|NOT|NEAR(?:/.*)?)$)[^\s()"“”„@#*:=\-][^\s()"“”„*:]*""")


class TermKind(StrEnum):
    """How a term is written and matched. The last four look at who said a piece and where, not at its words."""

    WORD = "word"
    PHRASE = "phrase"
    PREFIX = "prefix"
    HANDLE = "handle"
    TAG = "tag"
    DOMAIN = "domain"
    AUTHOR = "author"
    SITE = "site"
    LANGUAGE = "lang"
    SUBREDDIT = "in"


FIELDS = frozenset({TermKind.AUTHOR, TermKind.SITE, TermKind.LANGUAGE, TermKind.SUBREDDIT})
"""The kinds that are written ``kind:value``."""


@dataclass(frozen=True, slots=True)
class Term:
    """One thing to look for. ``value`` is as written, without quotes, ``@``, ``#``, field or a prefix's ``*``.

    ``exact``: a word, phrase or prefix whose case and accents count. ``in_title``: it counts in the headline only.
    """

    kind: TermKind
    value: str
    exact: bool = False
    in_title: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """The words of ``value``: parted at blanks, hyphens and slashes, without the punctuation around them.

        In a phrase ``*`` stands for any one word, and at the end of a word for any ending; a prefix ends in ``*``.
        """
        written = f"{self.value}*" if self.kind is TermKind.PREFIX else self.value
        return tuple(filter(None, (part.strip(_PUNCTUATION) for part in _GAPS.split(written))))

    @property
    def has_wildcard(self) -> bool:
        """Whether one of its words stands for several."""
        return self.kind in {TermKind.PHRASE, TermKind.PREFIX} and any(word.endswith("*") for word in self.words)

    def __str__(self) -> str:
        """The term as it is written in a query."""
        return f"{'title:' if self.in_title else ''}{'=' if self.exact else ''}{self._written()}"

    def _written(self) -> str:
        match self.kind:
            case TermKind.PHRASE:
                return f'"{self.value}"'
            case TermKind.PREFIX:
                return f"{self.value}*"
            case TermKind.HANDLE:
                return f"@{self.value}"
            case TermKind.TAG:
                return f"#{self.value}"
            case kind if kind in FIELDS:
                return f"{kind}:{self.value}" if _BARE.fullmatch(self.value) else f'{kind}:"{self.value}"'
            case _:
                return self.value


@dataclass(frozen=True, slots=True)
class Near:
    """A term of each side must stand within ``within`` words of one of the other, in either order.

    The sides are terms or alternatives of terms that are found in the text; 1 is right beside each other.
    """

    left: Term | Or
    right: Term | Or
    within: int

    def __str__(self) -> str:
        return f"{_grouped(self.left)} NEAR/{self.within} {_grouped(self.right)}"


@dataclass(frozen=True, slots=True)
class And:
    """All parts must match."""

    parts: tuple[Node, ...]

    def __str__(self) -> str:
        return " AND ".join(map(_grouped, self.parts))


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part must match."""

    parts: tuple[Node, ...]

    def __str__(self) -> str:
        return " OR ".join(map(str, self.parts))


@dataclass(frozen=True, slots=True)
class Not:
    """The part must not match; only meaningful inside an ``And``."""

    part: Node

    def __str__(self) -> str:
        return f"NOT {self.part}" if isinstance(self.part, Term) else f"NOT ({self.part})"


def _grouped(node: Node) -> str:
    """A node as a part of an AND or a NEAR: alternatives in parentheses."""
    return f"({node})" if isinstance(node, Or) else str(node)


Leaf = Term | Near
Node = Term | Near | And | Or | Not


@dataclass(frozen=True, slots=True)
class Query:
    """A subject's parsed query: what connectors compile and the matcher evaluates."""

    subject: str
    text: str
    node: Node


@dataclass(frozen=True, slots=True)
class Note:
    """What a platform cannot say of a query.

    ``what`` is the part as it is written in the query, ``instead`` what is asked in its place (empty: nothing),
    ``cost`` in words what comes of it. ``loses``: pieces that only this part would find are not found there.
    """

    what: str
    instead: str
    cost: str
    loses: bool = False


@dataclass(frozen=True, slots=True)
class Search:
    """One search as it is sent: its words, and where on the platform it looks (empty: everywhere)."""

    text: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Compiled:
    """What a query becomes on a platform: the searches that together find it, and what they cannot say.

    Without a note the platform finds what the query means. ``limit``: the longest search it takes, in characters.
    """

    platform: str
    sent: tuple[Search, ...]
    notes: tuple[Note, ...] = ()
    limit: int | None = None
