"""How one term is looked for in folded text: what the automaton searches, and what must hold around it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.listen.folding import fold, is_boundary, is_word_character
from bot.listen.urls import host_of
from bot.model import Term, TermKind

_GAPS = re.compile(r"[\s\-/]+")
_PUNCTUATION = ".,;:!?'\"()[]{}"


@dataclass(frozen=True, slots=True)
class Pattern:
    """A term ready for searching: its folded words in order. ``anchor`` is the one that the automaton looks for."""

    kind: TermKind
    words: tuple[str, ...]
    anchor: int = 0

    @property
    def needle(self) -> str:
        """What the automaton looks for: the longest word, as the rarest."""
        return self.words[self.anchor]

    def locate(self, text: str, start: int, end: int) -> tuple[int, int] | None:
        """The stretch of folded ``text`` that the whole term takes, given its anchor at ``[start, end)``; or None."""
        for word in reversed(self.words[: self.anchor]):
            found = _word_before(text, start, word)
            if found is None:
                return None
            start = found
        for word in self.words[self.anchor + 1 :]:
            found = _word_after(text, end, word)
            if found is None:
                return None
            end = found
        return (start, end) if self._stands_alone(text, start, end) else None

    def _stands_alone(self, text: str, start: int, end: int) -> bool:
        if not is_boundary(text, start):
            return False
        if self.kind is TermKind.PREFIX:
            return True
        if not is_boundary(text, end):
            return False
        match self.kind:
            case TermKind.HANDLE | TermKind.TAG:
                # the sign itself is no letter, so that the boundary before it has to be asked for: a@b is no @b
                joined = start > 0 and is_word_character(text[start - 1])
                return not joined and not (self.kind is TermKind.HANDLE and _goes_on(text, end, "."))
            case TermKind.DOMAIN:
                # a subdomain before it is the same house; my-example.org and example.org.uk are others
                return not (start > 0 and text[start - 1] == "-") and not _goes_on(text, end, ".-")
        return True


def patterns_of(term: Term) -> tuple[Pattern, ...]:
    """The patterns of which any is the term; one, but for a domain, which is also written ``example[.]org``."""
    if term.kind is TermKind.HANDLE:
        return (Pattern(term.kind, (fold("@" + term.value),)),)
    if term.kind is TermKind.TAG:
        return (Pattern(term.kind, (fold("#" + term.value),)),)
    if term.kind is TermKind.DOMAIN:
        name = fold(term.value).removeprefix("www.")
        head, _, tail = name.rpartition(".")
        spellings = dict.fromkeys((name, domain_host(term), f"{head}[.]{tail}", name.replace(".", "[.]")))
        return tuple(Pattern(term.kind, (spelling,)) for spelling in spellings)
    words = _words(term)
    longest = max(range(len(words)), key=lambda at: len(words[at]))
    return (Pattern(term.kind, words, longest),)


def domain_host(term: Term) -> str:
    """The host that a domain term names, as hosts are compared."""
    return (host_of(f"https://{term.value}") or fold(term.value)).removeprefix("www.")


def _words(term: Term) -> tuple[str, ...]:
    """The folded words of a term, parted at blanks, hyphens and slashes, without the punctuation around them."""
    folded = fold(term.value)
    parts = [part.strip(_PUNCTUATION) for part in _GAPS.split(folded)]
    words = tuple(part for part in parts if part)
    return words or (folded,)


def _word_after(text: str, at: int, word: str) -> int | None:
    """The end of ``word`` when it is what follows ``at``, past blanks and punctuation."""
    begin = at
    while not text.startswith(word, begin):
        if begin >= len(text) or is_word_character(text[begin]):
            return None
        begin += 1
    return begin + len(word) if begin > at or is_boundary(text, at) else None


def _word_before(text: str, at: int, word: str) -> int | None:
    """The start of ``word`` when it is what stands before ``at``, past blanks and punctuation."""
    finish = at
    while not text.endswith(word, 0, finish):
        if finish <= 0 or is_word_character(text[finish - 1]):
            return None
        finish -= 1
    return finish - len(word) if finish < at or is_boundary(text, at) else None


def _goes_on(text: str, at: int, joints: str) -> bool:
    """Whether a name goes on at ``at``: with one of ``joints`` and a letter or digit after it."""
    return at + 1 < len(text) and text[at] in joints and is_word_character(text[at + 1])
