"""Query nodes to X's search language (connectors §1.8).

A search finds what the local evaluator keeps, and may find more: the evaluator has the last word. What X cannot say of
a part is asked more widely, or left out where the rest still narrows the search; each time a note says so. Only where
nothing would be left to ask for is a part asked more narrowly (a prefix as a whole word) or not at all, and the note
says that posts are lost. On X there are no headlines and no subreddits, and every post runs on x.com: parts that turn
on those are decided before anything is sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import partial

from bot.model import And, Compiled, Near, Node, Not, Note, Or, Query, Search, Term, TermKind
from connectors.trees import NOT_FOUND, READ_MORE, joined, settled, terms_in
from connectors.twitter.options import TwitterOptions
from connectors.twitter.rules import length, operator, render, split, stands_alone

PLATFORM = "X"
_HOME = "x.com"
_WHY_NEVER = {
    TermKind.SITE: "every post on X runs on x.com",
    TermKind.SUBREDDIT: "X has no subreddits",
    TermKind.AUTHOR: "no account on X can be called that",
}
_NEVER = "nothing is lost, as no post there can match it"
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
)
"""Scripts that write words without spaces; where X parts them is not known."""


def compile_query(query: Query, *, limit: int = 512, languages: Sequence[str] = (), authors: bool = True) -> Compiled:
    """One search, or as many as the plan's ``limit`` (X's characters) asks for; none when X can say nothing of it.

    ``authors``: whether posts come with their authors; without, nothing fulfils ``author:``.
    """
    fixed = partial(_fixed, authors=authors)
    notes = [_never(term, authors=authors) for term in terms_in(query.node) if fixed(term) is False]
    suffix = " ".join([*_language_filter(languages), "-is:retweet"])
    node = settled(query.node, fixed)
    rules: tuple[Node, ...] = ()
    if node is True:
        notes.append(_lost(str(query.node), "that would be everything on X"))
    elif node is not False:
        asked = _widest(node, notes)
        rules = () if asked is None else split(asked, limit - length(suffix) - 1, notes)
    sent = dict.fromkeys(f"{render(rule)} {suffix}" for rule in rules)
    return Compiled(PLATFORM, tuple(map(Search, sent)), tuple(dict.fromkeys(notes)), limit)


def compile_with(query: Query, options: TwitterOptions) -> Compiled:
    """The query as the options of a source have it."""
    return compile_query(query, limit=options.query_length, languages=options.languages, authors=options.authors)


def _language_filter(codes: Sequence[str]) -> Iterable[str]:
    asked = [f"lang:{code}" for code in codes]
    return [f"({' OR '.join(asked)})"] if len(asked) > 1 else asked


def _fixed(term: Term, *, authors: bool) -> bool | None:
    """What X's nature decides of a term."""
    if term.in_title or term.kind is TermKind.SUBREDDIT:
        return False
    is_home = term.value.lower().removeprefix("www.") == _HOME
    if term.kind is TermKind.SITE or (term.kind is TermKind.DOMAIN and is_home):
        return is_home
    if term.kind is TermKind.AUTHOR and not (authors and _may_be_author(term.value)):
        return False
    return None


def _may_be_author(name: str) -> bool:
    """Whether an author on X may be called so: an account, or a name of several words or in another script."""
    return not name.isascii() or " " in name or re.fullmatch(r"@?\w{1,50}", name) is not None


def _never(term: Term, *, authors: bool) -> Note:
    why = "posts on X have no headline" if term.in_title else _WHY_NEVER[term.kind]
    if term.kind is TermKind.AUTHOR and not authors:
        return Note(str(term), "", f"authors are not read (authors = false): {NOT_FOUND}", loses=True)
    return Note(str(term), "", f"{why}: {_NEVER}")


def _widest(node: Node, notes: list[Note]) -> Node | None:
    """What is asked of X for the whole query."""
    heard: list[Note] = []
    asked = _widened(node, heard)
    if asked is not None and stands_alone(asked):
        notes.extend(heard)
        return asked
    return _narrowed(node, notes)


def _widened(node: Node, notes: list[Note]) -> Node | None:  # noqa: PLR0911 one a kind of node
    """A node of X's own that finds all that ``node`` does; None when that would be everything."""
    match node:
        case Term():
            return _said(node, notes)
        case Near(left, right):
            asked = joined(And, (_widened(left, notes), _widened(right, notes)))
            notes.append(_more(str(node), asked, "X knows no NEAR"))
            return asked
        case Not(Not(inner)):
            return _widened(inner, notes)
        case Not(part):
            return joined(And, _exclusions(part, notes))
        case And(parts):
            return joined(And, [_widened(part, notes) for part in parts])
        case Or(parts):
            heard: list[Note] = []
            asked_parts = [_widened(part, heard) for part in parts]
            for part, found in zip(parts, asked_parts, strict=True):
                if found is None or not _asks(found):
                    notes.append(_more(str(node), None, f"X cannot search {part} by itself"))
                    return None
            notes.extend(heard)
            return joined(Or, asked_parts)


