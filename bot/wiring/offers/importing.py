"""Lists of redemptions, wired: read, redeemed line by line, and, for a dry run, on a copy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass

from bot.offers.intake.import_redemptions import LineReport, LineResult, import_redemptions
from bot.offers.intake.redemption_list import KNOWN, NEEDED
from bot.offers.intake.table import SEPARATORS, read_table
from bot.ports import Clock
from bot.store.verbs import HeardStore
from bot.wiring.offers.counting import Counting
from bot.wiring.offers.own_codes import OwnCodes
from config.settings import Settings


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of a list: how it was read, how many lines ended how, and the lines that were not redeemed."""

    encoding: str
    separator: str
    counts: Counter[LineResult]
    problems: tuple[LineReport, ...]


class Importing:
    """The lists of one configuration."""

    def __init__(self, settings: Settings, store: HeardStore, clock: Clock) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock

    def redemptions(
        self,
        body: bytes,
        *,
        shop: str | None = None,
        dry_run: bool = False,
        progress: Callable[[int], None] | None = None,
    ) -> ImportReport:
        """Takes in a list of redemptions; ``progress`` is told how many lines are done.

        A dry run does all of it on a copy of the database. Raises ConfigError when it is no such list, and StoreError.
        """
        table = read_table(body, KNOWN, NEEDED)
        counts, problems = Counter[LineResult](), []
        with self._store.apart() if dry_run else nullcontext(self._store) as store:
            counting, codes = Counting(self._settings, store, self._clock), OwnCodes(self._settings, store)
            reports = import_redemptions(
                table,
                counting.redeem,
                lambda claim: codes.has(claim.code, claim.offer),
                store.together,
                zone=self._settings.timezone,
                salt=store.salt(),
                shop=shop,
            )
            for report in reports:
                counts[report.result] += 1
                if report.result in {LineResult.REFUSED, LineResult.BAD}:
                    problems.append(report)
                if progress is not None and report.line:
                    progress(report.line)
        return ImportReport(table.encoding, SEPARATORS[table.separator], counts, tuple(problems))
