"""Design C: a step in a series without a control, by a structural model of its days (measurement §7).

Local level, weekday cycle and step on ln(y + 1): wide, and "consistent with", never "caused". A plain Poisson
regression with a step would take every slow drift for a lift.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from statsmodels.tsa.statespace.structural import UnobservedComponents

from bot.impact.lift_control import Change
from bot.impact.lift_series import WEEK, Series, Week
from bot.model.impact import ExpectedWeek
from bot.rates import Z

METHOD = "daily local level with weekday cycle and step, version 1"
_ITERATIONS = 200
_NO_VARIANCE = 1e-9  # what rounding leaves of none


class NotFitted(ValueError):
    """The model does not fit this series; the text says why."""


@dataclass(frozen=True, slots=True)
class Step:
    """A fitted step: the change, its log and standard error, and what each day would have been without it."""

    change: Change
    log: float
    error: float
    first: date
    without: tuple[float, ...]

    def expected(self, weeks: Sequence[Week], *, after: bool) -> tuple[ExpectedWeek, ...]:
        """What the level and the weekdays lead one to expect of each week; the step's own error bounds those after."""
        return tuple(self._expected(week, after=after) for week in weeks)

    def _expected(self, week: Week, *, after: bool) -> ExpectedWeek:
        at = (week.start - self.first).days
        middle = math.fsum(self.without[at : at + WEEK.days])
        off = Z * self.error if after else 0.0
        band = (middle * math.exp(-off), middle * math.exp(off)) if after else (None, None)
        return ExpectedWeek(week.start, after, week.value, middle, *band)


def step_at(series: Series, first: date, start: date, end: date) -> Step:
    """The step at ``start`` in the days of ``[first, end)``; unknown days are left out. Raises :class:`NotFitted`.

    At least one day must be known.
    """
    days = series.span(first, end)
    logs = np.log1p(np.array([math.nan if value is None else value for value in days], dtype=float))
    if np.nanstd(logs) < _NO_VARIANCE:
        raise NotFitted("its days do not differ at all, as figures do that were smoothed or estimated")
    on = (np.arange(len(days)) >= (start - first).days).astype(float)
    fitted = _fit(logs, on)
    log, error = float(fitted.params[-1]), float(fitted.bse[-1])
    if not (math.isfinite(log) and math.isfinite(error) and error > 0):
        raise NotFitted("the model of the series found no error of its own")
    change = Change(*map(math.expm1, (log, log - Z * error, log + Z * error)))
    level = fitted.level.smoothed + fitted.seasonal.smoothed
    return Step(change, log, error, first, tuple(np.maximum(0.0, np.expm1(level)).tolist()))


def _fit(logs: Any, on: Any) -> Any:
    """The fitted model. Raises :class:`NotFitted`."""
    try:
        # what the library warns of while it searches shows in the end, as no convergence or no error
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = UnobservedComponents(
                logs, level="local level", seasonal=7, stochastic_seasonal=False, exog=on[:, None]
            )
            fitted = model.fit(disp=False, maxiter=_ITERATIONS)
            if not fitted.mle_retvals["converged"]:
                fitted = model.fit(disp=False, method="powell", maxiter=_ITERATIONS)
            converged = bool(fitted.mle_retvals["converged"])
            _ = fitted.bse  # worked out here, where its warnings stay
    except Exception as error:  # the library's border: linear algebra, optimisers and its own checks raise all sorts
        raise NotFitted("the model of the series could not be fitted") from error
    if not converged:
        raise NotFitted("the model of the series did not converge")
    return fitted
