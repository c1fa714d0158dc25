"""A lift in sentences: what came, what it is held against, how sure that is, or why nothing can be said. Pure."""

from __future__ import annotations

from bot.impact.voice_wording import signed
from bot.model.impact import Design, Lift
from bot.phrases import plural

_STRENGTH = {
    Design.RANDOMISED: "randomised",
    Design.CONTROL: "control series",
    Design.NO_CONTROL: "no control: consistent with, never caused",
}


def plan_text(series: str, control: str, no_control: str) -> str:
    """What a series is held against, in words; ``no_control`` says why there is no control where there is none."""
    if control:
        return f"what the {control} did over the same weeks, had the {series} kept the ratio of the weeks before"
    return f"the {series} of the days before, carried on with their weekdays ({no_control})"


def too_thin(before: tuple[int, int], after: tuple[int, int]) -> str:
    """Why so many covered weeks on each side, of so many needed, are too few."""
    said = f"{plural(before[0], 'full covered week')} before it and {after[0]} after"
    return f"the data are too thin: {said}; needed are {before[1]} and {after[1]}"


def lift_text(lift: Lift, shown: int) -> str:
    """The lift in a sentence or two; ``shown`` is how many placebo dates "show" one too."""
    if lift.refused or lift.value is None or lift.low is None or lift.high is None:
        return f"No lift can be told for ‘{lift.name}’: {lift.refused}."
    band = f"[{_percent(lift.low)}, {_percent(lift.high)}]"
    frame = f"In the {plural(lift.after, 'week')} after ‘{lift.name}’"
    said = (_alone if lift.design is Design.NO_CONTROL else _against)(lift, frame, band)
    missing = f" {plural(lift.left_out, 'week')} not covered {'is' if lift.left_out == 1 else 'are'} left out."
    return f"{said}; design {lift.design} ({_STRENGTH[lift.design]}); {_placebo(lift, shown)}.{missing if lift.left_out else ''}"


def _against(lift: Lift, frame: str, band: str) -> str:
    if not lift.found:
        return f"{frame} the {lift.unit} moved by {_percent(lift.value)} {band} against {lift.counterfactual}, which cannot be told from no change"
    size, way = _size(lift)
    return f"{frame} {size} {way} {lift.unit} came {band} than to be expected from {lift.counterfactual}"


def _alone(lift: Lift, frame: str, band: str) -> str:
    moved = f"{frame} the {lift.unit} moved by {_percent(lift.value)} {band} against {lift.counterfactual}"
    if lift.found:
        return f"{moved}, which is consistent with an effect but, without a control, shows none"
    return f"{moved}, which cannot be told from no change"


def _size(lift: Lift) -> tuple[str, str]:
    value = lift.value or 0.0
    return f"{abs(value) * 100:.0f} %", "more" if value > 0 else "fewer"


def _placebo(lift: Lift, shown: int) -> str:
    if not lift.placebo_dates:
        return "no placebo check possible"
    verb = "shows" if shown == 1 else "show"
    return f"{shown} of {plural(lift.placebo_dates, 'placebo date')} {verb} as much"


def _percent(part: float | None) -> str:
    return "unknown" if part is None else f"{signed(part)} %"
