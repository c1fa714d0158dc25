"""``[[objective]]`` and ``[[activity]]``: what the work is for, and what was done for it."""

from __future__ import annotations

from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import ConfigDict, Field, FiniteFloat, TypeAdapter, field_validator, model_validator

from bot.model.impact import Activity, ImpactStage, Objective, SeriesKind, SeriesName
from bot.model.measure import MEASURES, STAGES
from bot.model.nearest import did_you_mean
from bot.model.observation import MONEY
from bot.options import Options
from config.values import Duration, Moment, Slug, in_zone


class ObjectiveTable(Options):
    """``[[objective]]``: what a department wants to reach."""

    id: Slug
    statement: str
    department: str | None = None
    owner: str | None = None
    measure: dict[str, Any] | str | None = None
    direction: Literal["up", "down"] = "up"
    stage: Literal["input", "activity", "output", "outtake", "outcome", "impact"] | None = None
    baseline: FiniteFloat | None = None
    target: FiniteFloat | None = None
    by: Moment | None = None
    review_every: Duration | None = None
    decision_rule: str | None = None

    @field_validator("measure")
    @classmethod
    def _period_is_a_duration(cls, value: dict[str, Any] | str | None) -> dict[str, Any] | str | None:
        if not isinstance(value, dict) or "period" not in value:
            return value
        return value | {"period": TypeAdapter(Duration).validate_python(value["period"])}


class ImpactTable(Options):
    """``[impact]``: which system's count is the record of a metric, and the funnel's stages, widest first."""

    record: dict[str, str] = Field(default_factory=dict)
    stages: tuple[str, ...] = tuple(STAGES)

    @model_validator(mode="after")
    def _names_what_there_is(self) -> ImpactTable:
        counted = [name for name, measure in MEASURES.items() if "provider" in measure.filters]
        counted += MONEY
        if strange := sorted(self.record.keys() - set(counted)):
            raise ValueError(
                f"record names the metric '{strange[0]}'; those that providers count are {', '.join(counted)}"
                f"{did_you_mean(strange[0], counted)}"
            )
        if strange := [name for name in self.stages if name not in STAGES]:
            near = did_you_mean(strange[0], STAGES)
            raise ValueError(f"stages names '{strange[0]}'; stages are {', '.join(STAGES)}{near}")
        if len(set(self.stages)) < len(self.stages):
            raise ValueError("stages names a stage twice")
        return self


class ActivityTable(Options):
    """``[[activity]]``: a press release, mailing, event or campaign on the same time line."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    id: Slug
    name: str
    kind: str
    at: Moment | None = None
    from_: Moment | None = Field(default=None, alias="from")
    until: Moment | None = None
    objective: str | None = None
    series: str | None = None
    control: str | None = None
    weeks: int = Field(default=8, ge=4, le=26)

    @field_validator("series", "control")
    @classmethod
    def _names_a_series(cls, value: str | None) -> str | None:
        return value if value is None else str(SeriesName.parse(value))

    @model_validator(mode="after")
    def _happened_sometime(self) -> ActivityTable:
        if (self.at is None) is (self.from_ is None):
            raise ValueError("say when: at = 2026-03-02 for a moment, or from = … and until = … for a stretch")
        if self.until is not None and self.from_ is None:
            raise ValueError("'until' goes with 'from'")
        if self.control is not None and self.control == (self.series or SeriesKind.STORIES):
            raise ValueError(f'control = "{self.control}" is the series itself: name one that this does not touch')
        return self


def objective(row: ObjectiveTable, zone: ZoneInfo) -> Objective:
    """The noun of an ``[[objective]]``; a measure that is only a name is that metric without filters."""
    measure = {"metric": row.measure} if isinstance(row.measure, str) else dict(row.measure or {})
    values = row.model_dump() | {"measure": measure, "by": in_zone(row.by, zone)}
    return Objective(**values | {"stage": ImpactStage(row.stage) if row.stage else None})


def activity(row: ActivityTable, zone: ZoneInfo) -> Activity:
    """The noun of an ``[[activity]]``. Raises ValueError for one without a time."""
    starts = in_zone(row.at or row.from_, zone)
    if starts is None:  # the table's own check does not let it pass
        raise ValueError("an activity happens at some time")
    kept = row.model_dump(include={"id", "name", "kind", "objective", "series", "control", "weeks"})
    return Activity(**kept, starts=starts, ends=in_zone(row.until, zone))
