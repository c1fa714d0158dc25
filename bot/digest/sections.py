"""The sections of a digest: their names, and what each audience reads unless its configuration says otherwise."""

from __future__ import annotations

from collections.abc import Mapping

from bot.errors import ConfigError
from bot.model import Audience, Report
from bot.model.nearest import did_you_mean

SECTIONS = (
    *(
        "stories",
        "messages",
        "tone",
        "score",
        "redemptions",
        "answer",
        "health",
        "cost",
        "objectives",
        "advice",
        "alerts",
    ),
    *("share", "volume", "lift", "funnel", "value", "feedback", "due"),
)
"""The names that ``sections`` of a configured digest may take."""

DEFAULT_SECTIONS: Mapping[Audience, tuple[str, ...]] = {
    Audience.PR: (
        *("stories", "messages", "alerts", "tone", "share", "volume", "lift", "redemptions", "feedback"),
        *("health", "cost"),
    ),
    Audience.COMMUNITY: (
        "answer",
        "redemptions",
        "stories",
        "alerts",
        "tone",
        "feedback",
        "health",
        "cost",
    ),
    Audience.OPERATIONS: ("health", "cost", "due", "alerts", "redemptions", "feedback"),
    Audience.EXECUTIVE: (
        "objectives",
        "advice",
        "stories",
        "alerts",
        "share",
        "lift",
        "value",
        "redemptions",
        "health",
    ),
}
"""What each audience reads, in order. A section that has nothing to say is left out."""


def sections_of(report: Report) -> tuple[str, ...]:
    """The sections of a digest, in order. Raises ConfigError for a name not in :data:`SECTIONS`, or given twice."""
    for place, name in enumerate(report.sections):
        if name in report.sections[:place]:
            raise ConfigError(f"[[digest]] '{report.id}': sections names '{name}' twice")
        if name not in SECTIONS:
            allowed = ", ".join(SECTIONS)
            raise ConfigError(
                f"[[digest]] '{report.id}': unknown section '{name}'. Allowed: {allowed}{did_you_mean(name, SECTIONS)}"
            )
    return report.sections or DEFAULT_SECTIONS[report.audience]
