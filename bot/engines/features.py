"""What a text shows to the tone classifier: its words, signs and figures; one way for training and for reading.

A text becomes tokens with their place; each kind of token has features of its own (the word, its pieces, what list it
stands on), and so does each pair of neighbours. Since a token's features depend on nothing else, their weights can be
summed once a token and kept.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum, auto
from functools import lru_cache
from typing import NamedTuple

from bot.engines.words import BETTER, COURTESY, EVENTS, GLAD_SIGNS, NEGATIONS, SAD_SIGNS, SCOPE_ENDS, WORSE

USER, LINK, NUMBER, NAME = "_user_", "_link_", "_number_", "_name_"
"""What stands for a handle, a link, a number, and for the subject's own name."""

SCOPE = 7
"""Words that a negation reaches, unless its clause ends before."""

_LONGEST_WORD = 24
"""Characters of a word whose pieces are features."""

_EMOJI = "\U0001f1e6-\U0001f1ff\U0001f300-\U0001faff\u2600-\u27bf\u2b50\u2b55\u2639\u263a\u2665"
_JOINERS = "\ufe0f\u200d\U0001f3fb-\U0001f3ff"
_INVISIBLE = "\u200b\u200c\u2060\ufeff\u00ad"
INVISIBLE = str.maketrans(dict.fromkeys(_INVISIBLE))
"""Signs that nobody sees, to nothing."""

_WORD = rf"[^\W\d_][^\W_]*(?:(?:['’ʼ‘-]|\\u2019)(?=[^\W\d_])[^\W_]*|[{_INVISIBLE}](?=\w)[^\W_]*)*"
_TOKEN = re.compile(
    rf"(?P<word>(?!https?://\S|www\.\S|(?<!\w)[xX]D\b){_WORD})"
    r"|(?P<link>(?:https?://|www\.)\S+)"
    r"|(?P<handle>(?<![\w@])@\w+)"
    r"|(?P<markup></?[a-zA-Z][^<>]{0,200}>|&\#?\w{2,8};|\\u(?!2019|002c|2026)[0-9a-f]{4})"
    r"|(?P<face>(?<!\w)(?:[<>]?[:;=8][-'o^]?[)(\]\[dDpPsS/\\|@*]+(?!\w)|<[3\u2764]|</3|\^_?\^|[xX]D\b|\(:|\):(?=\s|$)))"
    r"|(?P<tag>\#\w+)"
    r"|(?P<number>[$€£]?\d(?:[\d.,:]*\d)?[%\w]{0,4})"
    rf"|(?P<emoji>[{_EMOJI}][{_JOINERS}]*)"
    r"|(?P<mark>!+|\?[?!]*|\.\.+|…|\\u(?:002c|2026|2019)|[.,;:()\"“”—–])"
)
_REPEATED = re.compile(r"(.)\1{2,}")
_PLAIN = str.maketrans({"’": "'", "‘": "'", "ʼ": "'"} | dict.fromkeys(_INVISIBLE))
_MARKS = {"…": "...", "“": '"', "”": '"', "\\u002c": ",", "\\u2026": "...", "\\u2019": "'"}


class Token(NamedTuple):
    """A word or sign of a text: half-open code point offsets, its normal form, and whether a negation reaches it."""

    start: int
    end: int
    form: str
    negated: bool


def tokenised(text: str, masked: Sequence[tuple[int, int]] = ()) -> list[Token]:
    """The tokens of a text in order. What touches a masked stretch is a name (or the handle or link that it was)."""
    tokens: list[Token] = []
    left = 0
    form = ""
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup
        if kind == "markup":
            continue
        start, end = found.span()
        before = form
        form, role = _form(kind, found[0])
        if masked and kind not in _KEPT and _touches(start, end, masked):
            form, role = NAME, _FIRM
            if before == NAME:
                tokens[-1] = Token(tokens[-1].start, end, NAME, tokens[-1].negated)
                continue
        if role is _PLAIN_WORD:
            tokens.append(Token(start, end, form, left > 0))
            if left:
                left -= 1
            continue
        tokens.append(Token(start, end, form, False))
        if role is _NEGATES:
            left = SCOPE
        elif role is _ENDS:
            left = 0
        elif left:
            left -= 1
    return tokens


def token_features(form: str, negated: bool) -> tuple[str, ...]:
    """The names of a token's features: itself, its pieces of 2 to 5 characters, and its lists."""
    if form in (USER, LINK, NUMBER, NAME):
        return () if form == NAME else (form,)
    plain = form.removeprefix("#")
    found = [plain, *_lists(plain)]
    if plain != form:
        found.append("#")
    if negated:
        found = [name for word in found for name in (word, f"not_{word}")]
    if plain[0].isalpha() and len(plain) <= _LONGEST_WORD:
        found.extend(_pieces(plain))
    return tuple(found)


def pair_feature(first: str, second: str) -> str:
    """The name of the feature that two neighbours have."""
    return f"{first} {second}"


