"""X's JSON, in the old (tweet) and the new (post) vocabulary, to items. Pure: no I/O, no clock.

Whatever is malformed is left out or unknown; a broken post never harms its neighbours.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.model import Author, Item, ItemKind
from connectors.twitter.ids import is_id, time_of

Json = Mapping[str, Any]

IMPRESSIONS_SINCE = datetime(2022, 12, 15, tzinfo=UTC)
"""X counts views since about then (connectors §1.2): an earlier post's 0 means unknown."""
_X_BEGAN = datetime(2006, 3, 21, tzinfo=UTC)
_AHEAD = timedelta(days=1)
_ESCAPES = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}
_LANGUAGES = {"in": "id", "iw": "he", "ji": "yi"}
"""Codes that X kept after ISO 639-1 renamed them."""
_NO_LANGUAGE = re.compile(r"und|zxx|art|q[a-z]{2}")
_EVERYWHERE = {"XX", "XY"}
"""X's country codes for "withheld everywhere"."""
_WITHHELD_NOTICE = re.compile(r"has been withheld in .+ in response to", re.DOTALL)
_OWN_MEDIA = re.compile(r"https?://(?:www\.)?(?:twitter|x)\.com/[^/]+/status/\d+/(?:photo|video)/\d+")
_KINDS = {
    "retweeted": ItemKind.REPOST,
    "reposted": ItemKind.REPOST,
    "quoted": ItemKind.QUOTE,
    "replied_to": ItemKind.POST,
}
"""What a reference makes of a post, strongest first."""


@dataclass(frozen=True, slots=True)
class Included:
    """What came along with a page: users and other posts by id."""

    users: Mapping[str, Json]
    posts: Mapping[str, Json]


def posts_of(body: Json) -> tuple[Json, ...]:
    """The posts of an answer as they came."""
    return _objects(body.get("data"))


def included_of(body: Json) -> Included:
    """The answer's ``includes``, whichever vocabulary they are in."""
    includes = _object(body.get("includes"))
    posts = (*_objects(includes.get("tweets")), *_objects(includes.get("posts")))
    return Included(_by_id(_objects(includes.get("users"))), _by_id(posts))


def items_of(body: Json, now: datetime) -> tuple[Item, ...]:
    """The answer's posts as items, in its order. ``now`` (aware UTC) tells which dates are credible."""
    included = included_of(body)
    found = (_item(post, included, now) for post in posts_of(body))
    return tuple(item for item in found if item is not None)


def _item(post: Json, included: Included, now: datetime) -> Item | None:
    post_id = post.get("id")
    if not isinstance(post_id, str) or not is_id(post_id) or not isinstance(post.get("text"), str):
        return None
    kind, refers_to = _reference(post)
    original = included.posts.get(refers_to, {}) if kind is ItemKind.REPOST and refers_to else {}
    said = original if isinstance(original.get("text"), str) else post
    text, entities = _words(said)
    published = _published(post, post_id, now)
    author = _author(post.get("author_id"), included)
    return Item(
        key=_key(post, post_id),
        kind=kind,
        url=f"https://x.com/{author.handle or 'i'}/status/{post_id}",
        title="",
        text=text,
        published_at=published,
        outlet="x.com",
        author=author,
        language=_language(said.get("lang")),
        metrics=_metrics(post.get("public_metrics"), published),
        links=tuple(dict.fromkeys(_links(entities))),
        refers_to=None if refers_to is None else _key(included.posts.get(refers_to, {}), refers_to),
        removed=_removed(post, text),
    )


def plain(text: str) -> str:
    """Plain text: X's three escapes undone, control characters and lone surrogates gone, every line end a newline."""
    text = re.sub(r"&(?:amp|lt|gt);", lambda found: _ESCAPES[found.group()], text)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = (char for char in text if char in "\n\t" or unicodedata.category(char) not in {"Cc", "Cs"})
    return "".join(kept).strip()


