"""Impact, wired: how objectives stand, the funnel, the providers beside each other, links and reviews."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.digest.figures import percent
from bot.errors import ConfigError, unknown
from bot.impact.charts import objective_chart
from bot.impact.funnel import build_funnel
from bot.impact.links import tagged
from bot.impact.objectives import review_due, standing, unmeasured
from bot.impact.providers import panels, tallies
from bot.impact.shapes import (
    activity_shape,
    funnel_shape,
    lift_shape,
    objective_shape,
    panel_shape,
    value_shape,
    voice_shape,
)
from bot.model import Interval, Observation
from bot.model.aims import Course, Decision, Funnel, ProviderPanel, Tally, TrackedLink
from bot.model.impact import Activity, Measured, Objective, ObjectiveStanding
from bot.model.measure import MEASURES, STAGES
from bot.model.observation import METRICS
from bot.model.value import ValueLedger
from bot.offers.counting.daily import INSTANT, local_days, start_of
from bot.ports import Clock
from bot.shapes import Shape, interval_shape, time_shape
from bot.store.verbs import HeardStore
from bot.wiring.impact.measuring import LEAST_COVERED, Measuring, unlooked, untold
from bot.wiring.impact.valuing import Valuing
from bot.wiring.impact.voices import Voices
from bot.wiring.listen.listening import Listening
from bot.wiring.tell.gathering import Gathering
from config.settings import Settings

REVIEWS = 6
"""Windows that a trend shows, the present one among them."""
LONGEST = timedelta(days=1_100)
"""Three years: each of its days is looked at."""
SPAN = timedelta(days=28)
"""How far back the funnel and the providers are shown unless somebody asks for more."""
_CAMPAIGN = "campaign:"


@dataclass(frozen=True, slots=True)
class Reviewed:
    """An objective as it stands, with the reviews that were written down, and whether one is owed."""

    standing: ObjectiveStanding
    decisions: tuple[Decision, ...]
    due: bool


class Impact:
    """What came of the work of one configuration."""

    def __init__(
        self,
        settings: Settings,
        store: HeardStore,
        clock: Clock,
        listening: Listening,
        gathering: Gathering,
        voices: Voices,
    ) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._listening = listening
        self._gathering = gathering
        self._voices = voices

    def standings(self, as_of: datetime | None = None) -> tuple[ObjectiveStanding, ...]:
        """How each objective stood at the last local midnight before ``as_of`` (now unless told), in file order."""
        measuring = self._measuring()
        return tuple(self._standing(row, measuring, as_of) for row in self._settings.objectives)

    def standing(self, objective: str, as_of: datetime | None = None) -> ObjectiveStanding:
        """How one objective stands. Raises ConfigError for one that is not configured."""
        return self._standing(self.objective(objective), self._measuring(), as_of)

    def reviewed(self, as_of: datetime | None = None, objective: str | None = None) -> tuple[Reviewed, ...]:
        """Each objective, or one, with its reviews. Raises ConfigError for one that is not configured."""
        found = (self.standing(objective, as_of),) if objective else self.standings(as_of)
        written, now = self._store.decisions(objective), self._clock.now()
        return tuple(
            Reviewed(
                one,
                tuple(decision for decision in written if decision.objective == one.objective.id),
                review_due(one.objective, written, now),
            )
            for one in found
        )

    def reviews_due(self) -> tuple[str, ...]:
        """The objectives of which a review is owed now, by id; nothing is measured for that."""
        written, now = self._store.decisions(), self._clock.now()
        return tuple(one.id for one in self._settings.objectives if review_due(one, written, now))

    def decide(
        self, objective: str, course: Course, reason: str, *, next_change: str = "", actor: str = ""
    ) -> Decision:
        """Writes a review down, with how the objective stands now. Raises ConfigError without a reason."""
        if not reason.strip():
            raise ConfigError("a decision needs its reason: it is what the next review learns from")
        now = self.standing(objective)
        decision = Decision(
            objective=objective,
            at=self._clock.now(),
            verdict=now.verdict,
            course=course,
            reason=reason.strip(),
            next_change=next_change.strip(),
            actor=actor,
            value=now.measured.value,
            low=now.measured.low,
            high=now.measured.high,
        )
        self._store.add_decision(decision)
        return decision

    def window(self, since: datetime | None = None, until: datetime | None = None) -> Interval:
        """The stretch asked for, of whole local days; the last :data:`SPAN` before today unless told.

        Raises ConfigError where it holds no day, or more than :data:`LONGEST`.
        """
        zone = ZoneInfo(self._settings.timezone)
        last = (until or self._clock.now()).astimezone(zone).date()
        first = since.astimezone(zone).date() if since else last - SPAN
        if first >= last:
            raise ConfigError("the stretch asked for holds no whole day that is over: since must lie before until")
        today = self._clock.now().astimezone(zone).date()
        if last - first > LONGEST or last > today + LONGEST:
            raise ConfigError(
                f"the stretch asked for is longer than {LONGEST.days:,} days, or far ahead: ask for a part of it"
            )
        return Interval(start_of(first, zone), start_of(last, zone))

    def funnel(self, window: Interval | None = None) -> Funnel:
        """From what was said to what came of it, over a window."""
        window = window or self.window()
        measuring = self._measuring()
        stages = self._settings.impact.stages
        metrics = {metric for stage in stages for metric in STAGES[stage]}
        found = [*tallies(self._observed(metrics), window, self._settings.impact.record)]
        found = [self._traced(one) for one in found]
        if "stories" in metrics:
            found.insert(0, self._told(measuring, window))
        if "redemptions" in metrics:
            found += self._redeemed(window)
        return build_funnel(window, stages, found, measuring.own_posts(window))

    def value(self, window: Interval, funnel: Funnel | None = None) -> ValueLedger:
        """What was earned and spent over a window, who was touched, what was said: three columns, never added."""
        return self._valuing().ledger(window, funnel or self.funnel(window))

    def value_where_earned(self, window: Interval) -> ValueLedger | None:
        """The same where anybody measured what was earned, and nothing where nobody did."""
        return self.value(window) if self._valuing().is_told(window) else None

    def measured(self, measures: Sequence[Mapping[str, Any]], window: Interval) -> tuple[Measured, ...]:
        """The figure of each of these measures over a window, unknown with its reason where there is none."""
        measuring = self._measuring()
        return tuple(measuring.measured(one, window) for one in measures)

    def providers(self, window: Interval | None = None) -> tuple[ProviderPanel, ...]:
        """What several count of the same, beside the system of record."""
        counted = {name for name, measure in MEASURES.items() if "provider" in measure.filters}
        return panels(self._observed(counted), window or self.window(), self._settings.impact.record)

    def shape(
        self, since: datetime | None = None, until: datetime | None = None, objective: str | None = None
    ) -> Shape:
        """All of it in the public JSON; with ``objective`` that one alone. Raises ConfigError as its parts do."""
        found = [
            objective_shape(one.standing, one.decisions, review_due=one.due) for one in self.reviewed(until, objective)
        ]
        as_of = {"as_of": time_shape(until or self._clock.now())}
        if objective is not None:
            return as_of | found[0]
        window = self.window(since, until)
        funnel = self.funnel(window)
        return {
            **as_of,
            "window": interval_shape(window),
            "objectives": found,
            "activities": [activity_shape(one) for one in self.activities(window)],
            "share_of_voice": voice_shape(self._voices.share_of_voice(window)),
            "lifts": [lift_shape(one) for one in self._voices.lifts(until)],
            "funnel": funnel_shape(funnel),
            "value": value_shape(self.value(window, funnel)),
            "providers": [panel_shape(one) for one in self.providers(window)],
        }

    def chart(self, standing: ObjectiveStanding) -> Mapping[str, Any]:
        """An objective's trend as the data of a chart, with what was done in its time."""
        whole = Interval((*standing.trend, standing.measured)[0].window.start, standing.measured.window.end)
        return objective_chart(standing, self.activities(whole), ZoneInfo(self._settings.timezone))

    def make_link(
        self, url: str, *, source: str, medium: str, campaign: str | None = None, content: str | None = None,
        activity: str | None = None,
    ) -> TrackedLink:  # fmt: skip
        """A tagged link, kept so that what comes by it traces to its activity; the campaign is the activity's id unless
        told. Raises ConfigError for what is no web address, and for an activity that is not configured.
        """
        if activity is not None and activity not in {row.id for row in self._settings.activities}:
            raise unknown("activity", activity, (row.id for row in self._settings.activities))
        named = campaign or activity
        if named is None:
            raise ConfigError("say what the link is for: --activity ID or --campaign NAME")
        link = tagged(
            url, campaign=named, source=source, medium=medium, content=content, activity=activity,
            made_at=self._clock.now(),
        )  # fmt: skip
        return self._store.add_link(link)

    def links(self) -> tuple[TrackedLink, ...]:
        """Every tagged link that was made, oldest first."""
        return self._store.links()

    def objective(self, name: str) -> Objective:
        """A configured objective. Raises ConfigError for any other."""
        for row in self._settings.objectives:
            if row.id == name:
                return row
        raise unknown("objective", name, (row.id for row in self._settings.objectives))

    def activities(self, window: Interval | None = None) -> tuple[Activity, ...]:
        """What was done within a window, or ever, oldest first: the marks of every chart over time."""
        return tuple(
            sorted(
                (
                    one
                    for one in self._settings.activities
                    if window is None or (one.starts < window.end and (one.ends or one.starts) >= window.start)
                ),
                key=lambda one: (one.starts, one.id),
            )
        )

    def _standing(self, objective: Objective, measuring: Measuring, as_of: datetime | None) -> ObjectiveStanding:
        now = as_of or self._clock.now()
        end = min(now, objective.by) if objective.by else now
        windows = measuring.windows(objective.measure, end, REVIEWS)
        if not objective.measure:
            return unmeasured(objective, windows[-1])
        measured = [measuring.measured(objective.measure, window) for window in windows]
        while len(measured) > 1 and measured[0].value is None:
            del measured[0]  # before there was anything to measure
        return standing(objective, MEASURES[str(objective.measure["metric"])], measured, now)

    def _valuing(self) -> Valuing:
        return Valuing(self._settings, self._store, self.measured)

    def _measuring(self) -> Measuring:
        return Measuring(self._settings, self._store, self._listening, self._gathering, self._voices)

    def _observed(self, metrics: set[str]) -> list[Observation]:
        """Imported figures of these metrics. Those of shops about offers are in the ledger's counts."""
        own = sorted(metrics & METRICS.keys() - {"redemptions"})
        return [one for metric in own for one in self._store.observations(metric=metric)]

    def _traced(self, one: Tally) -> Tally:
        """With the activities whose links name the figure's campaign."""
        if not one.of.startswith(_CAMPAIGN):
            return one
        campaign = one.of.removeprefix(_CAMPAIGN)
        return replace(one, activities=self._campaigns().get(campaign, ()))

    def _campaigns(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, set[str]] = {}
        for link in self._store.links():
            if link.activity:
                found.setdefault(link.campaign, set()).add(link.activity)
        return {campaign: tuple(sorted(activities)) for campaign, activities in found.items()}

    def _told(self, measuring: Measuring, window: Interval) -> Tally:
        share, days = measuring.looked(window), self._days(window)
        if share is None or share < LEAST_COVERED:
            value, why = None, unlooked(share)
        else:
            value, why = float(len(measuring.told(window))), f"looked at {percent(share)} of the time"
        return Tally("stories", "stories", "Heard", "stories by others", "whole", "measured", value, days=days, why=why)

    def _redeemed(self, window: Interval) -> list[Tally]:
        days = local_days(window.start, window.end - INSTANT, ZoneInfo(self._settings.timezone))
        rows = self._store.day_tallies([offer.id for offer in self._settings.offers], days)
        found = []
        for offer in self._settings.offers:
            value = float(sum(row.redeemed for row in rows if row.offer == offer.id))
            gaps = sum(day.day in offer.gaps for day in days)
            found.append(
                Tally(
                    "redemptions", "redemptions", "Heard", "ledger", f"offer:{offer.id}", "measured",
                    value if gaps < len(days) else None, days=len(days) - gaps, why=untold(gaps, len(days)),
                )
            )  # fmt: skip
        return found

    def _days(self, window: Interval) -> int:
        return len(local_days(window.start, window.end - INSTANT, ZoneInfo(self._settings.timezone)))
