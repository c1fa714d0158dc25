"""Subjects' queries as Reddit searches.

Reddit's search reads words loosely (it stems, and looks into flair, subreddit names and addresses too) and knows no
handles or tags. So a compiled search only ever asks for more than the query means; the local evaluator has the last
word. Exclusions are left out for that reason: Reddit would drop posts that the query keeps. Posts run on reddit.com,
and what ``in:`` demands decides where is searched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import partial

from bot.model import And, Compiled, Near, Node, Not, Note, Or, Query, Search, Term, TermKind
from connectors.trees import settled, terms_in

PLATFORM = "Reddit"
LONGEST = 512
"""Characters that Reddit's search takes (its API page: "a string no longer than 512 characters")."""
EVERYWHERE = "all"

_HOME = "reddit.com"
_PLAIN = re.compile(r"\w+")
_OPERATORS = frozenset({"and", "or", "not"})
_NOT_IN_QUOTES = re.compile(r"[\"\\\s]+")
_NEVER = "nothing is lost, as no post there can match it"
_FREE = "more is read than is kept (Reddit bills nothing)"


def compile_query(query: Query, subreddits: Sequence[str] = (EVERYWHERE,)) -> Compiled:
    """The searches that together find all that the query means, and maybe more.

    An empty search stands for "everything new": a query that Reddit cannot narrow at all.
    """
    wanted = _wanted(query.node)
    names = subreddits if wanted is None else sorted(wanted, key=str.lower)
    where = EVERYWHERE if EVERYWHERE in (name.lower() for name in names) else "+".join(names)
    fixed = partial(_fixed, only=names[0].lower() if wanted is not None and len(names) == 1 else None)
    notes = [Note(str(term), "", f"{_why(term)}: {_NEVER}") for term in terms_in(query.node) if _fixed(term) is False]
    node = settled(query.node, fixed)
    texts: tuple[str, ...] = () if node is False or not names else ("",)
    if texts and not isinstance(node, bool):
        notes.extend(_notes(node))
        texts = _searches(node, notes)
    if not names:
        notes.append(Note(str(query.node), "", f"no post runs in two subreddits: {_NEVER}"))
    if node is False and not notes:
        notes.append(Note(str(query.node), "", f"what it asks of a post on Reddit rules itself out: {_NEVER}"))
    if "" in texts and node is not True:
        notes.append(Note(str(query.node), "", f"Reddit cannot narrow this, and every new post is read: {_FREE}"))
    sent = tuple(Search(text, f"r/{where}") for text in texts)
    return Compiled(PLATFORM, sent, tuple(dict.fromkeys(notes)), LONGEST)


def _wanted(node: Node) -> frozenset[str] | None:
    """The subreddits of which the query demands one; None when it also finds what runs elsewhere."""
    match node:
        case Term(TermKind.SUBREDDIT, value):
            return frozenset({value.lower()})
        case And(parts):
            demanded = [names for names in map(_wanted, parts) if names is not None]
            return frozenset.intersection(*demanded) if demanded else None
        case Or(parts):
            found = [_wanted(part) for part in parts]
            known = [names for names in found if names is not None]
            return frozenset().union(*known) if len(known) == len(found) else None
    return None


def _fixed(term: Term, *, only: str | None = None) -> bool | None:
    """What Reddit's nature decides of a term; ``only`` is the one subreddit that is searched."""
    if term.kind is TermKind.SUBREDDIT:
        return True if term.value.lower() == only else None
    is_home = term.value.lower().removeprefix("www.") == _HOME
    if term.kind is TermKind.SITE or (term.kind is TermKind.DOMAIN and is_home and not term.in_title):
        return is_home
    if term.kind is TermKind.AUTHOR and " " in term.value:
        return False
    return None


def _why(term: Term) -> str:
    return (
        "every post on Reddit runs on reddit.com"
        if term.kind is TermKind.SITE
        else "no account there can be called that"
    )


def _searches(node: Node, notes: list[Note]) -> tuple[str, ...]:
    """The searches of a node, each within the length that Reddit takes."""
    text = _render(node)
    if text is None:
        return ("",)
    if len(text) <= LONGEST:
        return (text,)
    match node:
        case Or(parts):
            searches = [search for part in parts for search in _searches(part, notes)]
            return ("",) if "" in searches else _packed(searches)
        case And(parts):
            # Any one part finds all that the whole means: one that narrows, with the fewest searches.
            candidates = [_searches(part, []) for part in parts if _render(part) is not None]
            best = min(candidates, key=lambda searches: ("" in searches, len(searches)))
            notes.append(Note(_shortened(node), " / ".join(best)[:80], f"too long for one search: {_FREE}"))
            return best
        case Term(TermKind.PHRASE):
            beginning = text.strip('"')[: LONGEST - 2].rpartition(" ")[0]
            notes.append(Note(_shortened(node), _shortened(beginning), f"too long for one search: {_FREE}"))
            return (f'"{beginning}"' if beginning else "",)
        case _:
            return ("",)


