"""The three numbers that stand wherever mentions are counted: how many items, stories and voices they are. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.digest import wording
from bot.model import Mention, ScoredMention
from bot.phrases import plural


@dataclass(frozen=True, slots=True)
class Numbers:
    """An item that names two subjects is one; copies are one story; a voice that speaks twice is one."""

    items: int
    stories: int
    voices: int

    @property
    def text(self) -> str:
        """``12 items, 9 stories, 10 voices``."""
        return (
            f"{plural(self.items, 'item')}, {plural(self.stories, 'story', 'stories')}, {plural(self.voices, 'voice')}"
        )

    def told(self, share: float) -> str:
        """The same where ``share`` of the time was looked at: where hardly any was, that nothing is there says
        nothing.
        """
        unlooked = wording.unlooked(share)
        return f"not known, {unlooked}" if unlooked and not self.items else self.text


def numbers_of(mentions: Iterable[ScoredMention | Mention]) -> Numbers:
    """How many items, stories and voices the mentions are."""
    said = [found.mention if isinstance(found, ScoredMention) else found for found in mentions]
    return Numbers(
        items=len({mention.item.key for mention in said}),
        stories=len({mention.story or mention.item.key for mention in said}),
        voices=len({mention.item.voice for mention in said}),
    )
