"""Reddit's things, as listings send them, as items. Every field but the id may be missing or odd."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.model import Author, Item, ItemKind, with_headline
from connectors.plain import clean, is_number, string
from connectors.reddit.text import html_text, outside

SITE = "https://www.reddit.com"
POST_METRICS = ("score", "upvote_ratio", "num_comments", "num_crossposts", "subreddit_subscribers")
COMMENT_METRICS = ("score", "controversiality")
GONE = frozenset({"[deleted]", "[removed]", "[deleted by user]", "[removed by reddit]", "[ removed by reddit ]"})
"""What stands in place of a text (or title) that its author, a moderator or Reddit took away."""

_ID = re.compile(r"[0-9a-z]{1,13}")
_FULLNAME = re.compile(r"t[13]_[0-9a-z]{1,13}")
_FIRST = datetime(2005, 6, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Thing:
    """A post (``t3``) or a comment (``t1``) of a listing."""

    kind: str
    id: str
    fields: Mapping[str, Any]

    def created(self, now: datetime) -> datetime | None:
        """When it was made (aware UTC); None when Reddit gave no credible time."""
        return credible(self.fields.get("created_utc"), now)


def thing_of(child: object) -> Thing | None:
    """A listing's child as a thing; None for anything else a listing may hold."""
    if not isinstance(child, Mapping) or child.get("kind") not in {"t1", "t3"}:
        return None
    fields = child.get("data")
    thing_id = fields.get("id") if isinstance(fields, Mapping) else None
    if not isinstance(fields, Mapping) or not isinstance(thing_id, str) or not _ID.fullmatch(thing_id):
        return None
    return Thing(str(child["kind"]), thing_id, fields)


def item_of(thing: Thing, now: datetime) -> Item:
    """A post or a comment as an item."""
    make = _post if thing.kind == "t3" else _comment
    return make(thing.id, thing.fields, now)


def credible(seconds: object, now: datetime) -> datetime | None:
    """Unix seconds as a time between Reddit's beginning and a day from now, else None."""
    if not is_number(seconds):
        return None
    try:
        moment = datetime.fromtimestamp(float(seconds), UTC)  # type: ignore[arg-type]  # _is_number looked
    except (OverflowError, OSError, ValueError):
        return None
    return moment if _FIRST <= moment <= now + timedelta(days=1) else None


def fullname(value: object) -> str | None:
    """``value`` when it names a post or a comment (``t3_…``, ``t1_…``)."""
    return value if isinstance(value, str) and _FULLNAME.fullmatch(value) else None


def is_gone(text: str) -> bool:
    """Whether the text is only a sign that there was one."""
    return text.strip().lower() in GONE


def removed_item(key: str, kind: ItemKind, outlet: str, published: datetime | None) -> Item:
    """What may be kept of a deleted thing: that it was. The address goes without the title's words in it."""
    return Item(
        key=key,
        kind=kind,
        url=f"{SITE}/comments/{key.removeprefix('reddit:t3_')}/" if kind is ItemKind.POST else None,
        title="",
        text="",
        published_at=published,
        outlet=outlet,
        removed=True,
    )


def _post(thing_id: str, fields: Mapping[str, Any], now: datetime) -> Item:
    key, outlet = f"reddit:t3_{thing_id}", _outlet(fields)
    published = credible(fields.get("created_utc"), now)
    title = clean(string(fields.get("title")))
    raw = string(fields.get("selftext"))
    if is_gone(raw) or is_gone(title) or fields.get("removed_by_category"):
        return removed_item(key, ItemKind.POST, outlet, published)
    body, links = _text(fields.get("selftext_html"), raw)
    link = outside(fields.get("url"))
    parent = fullname(fields.get("crosspost_parent"))
    title, text = with_headline(title, body)
    return Item(
        key=key,
        kind=ItemKind.POST,
        url=_permalink(fields) or f"{SITE}/comments/{thing_id}/",
        title=title,
        text=text,
        published_at=published,
        outlet=outlet,
        author=_author(fields),
        metrics=_metrics(fields, POST_METRICS),
        links=tuple(dict.fromkeys((*((link,) if link else ()), *links))),
        refers_to=f"reddit:{parent}" if parent else None,
    )


def _comment(thing_id: str, fields: Mapping[str, Any], now: datetime) -> Item:
    key, outlet = f"reddit:t1_{thing_id}", _outlet(fields)
    published = credible(fields.get("created_utc"), now)
    raw = string(fields.get("body"))
    if is_gone(raw):
        return removed_item(key, ItemKind.COMMENT, outlet, published)
    body, links = _text(fields.get("body_html"), raw)
    parent = fullname(fields.get("parent_id"))
    # While a subreddit hides a comment's score, Reddit sends 1: not a figure, so it stays unknown.
    names = COMMENT_METRICS[1:] if fields.get("score_hidden") is True else COMMENT_METRICS
    return Item(
        key=key,
        kind=ItemKind.COMMENT,
        url=_permalink(fields) or _comment_address(thing_id, fields),
        title="",
        text=body,
        published_at=published,
        outlet=outlet,
        author=_author(fields),
        metrics=_metrics(fields, names),
        links=links,
        refers_to=f"reddit:{parent}" if parent else None,
    )


def _text(html: object, markdown: str) -> tuple[str, tuple[str, ...]]:
    """Reddit's own rendering where it was sent, so that no Markdown is left in the text."""
    return html_text(html) if isinstance(html, str) and html else (clean(markdown), ())


def _author(fields: Mapping[str, Any]) -> Author:
    name = fields.get("author")
    if not isinstance(name, str) or not name or is_gone(name):
        return Author()
    author_id = fields.get("author_fullname")
    return Author(
        handle=clean(name),
        id=author_id if isinstance(author_id, str) else None,
        url=f"{SITE}/user/{clean(name)}",
    )


def _outlet(fields: Mapping[str, Any]) -> str:
    prefixed = fields.get("subreddit_name_prefixed")
    if isinstance(prefixed, str) and prefixed.startswith(("r/", "u/")):
        return clean(prefixed)
    name = fields.get("subreddit")
    return f"r/{clean(name)}" if isinstance(name, str) and name else "reddit.com"


def _permalink(fields: Mapping[str, Any]) -> str | None:
    permalink = fields.get("permalink")
    return SITE + clean(permalink) if isinstance(permalink, str) and permalink.startswith("/") else None


def _comment_address(thing_id: str, fields: Mapping[str, Any]) -> str | None:
    """Recordings before 2018 hold no permalink for comments."""
    link = fullname(fields.get("link_id"))
    return f"{SITE}/comments/{link.removeprefix('t3_')}/_/{thing_id}/" if link else None


def _metrics(fields: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, float]:
    return {name: float(fields[name]) for name in names if is_number(fields.get(name))}
