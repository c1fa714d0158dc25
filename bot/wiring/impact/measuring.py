"""Measuring, wired: the figure of an objective's measure over a window, from whichever desk knows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import mean
from typing import Any
from zoneinfo import ZoneInfo

from bot.digest.content.health import covered_share
from bot.digest.figures import percent
from bot.impact.daily import LEAST_BLOCKS, Block, daily_rate
from bot.impact.funnel import few_posts
from bot.impact.links import campaign_of
from bot.impact.providers import is_record
from bot.model import ENOUGH, Interval, MessageStanding, Observation, ScoredMention
from bot.model.impact import Measured
from bot.model.measure import PERIOD
from bot.model.observation import WHOLE, Incomparable, sum_of
from bot.model.sighting import Named
from bot.offers.counting.daily import INSTANT, local_days, start_of
from bot.phrases import plural
from bot.rates import Rate, wilson
from bot.score.period import period_score
from bot.score.summary import earned_stories
from bot.store.verbs import HeardStore
from bot.wiring.impact.voices import Voices
from bot.wiring.listen.listening import Listening
from bot.wiring.tell.gathering import Gathering
from config.settings import Settings

LEAST_COVERED = 0.5
"""Under this share of the time looked at, what was said is not known."""
FULLY = 0.9
_DAY = timedelta(days=1)


@dataclass(slots=True)
class Measuring:
    """The figures of one look at the objectives; what several of them need is read once."""

    settings: Settings
    store: HeardStore
    listening: Listening
    gathering: Gathering
    voices: Voices
    _standings: dict[Interval, Mapping[str, MessageStanding]] = field(default_factory=dict)
    _said: dict[Interval, tuple[ScoredMention, ...]] = field(default_factory=dict)
    _shares: dict[tuple[Interval, str | None], float | None] = field(default_factory=dict)

    def windows(self, measure: Mapping[str, Any], end: datetime, number: int) -> tuple[Interval, ...]:
        """So many windows of the measure's length, one after the other, oldest first; the last ends by ``end``.

        They begin and end at local midnight, so that each day is in one of them as a whole.
        """
        zone = ZoneInfo(self.settings.timezone)
        days = max(1, (measure.get("period") or PERIOD).days)
        last = end.astimezone(zone).date()
        ends = [start_of(last - timedelta(days=days * back), zone) for back in range(number, -1, -1)]
        return tuple(Interval(one, other) for one, other in pairwise(ends))

    def measured(self, measure: Mapping[str, Any], window: Interval) -> Measured:
        """The figure over the window; unknown, with the reason, where there is none to stand by."""
        metric = str(measure["metric"])
        known: Mapping[str, Callable[[Mapping[str, Any], Interval], Measured]] = {
            "penetration": self._message,
            "net_pull_through": self._message,
            "contrary_rate": self._message,
            "net_tone": self._tone,
            "score": self._score,
            "stories": self._stories,
            "share_of_voice": self._voice,
            "redemptions": self._redemptions,
            "coverage": self._coverage,
            "cta_coverage": self._cta,
        }
        if metric in {"redemptions", "coverage"} or metric not in known:
            return known.get(metric, self._observed)(measure, window)
        share = self.looked(window)
        if share is None or share < LEAST_COVERED:
            return Measured(window, None, why=unlooked(share))
        return known[metric](measure, window)

    def looked(self, window: Interval, source: str | None = None) -> float | None:
        """The share of the window in which the configured sources were looked at, each weighing the same, as in
        digests; None where there is none.
        """
        key = window, source
        if key not in self._shares:
            covered = self.store.covered(window.start, window.end)
            shares: dict[str, list[float]] = {}
            for target in (one.target for one in self.listening.known()):
                if source in (None, target.source):
                    shares.setdefault(target.source, []).append(covered_share(covered.get(target, ()), window))
            self._shares[key] = mean(map(mean, shares.values())) if shares else None
        return self._shares[key]

    def told(self, window: Interval, subject: str | None = None, source: str | None = None) -> tuple[datetime, ...]:
        """When each story by others about ``subject``, or any own one, was first told in the window."""
        wanted = {subject} if subject else {row.id for row in self.settings.subjects if row.own}
        found = self.store.told_stories(wanted, window.start, window.end)
        own = self.gathering.own_stories((one.story for one in found), shared=True)
        first: dict[tuple[str, str], datetime] = {}
        for one in found:
            if one.story not in own and source in (None, one.source):
                first.setdefault((one.subject, one.story), one.told_at)
        return tuple(first.values())

    def own_posts(self, window: Interval, subject: str | None = None) -> tuple[int, int]:
        """Own posts with a tracked link or a code, and all of them."""
        own = {row.id for row in self.settings.subjects if row.own and subject in (None, row.id)}
        coded = {one.item for one in self.store.sightings() if one.named is Named.CODE}
        posts: dict[str, bool] = {}
        for brief in self._briefs(window):
            found = self.store.mention(brief.mention.id) if brief.owned and brief.mention.subject in own else None
            if isinstance(found, ScoredMention) and found.owned:
                item = found.mention.item
                words = (*item.links, *item.text.split())
                posts[item.key] = item.key in coded or any(campaign_of(word) for word in words if "utm_" in word)
        return sum(posts.values()), len(posts)

    def _briefs(self, window: Interval) -> tuple[ScoredMention, ...]:
        if window not in self._said:
            self._said[window] = self.gathering.briefly(window.start, window.end)
        return self._said[window]

    def _own_stories(self, said: Sequence[ScoredMention]) -> frozenset[str]:
        """Those of one's own that others pass on; what is one's own alone is known by its flag."""
        return self.gathering.own_stories((one.mention.story for one in said), shared=True)

    def _message(self, measure: Mapping[str, Any], window: Interval) -> Measured:
        if window not in self._standings:
            self._standings[window] = {one.message: one for one in self._standings_of(window)}
        one = self._standings[window][measure["message"]]
        ends = {
            "penetration": (one.penetration, one.penetration_low, one.penetration_high),
            "net_pull_through": (one.net_pull_through, one.low, one.high),
            "contrary_rate": (one.contrary_rate, one.contrary_low, one.contrary_high),
        }[str(measure["metric"])]
        few = f"only {one.relevant} stories, {ENOUGH} are needed" if one.relevant < ENOUGH else ""
        return Measured(window, *ends, n=one.relevant, why=few if ends[0] is None else "")

    def _standings_of(self, window: Interval) -> tuple[MessageStanding, ...]:
        counted = self.gathering.counted_standings(window)
        if counted is not None:
            return counted
        said = self._briefs(window)
        return self.gathering.standings(said, window, self._own_stories(said), alone=True)

    def _tone(self, measure: Mapping[str, Any], window: Interval) -> Measured:
        del measure
        tone = self.gathering.tone(self._briefs(window), window)
        if tone.value is not None:
            return Measured(window, tone.value, tone.low, tone.high, n=tone.stories)
        why = "too few of the random sample are labelled for an interval: heard review"
        few = "too few stories" + (f" have a tone; {tone.unscored} are not scored" if tone.unscored else "")
        return Measured(window, tone.counted, n=tone.scored, why=why if tone.counted is not None else few)

    def _score(self, measure: Mapping[str, Any], window: Interval) -> Measured:
        del measure
        said = self._briefs(window)
        stories = earned_stories(said, self._own_stories(said))
        score = period_score(one for story in stories for one in story)
        if score is None:
            return Measured(window, None, why="nothing was scored, or not by the same rules")
        why = "" if score.low is not None else "too few voices for an interval"
        return Measured(window, score.mean, score.low, score.high, n=score.mentions, why=why)

    def _stories(self, measure: Mapping[str, Any], window: Interval) -> Measured:
        """Stories a day, of the days that were looked at: of the others nobody knows how many there were."""
        source = measure.get("source")
        share = self.looked(window, source)
        if share is None or share < LEAST_COVERED:
            return Measured(window, None, why=unlooked(share))
        zone = ZoneInfo(self.settings.timezone)
        days = local_days(window.start, window.end - INSTANT, zone)
        seen = [one.day for one in days if (self.looked(Interval(one.start, one.end), source) or 0.0) >= FULLY]
        counts = Counter(at.astimezone(zone).date() for at in self.told(window, measure.get("subject"), source))
        why = "" if len(seen) == len(days) else f"only {len(seen)} of {len(days)} days were looked at throughout"
        if not seen:
            return Measured(window, None, why=why)
        return _rated(window, [Block(1, counts[day]) for day in seen], why)

    def _voice(self, measure: Mapping[str, Any], window: Interval) -> Measured:
        voice = self.voices.share_of_voice(window)
        subject = measure.get("subject")
        found = [one for one in voice.shares if (one.subject == subject if subject else one.own)]
        if len(found) != 1:
            return Measured(window, None, why=voice.why or "there are several own subjects: name one with subject")
        if not voice.alike:
            return Measured(window, None, n=found[0].stories, why=voice.why)
        one = found[0]
        return Measured(
            window, one.share, one.low, one.high, sum(each.stories for each in voice.shares),
            "" if one.share is not None else "too few stories",
        )  # fmt: skip

    def _redemptions(self, measure: Mapping[str, Any], window: Interval) -> Measured:
        """Redemptions a day, of the days of which all were told: of the others nobody knows how many there were."""
        offer = next(row for row in self.settings.offers if row.id == measure["offer"])
        began = offer.starts or self.store.first_event([offer.id])
        start = max(window.start, began) if began else window.end
        if start >= window.end:
            return Measured(window, None, why="the offer had not started")
        days = local_days(start, min(window.end, offer.ends or window.end) - INSTANT, ZoneInfo(self.settings.timezone))
        told, placement = [one for one in days if one.day not in offer.gaps], measure.get("placement")
        why = untold(len(days) - len(told), len(days))
        if not told:
            return Measured(window, None, why=why)
        counts: Counter[Any] = Counter()
        for tally in self.store.day_tallies([offer.id], told):
            if placement in (None, tally.placement):
                counts[tally.day] += tally.redeemed
        return _rated(window, [Block(1, counts[one.day]) for one in told], why)

    def _coverage(self, measure: Mapping[str, Any], window: Interval) -> Measured:
        share = self.looked(window, measure.get("source"))
        if share is None:
            return Measured(window, None, why="no source is configured")
        return Measured(window, share, share, share)

    def _cta(self, measure: Mapping[str, Any], window: Interval) -> Measured:
        linked, own = self.own_posts(window, measure.get("subject"))
        if own < ENOUGH:
            return Measured(window, None, n=own, why=few_posts(own))
        return Measured(window, *wilson(linked, own), n=own)

    def _observed(self, measure: Mapping[str, Any], window: Interval) -> Measured:
        metric = str(measure["metric"])
        named = next((f"{name}:{measure[name]}" for name in ("campaign", "subject") if name in measure), WHOLE)
        inside = [
            one
            for one in self.store.observations(metric=metric)
            if one.subject_id == named
            and window.start <= one.window_start
            and one.window_end <= window.end
            and measure.get("provider") in (None, one.provider)
            and measure.get("method") in (None, one.method_id)
        ]
        record = self.settings.impact.record.get(metric)
        series = {(one.provider, one.method_id) for one in inside}
        if len(series) > 1:
            series = {one for one in series if is_record(record, *one)}
        if len(series) != 1:
            why = (
                "several providers count it: name one, or declare a record" if inside else f"no {metric} were imported"
            )
            return Measured(window, None, why=why)
        (one,) = series
        return _observed_rate(window, [row for row in inside if (row.provider, row.method_id) == one])


def _observed_rate(window: Interval, series: Sequence[Observation]) -> Measured:
    """The rate a day of one provider's figures; their own bands widen the interval."""
    told = [one for one in series if one.value is not None]
    try:
        if told:
            sum_of(told)
    except Incomparable as error:
        return Measured(window, None, n=len(told), why=str(error))
    blocks = [Block((one.window_end - one.window_start) / _DAY, one.value or 0.0) for one in told]
    found = _rated(window, blocks)
    if found.value is None or found.low is None or found.high is None:
        return found
    days = sum(block.days for block in blocks)
    below = sum(
        (one.value or 0.0) - (one.value if one.low is None else one.low) for one in told if one.value is not None
    )
    above = sum((one.value if one.high is None else one.high) - one.value for one in told if one.value is not None)
    low, high = max(0.0, found.low - below / days), found.high + above / days
    return Measured(window, found.value, low, high, found.n, found.why)


def _rated(window: Interval, blocks: Sequence[Block], why: str = "") -> Measured:
    total, days = sum(block.number for block in blocks), sum(block.days for block in blocks)
    if not days:
        return Measured(window, None, why="nothing was counted in this time")
    rate: Rate | None = daily_rate(blocks)
    if rate is None:
        few = ", ".join(filter(None, (f"fewer than {LEAST_BLOCKS} days are counted", why)))
        return Measured(window, total / days, n=round(total), why=few)
    return Measured(window, *rate, n=round(total), why=why)


def unlooked(share: float | None) -> str:
    """Why nothing is known of a time of which that ``share`` was looked at."""
    return "nothing was looked at" if not share else f"sources were looked at only {percent(share)} of the time"


def untold(gaps: int, days: int) -> str:
    """What keeps redemptions from being known of ``gaps`` days; empty where there are none."""
    return f"of {gaps} of {plural(days, 'day')} not all redemptions were told (gaps)" if gaps else ""
