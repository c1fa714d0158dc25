"""Which stories the last digests would have led with under another configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.digest.content.stories import TOLD, headline, ranked
from bot.digest.sending.windows import window_ending_before
from bot.model import Report, ScoredMention, Subject, Window
from config.settings import Settings


@dataclass(frozen=True, slots=True)
class Lead:
    """A story as a digest would lead with it; ``score`` is that of its strongest mention."""

    story: str
    headline: str
    score: float | None


@dataclass(frozen=True, slots=True)
class LeadStories:
    """The first stories of a digest's last full window, by both configurations."""

    report: str
    window: Window
    before: tuple[Lead, ...]
    after: tuple[Lead, ...]

    @property
    def same(self) -> bool:
        """Whether the digest would have led with the same stories in the same order."""
        return [one.story for one in self.before] == [one.story for one in self.after]


class LeadTally:
    """Keeps the mentions of the digests' last windows, as both score them; the others go by."""

    def __init__(self, present: Settings, other: Settings, now: datetime) -> None:
        self._reports: Mapping[str, tuple[Report, Window]] = {
            report.id: (report, window_ending_before(report, now, other.timezone)) for report in other.reports
        }
        self._subjects = [{subject.id: subject for subject in side.subjects} for side in (present, other)]
        self._since = min((window.start for _, window in self._reports.values()), default=now)
        self._before: list[ScoredMention] = []
        self._after: list[ScoredMention] = []

    def add(self, before: ScoredMention | None, after: ScoredMention | None) -> None:
        """Takes in a mention as it is and as it would be; None where it is not."""
        for one, kept in ((before, self._before), (after, self._after)):
            if one is not None and one.mention.told_at >= self._since and one.mention.relevance.relevant is not False:
                kept.append(one)

    def rows(self, own_stories: frozenset[str]) -> tuple[LeadStories, ...]:
        """Each configured digest."""
        return tuple(
            LeadStories(
                name,
                window,
                _leads(self._before, window, self._subjects[0], own_stories),
                _leads(self._after, window, self._subjects[1], own_stories),
            )
            for name, (_, window) in self._reports.items()
        )


def _leads(
    mentions: list[ScoredMention], window: Window, subjects: Mapping[str, Subject], own_stories: frozenset[str]
) -> tuple[Lead, ...]:
    said = [one for one in mentions if window.start <= one.mention.told_at < window.end]
    stories = ranked(said, subjects, own_stories)[:TOLD]
    return tuple(Lead(story.id, headline(story.lead), story.lead.score.score) for story in stories)
