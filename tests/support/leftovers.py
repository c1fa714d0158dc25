"""Looks for words in the raw bytes of files: whatever a database keeps of them, in whatever form."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from ahocorasick_rs import BytesAhoCorasick

TAIL = 6
"""Characters at a word's end that are looked for too: an index stores the beginning only once, for several words."""


def leftovers(folder: Path, words: Iterable[str]) -> dict[str, str]:
    """The words of which a trace is found in any file under the folder, each with the file's name."""
    forms = [(form, word) for word in dict.fromkeys(words) for form in sorted(_forms(word))]
    if not forms:
        return {}
    search, found = BytesAhoCorasick([form for form, _ in forms]), dict[str, str]()
    for path in filter(Path.is_file, folder.rglob("*")):
        for which, _, _ in search.find_matches_as_indexes(path.read_bytes().lower(), overlapping=True):
            found.setdefault(forms[which][1], path.name)
    return found


def _forms(word: str) -> set[bytes]:
    """As UTF-8, as JSON escapes it, and its end alone, as it would stand behind a shared beginning; in small letters."""
    forms = set()
    for text in {word, word.lower(), word.casefold()}:
        for part in {text, text[-TAIL:]} if len(text) > TAIL else {text}:
            forms |= {part.encode().lower(), json.dumps(part)[1:-1].encode().lower()}
    return forms
