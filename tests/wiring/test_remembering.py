"""How much was said over time: what is no longer kept is not taken for silence."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from bot.digest.sending.windows import previous_window, window_covering
from bot.model import Audience, Interval, Page, Period, Report
from bot.wiring.tell.remembering import history
from tests.support.database import store_in_memory
from tests.support.samples import BLOGS, NOON

DAY = timedelta(days=1)
REPORT = Report("monthly", Audience.PR, Period.MONTH)


def test_a_month_of_which_the_numbers_are_gone_does_not_count_as_looked_at() -> None:
    last = date(NOON.year, NOON.month, 1) - DAY
    window = window_covering(REPORT, last, "UTC")
    before = previous_window(REPORT, window)
    store = store_in_memory()
    store.add_targets([BLOGS], NOON)
    whole = Interval(window.end - 200 * DAY, window.end)
    store.save_page(BLOGS, Page(covered=whole), [], window.end, window.end)

    def looked(since: datetime | None) -> tuple[bool, bool, int]:
        found = history(store, [BLOGS], ["moon"], REPORT, window, before, since)
        return found.now.looked, found.before.looked, sum(one.looked for one in found.days)

    assert looked(None) == (True, True, 92)
    assert looked(before.start) == (True, True, (window.end - before.start).days)
    assert looked(before.start + DAY) == (True, False, (window.end - before.start).days - 1)
    assert looked(window.end) == (False, False, 0)
    store.close()