def _words(post: Json) -> tuple[str, Json]:
    """Text and entities: those of the note where there is one, because ``text`` is then cut near 280 characters."""
    for name in ("note_tweet", "note_post"):
        note = _object(post.get(name))
        if isinstance(note.get("text"), str) and note["text"]:
            return plain(note["text"]), _object(note.get("entities"))
    return plain(post["text"]), _object(post.get("entities"))


def _key(post: Json, post_id: str) -> str:
    """``x:`` and the first id of the edit chain, so that an edited post stays one mention."""
    for name in ("edit_history_tweet_ids", "edit_history_post_ids"):
        chain = post.get(name)
        if isinstance(chain, list) and chain and is_id(chain[0]):
            return f"x:{chain[0]}"
    return f"x:{post_id}"


def _reference(post: Json) -> tuple[ItemKind, str | None]:
    references = (*_objects(post.get("referenced_tweets")), *_objects(post.get("referenced_posts")))
    found = {reference.get("type"): reference.get("id") for reference in references}
    for name, kind in _KINDS.items():
        target = found.get(name)
        if isinstance(target, str) and is_id(target):
            return kind, target
    return ItemKind.POST, None


def _published(post: Json, post_id: str, now: datetime) -> datetime | None:
    for moment in (_time(post.get("created_at")), time_of(post_id)):
        if moment is not None and _X_BEGAN <= moment <= now + _AHEAD:
            return moment
    return None


def _time(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _author(author_id: object, included: Included) -> Author:
    if not isinstance(author_id, str) or not is_id(author_id):
        return Author()
    user = included.users.get(author_id, {})
    handle = user.get("username")
    handle = handle if isinstance(handle, str) and re.fullmatch(r"[A-Za-z0-9_]{1,50}", handle) else None
    name = user.get("name")
    followers = _object(user.get("public_metrics")).get("followers_count")
    return Author(
        name=(" ".join(plain(name).split()) or None) if isinstance(name, str) else None,
        handle=handle,
        id=author_id,
        url=f"https://x.com/{handle}" if handle else f"https://x.com/i/user/{author_id}",
        followers=followers if isinstance(followers, int) and not isinstance(followers, bool) else None,
    )


def _language(code: object) -> str | None:
    """ISO 639-1, or None where X saw no language (``und``, ``qme``, ``zxx`` …)."""
    if not isinstance(code, str) or _NO_LANGUAGE.fullmatch(code.lower()):
        return None
    primary = re.split(r"[-_]", code.lower())[0]
    return _LANGUAGES.get(primary, primary) if re.fullmatch(r"[a-z]{2}", primary) else None


def _metrics(values: object, published: datetime | None) -> dict[str, float]:
    metrics = {
        str(name): float(value)
        for name, value in _object(values).items()
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0
    }
    if metrics.get("impression_count") == 0 and (published is None or published < IMPRESSIONS_SINCE):
        del metrics["impression_count"]
    return metrics


def _links(entities: Json) -> Iterator[str]:
    """Where the post links to, in full: not X's short address, not its own pictures."""
    for entity in _objects(entities.get("urls")):
        full = entity.get("unwound_url") or entity.get("expanded_url")
        if not isinstance(full, str) or not re.match(r"https?://[^\s/]", full, re.IGNORECASE):
            continue
        if entity.get("media_key") or _OWN_MEDIA.match(full):
            continue
        yield plain(full)


def _removed(post: Json, text: str) -> bool:
    """Whether X withholds the post from everybody, or put a notice in the place of its words."""
    withheld = _object(post.get("withheld"))
    codes = withheld.get("country_codes")
    everywhere = isinstance(codes, list) and any(code in _EVERYWHERE for code in codes)
    return everywhere or (bool(withheld) and _WITHHELD_NOTICE.search(text) is not None)


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> tuple[Json, ...]:
    return tuple(entry for entry in value if isinstance(entry, dict)) if isinstance(value, Sequence) else ()


def _by_id(entries: Sequence[Json]) -> dict[str, Json]:
    return {entry["id"]: entry for entry in entries if isinstance(entry.get("id"), str)}
