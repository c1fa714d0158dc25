"""Fitting what has grown: the same for relevance and for messages, with scikit-learn or without it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from bot.errors import ConfigError

Fit = TypeVar("Fit")
Thing = TypeVar("Thing")


class Fitting(Generic[Fit]):
    """Fits one thing after another with what ``load`` brings; where that is missing, says so once."""

    def __init__(self, load: Callable[[], Fit], log: logging.Logger) -> None:
        self._load = load
        self._log = log
        self._told_missing = False

    def each(self, grown: Sequence[Thing], fit: Callable[[Fit, Thing], object], *, stop: Callable[[], bool]) -> int:
        """Fits each of ``grown`` until told to stop; how many were fitted. Loads nothing for nothing."""
        if not grown:
            return 0
        try:
            loaded = self._load()
        except ConfigError as error:
            if not self._told_missing:
                self._log.warning("%s", error)
            self._told_missing = True
            return 0
        done = 0
        for thing in grown:
            if stop():
                break
            fit(loaded, thing)
            done += 1
        return done