class Figures(NamedTuple):
    """What is counted in a text as a whole, beside its words; each is a feature."""

    compound: float
    compound_squared: float
    above: float
    below: float
    positive: float
    negative: float
    neutral: float
    silent: float
    valence: float
    praise: float
    blame: float
    last: float
    exclaims: float
    asks: float
    links: float
    handles: float
    tags: float
    numbers: float
    length: float
    shouts: float
    quotes: float
    trails: float
    turns: float


def figures(text: str, tokens: Sequence[Token], vader: Sequence[float], valences: Sequence[float]) -> Figures:
    """The figures of a text: ``vader`` is VADER's (neg, neu, pos, compound), ``valences`` are the tokens' own.

    A valence here is turned wherever a negation reaches it, not only three words far as VADER does.
    """
    negative, neutral, positive, compound = vader
    praise = blame = last = 0.0
    for valence in valences:
        if valence > 0:
            praise += valence
            last = valence
        elif valence < 0:
            blame -= valence
            last = valence
    forms = [token.form for token in tokens]
    words = max(1, len(forms))
    total = praise - blame
    return Figures(
        compound=compound,
        compound_squared=compound * abs(compound),
        above=float(compound >= 0.05),  # noqa: PLR2004 from where VADER's authors call a text positive
        below=float(compound <= -0.05),  # noqa: PLR2004 the same, negative
        positive=positive,
        negative=negative,
        neutral=neutral,
        silent=float(praise == blame == 0),
        valence=total / math.sqrt(total * total + 15),
        praise=math.log1p(praise),
        blame=math.log1p(blame),
        last=last / 4,
        exclaims=min(text.count("!"), 4) / 2,
        asks=min(text.count("?"), 4) / 2,
        links=min(forms.count(LINK), 2),
        handles=min(forms.count(USER), 4) / 2,
        tags=min(sum(form[0] == "#" for form in forms), 4) / 2,
        numbers=min(forms.count(NUMBER), 4) / 2,
        length=math.log(words) / 2,
        shouts=float(text.isupper()),
        quotes=min(forms.count('"'), 4) / 2,
        trails=float("..." in forms),
        turns=float("but" in forms),
    )


def valences_of(tokens: Iterable[Token], lexicon: Mapping[str, float]) -> Iterator[float]:
    """Each token's valence in VADER's lexicon, turned where a negation reaches it; 0 for a word without one."""
    for _, _, form, negated in tokens:
        valence = lexicon.get(form[1:] if form[0] == "#" else form, 0.0)
        yield -0.74 * valence if negated else valence


class _Role(Enum):
    """What a token has to do with negation: turned by it, turning, ending its reach, or none of these."""

    PLAIN = auto()
    NEGATES = auto()
    ENDS = auto()
    FIRM = auto()


_PLAIN_WORD, _NEGATES, _ENDS, _FIRM = _Role
_KEPT = frozenset({"handle", "link", "mark"})
"""Kinds that stay what they are where a mask touches them."""


@lru_cache(maxsize=65_536)
def _form(kind: str | None, raw: str) -> tuple[str, _Role]:
    """The normal form of a token of a kind of the pattern, and its role."""
    form = _normal(kind, raw)
    if form in NEGATIONS or form.endswith("n't"):
        return form, _NEGATES
    if form in SCOPE_ENDS or form[0] in "!?":
        return form, _ENDS
    return form, _FIRM if form[0] in "_:;=<" else _PLAIN_WORD


def _normal(kind: str | None, raw: str) -> str:
    if kind in _STANDS_FOR:
        return _STANDS_FOR[kind]
    if kind == "mark":
        return raw[:2] if raw[0] in "!?" else "..." if raw.startswith("..") else _MARKS.get(raw, raw)
    if kind == "emoji":
        return raw[0]
    lower = raw.lower().replace("\\u2019", "'").translate(_PLAIN)
    return _REPEATED.sub(r"\1\1", lower) or raw


_STANDS_FOR: Mapping[str | None, str] = {"handle": USER, "link": LINK, "number": NUMBER}


def _touches(start: int, end: int, masked: Sequence[tuple[int, int]]) -> bool:
    for left, right in masked:  # noqa: SIM110 a generator would take twice as long, and this is asked of each token
        if left < end and start < right:
            return True
    return False


def _lists(form: str) -> Iterator[str]:
    if form in WORSE:
        yield "<worse>"
    elif form in BETTER:
        yield "<better>"
    if form in COURTESY:
        yield "<courtesy>"
    if form in EVENTS:
        yield "<event>"
    if form in GLAD_SIGNS:
        yield "<glad>"
    elif form in SAD_SIGNS:
        yield "<sad>"


def _pieces(word: str) -> Iterator[str]:
    bounded = f"^{word}$"
    for size in (2, 3, 4, 5):
        for at in range(len(bounded) - size + 1):
            yield f"~{bounded[at : at + size]}"
