"""Terms that look at who said a piece and where it ran: accounts, authors, sites, subreddits, addresses, language."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from ahocorasick_rs import AhoCorasick

from bot.listen.folding import Folded, fold
from bot.listen.terms import Pattern, domain_host, patterns_of
from bot.listen.urls import host_of
from bot.model import Author, Item, MatchField, Term, TermKind

Place = tuple[MatchField, int, int]
Index = dict[str, list[Term]]


class Fields:
    """Finds them by look-up: the cost is that of the item's fields, however many terms there are."""

    def __init__(self, terms: Sequence[Term]) -> None:
        beyond = [term for term in terms if not term.in_title]
        self._accounts = _index(beyond, {TermKind.HANDLE, TermKind.AUTHOR}, lambda term: _bare(term.value))
        self._domains = _index(beyond, {TermKind.DOMAIN}, domain_host)
        self._sites = _index(beyond, {TermKind.SITE}, domain_host)
        self._subreddits = _index(beyond, {TermKind.SUBREDDIT}, lambda term: term.value.lower())
        self._languages = _index(beyond, {TermKind.LANGUAGE}, lambda term: term.value.lower())
        self._names = _Names([term for term in beyond if term.kind is TermKind.AUTHOR])

    def __bool__(self) -> bool:
        """Whether there is any of them, so that a text's cost is its own where there is none."""
        return bool(self._accounts or self._domains or self._sites or self._subreddits)

    def find(self, item: Item) -> Iterator[tuple[Term, Place]]:
        """Each term that a field other than the text fulfils, with its place there; all but languages."""
        yield from self._by_author(item.author)
        if self._domains:
            for url in filter(None, dict.fromkeys((item.url, *item.links))):
                yield from _in_address(self._domains, url)
        if self._sites:
            yield from self._at_site(item)
        if self._subreddits and item.outlet[:2] in {"r/", "u/"}:
            name = item.outlet.lower()
            for term in self._subreddits.get(name[2:] if name[0] == "r" else f"u_{name[2:]}", ()):
                yield term, (MatchField.OUTLET, 0, len(name))

    def in_language(self, language: str) -> Sequence[Term]:
        """The terms that a language fulfils; of ``en-GB`` and ``en`` alike, the first part counts."""
        return self._languages.get(language.lower().replace("_", "-").partition("-")[0], ())

    def _by_author(self, author: Author) -> Iterator[tuple[Term, Place]]:
        """A platform's handle is the account, and its display name is anybody's; without a handle, the name is."""
        account = author.handle or author.name
        if self._accounts and account:
            for term in self._accounts.get(_bare(account), ()):
                yield term, (MatchField.AUTHOR, 0, len(account))
        if author.name:
            for term, start, end in self._names.find(author.name, singles=author.handle is None):
                yield term, (MatchField.AUTHOR, start, end)

    def _at_site(self, item: Item) -> Iterator[tuple[Term, Place]]:
        if item.url:
            yield from _in_address(self._sites, item.url)
        for term in _of_host(self._sites, host_of(f"https://{item.outlet}")):
            yield term, (MatchField.OUTLET, 0, len(item.outlet))


class _Names:
    """Authors' names: one of several words wherever it stands, one of a single word where there is no account."""

    def __init__(self, terms: Sequence[Term]) -> None:
        named = [(pattern, term) for term in terms for pattern in patterns_of(_as_phrase(term))]
        self._terms: list[tuple[Pattern, Term]] = named
        self._automaton = AhoCorasick([pattern.needle for pattern, _ in named])

    def find(self, name: str, *, singles: bool) -> Iterator[tuple[Term, int, int]]:
        """Each term with the stretch of ``name``; ``singles``: of one word too."""
        if not self._terms:
            return
        folded = Folded(name)
        for number, start, end in self._automaton.find_matches_as_indexes(folded.text, overlapping=True):
            pattern, term = self._terms[number]
            stretch = pattern.locate(folded.text, start, end) if singles or " " in term.value else None
            span = folded.original_span(*stretch) if stretch else None
            if span is not None:
                yield term, *span


def _as_phrase(term: Term) -> Term:
    return Term(TermKind.PHRASE if " " in term.value else TermKind.WORD, term.value)


def _in_address(index: Index, url: str) -> Iterator[tuple[Term, Place]]:
    """Terms whose host the address is on, or on a subdomain of which."""
    host = host_of(url)
    if host is None:
        return
    start = max(url.lower().find(host), 0)  # a host in another script is not written as it is compared
    for term in _of_host(index, host):
        yield term, (MatchField.URL, start, start + len(host))


def _of_host(index: Index, host: str | None) -> Iterator[Term]:
    labels = host.split(".") if host else []
    for at in range(len(labels)):
        yield from index.get(".".join(labels[at:]), ())


def _index(terms: Iterable[Term], kinds: set[TermKind], name_of: Callable[[Term], str]) -> Index:
    index: Index = {}
    for term in terms:
        if term.kind in kinds:
            index.setdefault(name_of(term), []).append(term)
    return index


def _bare(name: str) -> str:
    """A handle or name as handles are compared: folded, without ``@`` or Reddit's ``u/``."""
    return fold(name).strip().removeprefix("@").removeprefix("/").removeprefix("u/")
