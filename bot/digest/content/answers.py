"""Mentions that want an answer: complaints, questions and thanks from people, by rules that anyone can check. Pure.

- complaint: a person's own post or comment whose tone toward us is negative;
- question: it has a sentence that ends in a question mark;
- thanks: its tone is positive and it thanks (a word of :data:`THANKS`).

Own texts and their copies, reposts and articles are never in it; a story is answered once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from bot.digest.content.stories import where
from bot.digest.plain import excerpt, safe_url
from bot.model import Item, ItemKind, ScoredMention, ToneLabel

THANKS = frozenset({"thank", "thanks", "thankyou", "thx", "grateful", "kudos", "danke", "merci", "gracias", "grazie"})
KINDS = ("complaint", "question", "thanks")
_EACH = 2
_SNIPPET = 140
_PEOPLE = frozenset({ItemKind.POST, ItemKind.COMMENT, ItemKind.QUOTE})
_LINK = re.compile(r"https?://\S+", re.IGNORECASE)
_MARK = re.compile(r"[?？؟](?=\s|$|[?!\"'”’)])")
_ENDS = re.compile(r"[.!?\n]")
_SENTENCE = 300
_READ = 5000
_WHY = {
    "complaint": "negative in tone, from a person",
    "question": "it asks a question",
    "thanks": "it thanks us",
}


def to_answer(heard: Sequence[ScoredMention]) -> tuple[list[dict[str, Any]], int]:
    """At most two of each kind of what others say (``heard``), the strongest first, and how many there are in all."""
    found: dict[str, list[ScoredMention]] = {kind: [] for kind in KINDS}
    seen: set[str] = set()
    for scored in sorted(heard, key=lambda scored: (-abs(scored.score.score or 0.0), scored.mention.id)):
        story = scored.mention.story or scored.mention.id
        kind = kind_of(scored)
        if kind and story not in seen:
            seen.add(story)
            found[kind].append(scored)
    rows = [_row(kind, scored) for kind in KINDS for scored in found[kind][:_EACH]]
    return rows, sum(map(len, found.values()))


def kind_of(scored: ScoredMention) -> str | None:
    """Which kind of answer a mention wants, or None."""
    item = scored.mention.item
    if item.kind not in _PEOPLE:
        return None
    if scored.score.tone.label is ToneLabel.NEGATIVE:
        return "complaint"
    text = _LINK.sub(" ", item.text[:_READ])
    if _asks(text):
        return "question"
    words = set(re.findall(r"[^\W\d_]+", text.casefold()))
    if scored.score.tone.label is ToneLabel.POSITIVE and THANKS & words:
        return "thanks"
    return None


def _asks(text: str) -> bool:
    """Whether a sentence with a word in it ends in a question mark; looked at from its end, so no text takes long."""
    for mark in _MARK.finditer(text):
        sentence = _ENDS.split(text[max(0, mark.start() - _SENTENCE) : mark.start()])[-1]
        if re.search(r"\w", sentence):
            return True
    return False


def _row(kind: str, scored: ScoredMention) -> dict[str, Any]:
    item: Item = scored.mention.item
    return {
        "kind": kind,
        "mention": scored.mention.id,
        "text": excerpt(item.text, _SNIPPET) or "(no text)",
        "where": where(scored),
        "why": _WHY[kind],
        "url": safe_url(item.url),
    }
