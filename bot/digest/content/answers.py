"""Mentions that want an answer: complaints, questions and thanks from people, by rules that anyone can check. Pure.

- complaint: a person's own post or comment whose tone toward us is negative;
- question: it has a sentence that ends in a question mark;
- thanks: its tone is positive and it thanks (a word of :data:`THANKS`).

Own texts and their copies, reposts and articles are never in it; a story is answered once.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from bot.digest.content.stories import where
from bot.digest.plain import excerpt, safe_url
from bot.model import Item, ItemKind, ScoredMention, ToneLabel
from bot.phrases import joined, plural

THANKS = frozenset({"thank", "thanks", "thankyou", "thx", "grateful", "kudos", "danke", "merci", "gracias", "grazie"})
KINDS = ("complaint", "question", "thanks")
ANY = "any"
"""Any of the kinds, where one is asked for."""
_MOST = 6
_EACH = 3
"""Complaints and questions that are listed before the other kind has had its turn."""
_NAMES = {"complaint": ("complaint", None), "question": ("question", None), "thanks": ("thanks", "thanks")}
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


class ToAnswer(NamedTuple):
    """What wants an answer: those that are listed, and how many of each kind there are in all."""

    rows: list[dict[str, Any]]
    counts: dict[str, int]

    @property
    def more(self) -> str:
        """``and 20 more mentions: 9 complaints, 8 questions and 3 thanks``; empty where all are listed."""
        left = Counter(self.counts) - Counter(row["kind"] for row in self.rows)
        kinds = joined([plural(left[kind], *_NAMES[kind]) for kind in KINDS if left[kind]])
        return f"and {plural(left.total(), 'more mention', 'more mentions')}: {kinds}" if kinds else ""


def to_answer(heard: Sequence[ScoredMention]) -> ToAnswer:
    """Six of what others say (``heard``) at most, and how many of each kind there are in all.

    Complaints and questions come first; thanks take what room is left.
    """
    found: dict[str, list[ScoredMention]] = {kind: [] for kind in KINDS}
    for kind, scored in wanting(heard):
        found[kind].append(scored)
    room = {kind: min(_EACH, len(found[kind])) for kind in ("complaint", "question")} | {"thanks": 0}
    for kind in KINDS:
        room[kind] = min(len(found[kind]), room[kind] + _MOST - sum(room.values()))
    rows = [_row(kind, scored) for kind in KINDS for scored in found[kind][: room[kind]]]
    return ToAnswer(rows, {kind: len(some) for kind, some in found.items()})


def wanting(heard: Sequence[ScoredMention]) -> Iterator[tuple[str, ScoredMention]]:
    """Each story that wants an answer once, by its strongest mention, the strongest first; with its kind."""
    seen: set[str] = set()
    for scored in sorted(heard, key=lambda scored: (-abs(scored.score.score or 0.0), scored.mention.id)):
        story = scored.mention.story or scored.mention.id
        kind = kind_of(scored)
        if kind and story not in seen:
            seen.add(story)
            yield kind, scored


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