def _packed(searches: Iterable[str]) -> tuple[str, ...]:
    """The searches joined by OR as far as each stays within the length."""
    packed: list[str] = []
    for search in dict.fromkeys(searches):
        together = f"{packed[-1]} OR {search}" if packed else search
        if packed and len(together) <= LONGEST:
            packed[-1] = together
        else:
            packed.append(search)
    return tuple(packed)


def _render(node: Node) -> str | None:
    """The search of a node; None where nothing can be said that is sure to find all of it."""
    match node:
        case Term():
            return _term(node)
        case Near(left, right):
            return _render(And((left, right)))
        case And(parts):
            known = [text for text in map(_render, parts) if text is not None]
            return _joined(known, " AND ") if known else None
        case Or(parts):
            texts = [_render(part) for part in parts]
            return None if None in texts else _joined([text for text in texts if text is not None], " OR ")
    return None


def _joined(texts: list[str], operator: str) -> str:
    texts = list(dict.fromkeys(texts))
    return texts[0] if len(texts) == 1 else f"({operator.join(texts)})"


def _term(term: Term) -> str | None:  # noqa: PLR0911 one a kind of term
    value = _NOT_IN_QUOTES.sub(" ", term.value).strip()
    if not value:
        return None
    match term.kind:
        case TermKind.LANGUAGE | TermKind.SITE:
            return None
        case TermKind.SUBREDDIT:
            return f"subreddit:{_word(value)}"
        case TermKind.AUTHOR:
            return f"author:{_word(value.removeprefix('@'))}"
        case TermKind.HANDLE if not term.in_title:
            return f"({_word(value)} OR author:{_word(value)})"
        case TermKind.DOMAIN if not term.in_title:
            # Bare, an address would redirect to the page of its discussions.
            return f'(url:"{value}" OR site:"{value}" OR "{value}")'
    if not any(char.isalnum() or ord(char) > 0x7F for char in value):  # noqa: PLR2004 plain ASCII signs are read over
        return None
    field = "title:" if term.in_title else ""
    if term.has_wildcard:
        return _wildcard(term, field)
    return f"{field}{_word(value)}"


def _wildcard(term: Term, field: str) -> str | None:
    """What stands side by side as a phrase, and a plain word with a trailing star; other wildcards are left out."""
    runs: list[list[str]] = [[]]
    for word in (_NOT_IN_QUOTES.sub(" ", word) for word in term.words):
        if not word.endswith("*"):
            runs[-1].append(word)
        elif _PLAIN.fullmatch(word[:-1]):
            runs += [[word], []]
        else:
            runs.append([])
    texts = [field + (run[0] if run[0].endswith("*") else _word(" ".join(run))) for run in runs if run]
    return _joined(texts, " AND ") if texts else None


def _word(value: str) -> str:
    plain = _PLAIN.fullmatch(value) and value.lower() not in _OPERATORS
    return value if plain else f'"{value}"'


def _notes(node: Node, wanted: bool = True) -> Iterable[Note]:
    """What the search of a node does not say of it."""
    match node:
        case Not(part):
            if wanted:
                yield Note(str(node), "", f"exclusions are made here, as Reddit would drop too much: {_FREE}")
        case Near(left, right):
            yield Note(str(node), _render(node) or "", f"Reddit knows no NEAR: {_FREE}")
            yield from _notes(left)
            yield from _notes(right)
        case And(parts) | Or(parts):
            for part in parts:
                yield from _notes(part)
        case Term():
            why = _why_wider(node)
            if why:
                yield Note(str(node), _term(node) or "", f"{why}: {_FREE}")


def _why_wider(term: Term) -> str | None:  # noqa: PLR0911 one a reason
    """Why Reddit finds more for a term than the evaluator does; None when it does not."""
    if _term(term) is None:
        return (
            "Reddit does not know what language a post is in"
            if term.kind is TermKind.LANGUAGE
            else "Reddit cannot search this"
        )
    if term.exact:
        return "Reddit does not tell upper from lower case"
    if term.has_wildcard and not (term.kind is TermKind.PREFIX and _PLAIN.fullmatch(term.value)):
        return "Reddit knows no wildcards in a phrase"
    if term.kind in {TermKind.HANDLE, TermKind.TAG}:
        return "Reddit knows no handles and tags, and searches the word"
    if term.kind is TermKind.DOMAIN:
        return "Reddit compares addresses by their words"
    if term.kind in {TermKind.WORD, TermKind.PHRASE} and not all(map(_PLAIN.fullmatch, term.words)):
        return "Reddit reads over signs"
    return None


def _shortened(text: object) -> str:
    shown = str(text)
    return shown if len(shown) <= 60 else f"{shown[:60]}…"  # noqa: PLR2004 for reading only
