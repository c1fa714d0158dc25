"""What a person means who asks for something to be forgotten: the same author or page, however it is written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import unquote, urlsplit

from bot.listen.urls import canonical_url
from bot.model.keeping import Sample, Wanted
from bot.ports.keeping_store import KeepingStore

_PAGE = 500
_PROFILES = (
    ("x", re.compile(r"https://x\.com/(\w{1,15})")),
    ("x", re.compile(r"https://x\.com/i/user/(\d+)")),
    ("reddit", re.compile(r"https://reddit\.com/(?:user|u)/([\w-]{1,20})")),
    ("bsky", re.compile(r"https://bsky\.app/profile/([^/?]+)")),
    ("hn", re.compile(r"https://news\.ycombinator\.com/user\?id=([\w-]+)")),
)
"""Platforms by how their keys begin, and the addresses of the profiles there, in canonical form."""
_POST_ON_X = re.compile(r"https://x\.com/[^/]+/status/(\d+)")
_ON_REDDIT = re.compile(r"/?u/(?=[\w-]+$)")


def everything_meant(store: KeepingStore, wanted: Wanted) -> Iterator[Sample]:
    """Every item that is meant, once, in the order in which the store found it."""
    seen: set[str] = set()
    for platform, asked in _spellings(wanted):
        for one in _all(store, asked):
            if one.key not in seen and one.key.startswith(platform) and _is_at(one, wanted.url):
                seen.add(one.key)
                yield one


def _spellings(wanted: Wanted) -> Iterator[tuple[str, Wanted]]:
    """What the store is asked, with how the keys of what it then finds must begin."""
    if wanted.url is not None:
        wanted = replace(wanted, url=None, part=_part(wanted.url))
    yield "", wanted
    if wanted.author is None:
        return
    page = canonical_url(wanted.author)
    for platform, profile in _PROFILES:
        if page is not None and (found := profile.fullmatch(page)):
            yield f"{platform}:", replace(wanted, author=found[1])
    if page is not None:
        yield "", replace(wanted, author=page)
    if found := _ON_REDDIT.match(wanted.author):
        yield "reddit:", replace(wanted, author=wanted.author[found.end() :])


def _part(url: str) -> str:
    """A part of the address that every spelling of it holds, in small letters: the longest plain word of its path."""
    page = canonical_url(url) or url
    if post := _POST_ON_X.match(page):
        return post[1]  # whoever it says that wrote it: X does not look at that
    parts = urlsplit(page)
    words = re.findall(r"[a-z0-9]+", unquote(parts.path).casefold())
    return max(words, key=len, default=(parts.hostname or url).casefold())


def _is_at(one: Sample, url: str | None) -> bool:
    if url is None or one.url == url:
        return True
    page = canonical_url(url)
    if page is None or one.url is None:
        return False
    post = _POST_ON_X.match(page)
    return canonical_url(one.url) == page or (post is not None and one.key == f"x:{post[1]}")


def _all(store: KeepingStore, wanted: Wanted) -> Iterator[Sample]:
    after = 0
    while page := store.asked_for(wanted, after, _PAGE):
        yield from (sample for _, sample in page)
        after = page[-1][0]
