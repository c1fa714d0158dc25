"""Bluesky's post records, as Jetstream gives them, as items. Pure; every field may be missing or odd.

Jetstream gives no figures and, but for accounts whose name has just changed, no names: both stay unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.model import Author, Item, ItemKind
from connectors.plain import clean, web_address

Json = Mapping[str, Any]

SITE = "https://bsky.app/profile"
OUTLET = "bsky.app"
POSTS = "app.bsky.feed.post"

_DID = re.compile(r"did:[a-z]+:[A-Za-z0-9._:%-]{1,256}")
_RKEY = re.compile(r"[A-Za-z0-9._:~-]{1,512}")
_POST_ADDRESS = re.compile(
    rf"at://(did:[a-z]+:[A-Za-z0-9._:%-]{{1,256}})/{re.escape(POSTS)}/([A-Za-z0-9._:~-]{{1,512}})"
)
_EARLIEST = datetime(2006, 1, 1, tzinfo=UTC)
"""Posts that were carried over from elsewhere keep their dates; none is older than the kind."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a record says, before it is known whether anybody asked for it."""

    text: str
    links: tuple[str, ...]

    def shown(self, key: str, handle: str | None) -> str:
        """All that a query can look at, in one text."""
        return "\n".join((self.text, address_of(key), OUTLET, handle or "", *self.links))


def key_of(did: object, rkey: object) -> str | None:
    """``bsky:<did>/<rkey>``, or None when the two name no record."""
    if isinstance(did, str) and isinstance(rkey, str) and _DID.fullmatch(did) and _RKEY.fullmatch(rkey):
        return f"bsky:{did}/{rkey}"
    return None


def beginning_of(did: object) -> str | None:
    """What all keys of an account's posts begin with, and no others'."""
    return f"bsky:{did}/" if isinstance(did, str) and _DID.fullmatch(did) else None


def address_of(key: str) -> str:
    """Where a post is shown."""
    did, _, rkey = key.removeprefix("bsky:").partition("/")
    return f"{SITE}/{did}/post/{rkey}"


def said(record: Json) -> Said:
    """The words: the text, the title of a page that it shares, the descriptions of its pictures. And the links."""
    embed = _object(record.get("embed"))
    media = _object(embed.get("media")) or embed
    page = _object(media.get("external"))
    pictures = (picture.get("alt") for picture in (*_objects(media.get("images")), media))
    lines = (clean(line) for line in (record.get("text"), page.get("title"), *pictures) if isinstance(line, str))
    return Said("\n".join(dict.fromkeys(filter(None, lines))), tuple(dict.fromkeys(_links(record, page))))


def item_of(key: str, record: Json, words: Said, handle: str | None, seen: datetime) -> Item:
    """The item. ``seen`` (aware UTC) is when Jetstream saw it: no post is younger than that."""
    kind, refers_to = _reference(record)
    did = key.removeprefix("bsky:").partition("/")[0]
    return Item(
        key=key,
        kind=kind,
        url=address_of(key),
        title="",
        text=words.text,
        published_at=_published(record.get("createdAt"), seen),
        outlet=OUTLET,
        author=Author(handle=handle, id=did, url=f"{SITE}/{did}"),
        language=_language(record.get("langs")),
        links=words.links,
        refers_to=refers_to,
    )


def _links(record: Json, page: Json) -> Iterator[str]:
    facets = (feature for facet in _objects(record.get("facets")) for feature in _objects(facet.get("features")))
    found = (web_address(address) for address in (*(feature.get("uri") for feature in facets), page.get("uri")))
    yield from (address for address in found if address is not None)


def _reference(record: Json) -> tuple[ItemKind, str | None]:
    """A quote of a post, else a reply to one."""
    quoted = _object(_object(record.get("embed")).get("record"))
    # with media, the record is one level deeper
    key = _referred(quoted) or _referred(_object(quoted.get("record")))
    if key is not None:
        return ItemKind.QUOTE, key
    return ItemKind.POST, _referred(_object(_object(record.get("reply")).get("parent")))


def _referred(reference: Json) -> str | None:
    address = reference.get("uri")
    found = _POST_ADDRESS.fullmatch(address) if isinstance(address, str) else None
    return f"bsky:{found[1]}/{found[2]}" if found else None


def _published(value: object, seen: datetime) -> datetime:
    """As the author's program says, which may lie: but never later than it was seen."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else seen
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return seen
    return moment if _EARLIEST <= moment <= seen else seen


def _language(values: object) -> str | None:
    """ISO 639-1, when the author named one language only."""
    if not isinstance(values, list):
        return None
    named = {value.lower().partition("-")[0] for value in values if isinstance(value, str)}
    (language,) = named if len(named) == 1 else ("",)
    return language if re.fullmatch(r"[a-z]{2}", language) else None


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> tuple[Json, ...]:
    return tuple(entry for entry in value if isinstance(entry, dict)) if isinstance(value, list) else ()
