"""How one term is looked for in folded text: what the automaton searches, and what must hold around it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.listen.folding import fold, is_boundary, is_word_character, typeset
from bot.listen.urls import host_of
from bot.model import Term, TermKind

_GAPS = re.compile(r"[\s\-/]+")
_PUNCTUATION = ".,;:!?'\"()[]{}"
LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_")
"""Between two of these there is no boundary."""
_FAR = 100
"""Characters. No word goes on for longer; further it is not followed, so that no text costs more than its length."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One word of a term, folded. ``is_open``: any ending may follow; an empty open one is any whole word."""

    text: str
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Pattern:
    """A term ready for searching: its pieces in order. ``anchor`` is the one that the automaton looks for.

    ``exact`` are its words with the case and accents that the stretch must have; empty where those do not matter.
    """

    kind: TermKind
    pieces: tuple[Piece, ...]
    anchor: int = 0
    exact: tuple[Piece, ...] = ()

    @property
    def needle(self) -> str:
        """What the automaton looks for: the longest word, as the rarest."""
        return self.pieces[self.anchor].text

    @property
    def is_closed(self) -> bool:
        """Whether a word ends where the needle does."""
        return not self.pieces[self.anchor].is_open

    def locate(self, text: str, start: int, end: int) -> tuple[int, int] | None:
        """The stretch of folded ``text`` that the whole term takes, given its anchor at ``[start, end)``; or None."""
        last = len(self.pieces) - 1
        for piece in self.pieces[: self.anchor][::-1]:
            found = _piece_before(text, start, piece)
            if found is None:
                return None
            start = found
        if self.anchor < last and not self.is_closed:
            end = _word_end(text, end)
        for at in range(self.anchor + 1, last + 1):
            found = _piece_after(text, end, self.pieces[at], whole=at < last)
            if found is None:
                return None
            end = found
        return (start, end) if self._stands_alone(text, start, end) else None

    def reads(self, written: str) -> bool:
        """Whether a stretch of the original text has the case and accents that were asked for."""
        shown, end = typeset(written) if self.exact else "", 0
        for piece in self.exact:
            found = _piece_after(shown, end, piece, whole=True)
            if found is None:
                return False
            end = found
        return True

    def _stands_alone(self, text: str, start: int, end: int) -> bool:
        if not is_boundary(text, start):
            return False
        if self.pieces[-1].is_open:
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
        return (Pattern(term.kind, (Piece(fold("@" + term.value)),)),)
    if term.kind is TermKind.TAG:
        return (Pattern(term.kind, (Piece(fold("#" + term.value)),)),)
    if term.kind is TermKind.DOMAIN:
        name = fold(term.value).removeprefix("www.")
        head, _, tail = name.rpartition(".")
        spellings = dict.fromkeys((name, domain_host(term), f"{head}[.]{tail}", name.replace(".", "[.]")))
        return tuple(Pattern(term.kind, (Piece(spelling),)) for spelling in spellings)
    pieces = _pieces(term)
    longest = max(range(len(pieces)), key=lambda at: len(pieces[at].text))
    return (Pattern(term.kind, pieces, longest, _reading(term) if term.exact else ()),)


def domain_host(term: Term) -> str:
    """The host that a domain term names, as hosts are compared."""
    return (host_of(f"https://{term.value}") or fold(term.value)).removeprefix("www.")


def _pieces(term: Term) -> tuple[Piece, ...]:
    """The folded words of a term, parted at blanks, hyphens and slashes, without the punctuation around them."""
    parts = (part.strip(_PUNCTUATION) for word in term.words for part in _GAPS.split(fold(word)))
    words = [part for part in parts if part]
    if not any(word.strip("*") for word in words):
        return (Piece(fold(term.value)),)
    if term.kind in {TermKind.PHRASE, TermKind.PREFIX}:
        return tuple(Piece(word.removesuffix("*"), word.endswith("*")) for word in words)
    return tuple(map(Piece, words))


def _reading(term: Term) -> tuple[Piece, ...]:
    """The words of a term with their case and accents; what stands between them may be anything."""
    words = term.words or (term.value,)
    return tuple(Piece(typeset(word.removesuffix("*")), word.endswith("*")) for word in words)


def _piece_after(text: str, at: int, piece: Piece, *, whole: bool) -> int | None:
    """The end of ``piece`` when it is what follows ``at``, past blanks and punctuation; ``whole``: that of its word."""
    begin = at
    if text[at : at + 1] == " " and text[at + 1 : at + 2] in LETTERS and not text.startswith(piece.text, at + 1):
        return None  # nearly always: settled without a look at Unicode
    while not (text.startswith(piece.text, begin) and (piece.text or _is_inside(text, begin))):
        if begin >= len(text) or is_word_character(text[begin]):
            return None
        begin += 1
    if begin == at and not is_boundary(text, at):
        return None
    end = begin + len(piece.text)
    return _word_end(text, end) if piece.is_open and (whole or not piece.text) else end


def _piece_before(text: str, at: int, piece: Piece) -> int | None:
    """The start of ``piece`` when it is what stands before ``at``, past blanks and punctuation."""
    if piece.is_open:
        return _open_before(text, at, piece.text)
    finish = at
    if at > 1 and text[at - 1] == " " and text[at - 2] in LETTERS:  # nearly always: settled without a look at Unicode
        return at - 1 - len(piece.text) if text.endswith(piece.text, 0, at - 1) else None
    while not text.endswith(piece.text, 0, finish):
        if finish <= 0 or is_word_character(text[finish - 1]):
            return None
        finish -= 1
    return finish - len(piece.text) if finish < at or is_boundary(text, at) else None


def _open_before(text: str, at: int, beginning: str) -> int | None:
    """The start of the word before ``at`` when it begins with ``beginning``."""
    begin = at
    while begin > 0:
        begin = text.rfind(beginning, max(0, at - _FAR), begin + len(beginning) - 1)
        if begin < 0:
            return None
        is_part = not beginning and begin > 1 and text[begin - 1] == "'" and is_word_character(text[begin - 2])
        if not is_part and is_boundary(text, begin) and _is_inside(text, begin):
            end = _word_end(text, begin + len(beginning))
            follows = end < at or (end == at and is_boundary(text, at))
            return begin if follows and not any(map(is_word_character, text[end:at])) else None
    return None


def _word_end(text: str, at: int) -> int:
    """Where the word ends that goes on at ``at``, or begins there: "don't" is one word."""
    end, last = at, min(len(text), at + _FAR)
    while end < last:
        if is_word_character(text[end]) and (end == at or not is_boundary(text, end)):
            end += 1
        elif end > 0 and is_word_character(text[end - 1]) and _goes_on(text, end, "'"):
            end += 2
        else:
            break
    return end


def _is_inside(text: str, at: int) -> bool:
    return at < len(text) and is_word_character(text[at])


def _goes_on(text: str, at: int, joints: str) -> bool:
    """Whether a name goes on at ``at``: with one of ``joints`` and a letter or digit after it."""
    return at + 1 < len(text) and text[at] in joints and is_word_character(text[at + 1])
