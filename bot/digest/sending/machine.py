"""What programs of others may have of a digest: everything but the texts of X posts, which its terms keep from
machines.

Ids, addresses, outcomes and scores stay. Pure. (decisions.md, 7)
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

_HOSTS = ("x.com", "twitter.com")
_OUTLETS = ("x", *_HOSTS)
_PLACES = ("where", "place")
_WORDS = ("headline", "text", "quote", "title")
_HIDDEN = (*_WORDS, "author")
_LONG_ENOUGH = 12
"""Characters from which words of a post are looked for in other sentences; shorter ones may stand there by chance."""
_INSTEAD = "[…]"


def machine_body(body: Mapping[str, Any]) -> dict[str, Any]:
    """A body without texts of X posts: None where they stood, ``[…]`` where a sentence repeats one."""
    withheld = sorted(set(_texts_of_x(body)), key=len, reverse=True)
    return {key: _without(value, withheld) for key, value in body.items()}


def machine_json(body: Mapping[str, Any]) -> str:
    """The same on one line."""
    return json.dumps(machine_body(body), ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _texts_of_x(part: Any) -> Iterator[str]:
    if isinstance(part, Mapping):
        if _is_of_x(part):
            yield from (part[key] for key in _WORDS if isinstance(part.get(key), str) and part[key])
        for value in part.values():
            yield from _texts_of_x(value)
    elif isinstance(part, list | tuple):
        for value in part:
            yield from _texts_of_x(value)


def _without(part: Any, withheld: list[str]) -> Any:
    if isinstance(part, Mapping):
        hidden = _HIDDEN if _is_of_x(part) else ()
        return {
            key: None if key in hidden and isinstance(value, str) else _without(value, withheld)
            for key, value in part.items()
        }
    if isinstance(part, list | tuple):
        return [_without(value, withheld) for value in part]
    # Only sentences: what a stranger posts must not blot out a name or an address of ours that programs go by.
    return _unquoted(part, withheld) if isinstance(part, str) and " " in part else part


def _unquoted(sentence: str, withheld: list[str]) -> str:
    for words in withheld:
        kernel = words.removesuffix("…")
        if len(kernel) >= _LONG_ENOUGH:
            sentence = sentence.replace(words, _INSTEAD).replace(kernel, _INSTEAD)
    return sentence


def _is_of_x(part: Mapping[str, Any]) -> bool:
    """Whether this tells of a post on X: by its address, or by the name of the place where it has none."""
    url = part.get("url")
    if not isinstance(url, str):
        return any(str(part.get(key, "")).casefold() in _OUTLETS for key in _PLACES)
    try:
        host = (urlsplit(url).hostname or "").removesuffix(".")
    except ValueError:  # a broken address, which composing would not have let through
        return False
    return any(host == one or host.endswith(f".{one}") for one in _HOSTS)