def _narrowed(node: Node, notes: list[Note]) -> Node | None:
    """What can be asked where the widest search would be everything: less than ``node`` finds, and said."""
    heard: list[Note] = []
    asked = _widened(node, heard)
    if asked is not None and stands_alone(asked):
        notes.extend(heard)
        return asked
    match node:
        case Or(parts):
            return joined(Or, [_narrowed(part, notes) for part in parts])
        case And(parts):
            for part in parts:
                said: list[Note] = []
                one = None if isinstance(part, Not) or _is_language(part) else _narrowed(part, said)
                if one is not None:
                    notes.extend(said)
                    return joined(And, (one, *(_widened(other, notes) for other in parts if other is not part)))
        case Term(TermKind.PREFIX, value) if operator(Term(TermKind.WORD, value)):
            whole = Term(TermKind.WORD, value)
            why = "X knows no prefixes, and finds the word itself only"
            notes.append(Note(str(node), render(whole), f"{why}: {NOT_FOUND}", loses=True))
            return whole
    notes.append(_lost(str(node), "X cannot search this"))
    return None


def _said(term: Term, notes: list[Note]) -> Node | None:
    """A term in what X can say; None when nothing in it narrows a search."""
    match term.kind:
        case TermKind.HANDLE if operator(term) == f"@{term.value}":
            return Or((term, Term(TermKind.AUTHOR, term.value)))  # the evaluator takes a handle for its author too
        case TermKind.DOMAIN if operator(term):
            plain = Term(TermKind.PHRASE, term.value.lower().removeprefix("www."))
            asked: Node | None = Or((Term(TermKind.DOMAIN, term.value), plain))
            notes.append(_more(str(term), asked, "X compares addresses by their words"))
            return asked
        case TermKind.PHRASE | TermKind.PREFIX if term.has_wildcard:
            asked = joined(And, _fixed_runs(term.words))
            notes.append(_more(str(term), asked, "X knows no wildcards"))
            return asked
    asked = Term(term.kind, term.value) if operator(term) else None
    if asked is None:
        notes.append(_more(str(term), None, "X cannot search this"))
    elif term.exact:
        notes.append(_more(str(term), asked, "X does not tell upper from lower case"))
    elif _UNSPACED.search(term.value):
        why = "where X parts words in this script is not known, and inside of one it finds nothing"
        notes.append(Note(str(term), render(asked), f"{why}: {NOT_FOUND}", loses=True))
    elif not _is_told(term):
        notes.append(_more(str(term), asked, "X reads over signs"))
    return asked


def _fixed_runs(words: Sequence[str]) -> list[Node | None]:
    """The words of a phrase without its wildcards; those that stand side by side as a phrase."""
    runs: list[list[str]] = [[]]
    for word in words:
        if word.endswith("*"):
            runs.append([])
        else:
            runs[-1].append(word)
    terms = (Term(TermKind.PHRASE if len(run) > 1 else TermKind.WORD, " ".join(run)) for run in runs if run)
    return [term for term in terms if operator(term)]


def _is_told(term: Term) -> bool:
    """Whether X's reading of the term is the evaluator's: neither more nor less."""
    if operator(term) is None or _UNSPACED.search(term.value):
        return False
    match term.kind:
        case TermKind.WORD | TermKind.PHRASE:
            return bool(term.words) and all(re.fullmatch(r"\w+", word) for word in term.words)
        case TermKind.TAG:
            return operator(term) == f"#{term.value}"
    return term.kind in {TermKind.AUTHOR, TermKind.LANGUAGE}


def _exclusions(node: Node, notes: list[Note]) -> list[Node]:
    """What ``NOT node`` may leave out on X (De Morgan): single terms that X reads as the evaluator does.

    Whatever is not excluded is read and thrown away here, which the note says.
    """
    match node:
        case Or(parts):
            return [exclusion for part in parts for exclusion in _exclusions(part, notes)]
        case Term(TermKind.HANDLE, value) if operator(node) == f"@{value}":
            return [Not(node), Not(Term(TermKind.AUTHOR, value))]
        case Term() if not node.exact and not node.has_wildcard and _is_told(node):
            return [Not(node)]
    notes.append(_more(str(Not(node)), None, "X cannot exclude this exactly"))
    return []


def _asks(node: Node) -> bool:
    """Whether the node asks for something, and does not only exclude."""
    match node:
        case And(parts):
            return any(map(_asks, parts))
        case Or(parts):
            return all(map(_asks, parts))
    return isinstance(node, Term)


def _is_language(node: Node) -> bool:
    return all(term.kind is TermKind.LANGUAGE for term in terms_in(node))


def _more(what: str, asked: Node | None, why: str) -> Note:
    return Note(what, "" if asked is None else render(asked), f"{why}: {READ_MORE}")


def _lost(what: str, why: str) -> Note:
    return Note(what, "", f"{why}: {NOT_FOUND}", loses=True)
