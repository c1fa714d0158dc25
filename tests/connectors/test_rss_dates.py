from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.rss.dates import first_credible, read_date

TEN = datetime(2026, 2, 3, 10, tzinfo=UTC)
MIDNIGHT = datetime(2026, 2, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "moment"),
    [
        ("Tue, 03 Feb 2026 10:00:00 GMT", TEN),
        ("Tue, 3 Feb 2026 10:00 +0000", TEN),
        ("03 Feb 26 10:00:00 Z", TEN),
        ("Tue, 03 Feb 2026 05:00:00 EST", TEN),
        ("Tue, 03 Feb 2026 10:00:00 +0000 (UTC)", TEN),
        ("Tue, 03 Feb 2026 11:00:00 GMT+1", TEN),
        ("Tue, 03 Feb 2026 10:00:00 Etc/GMT", TEN),
        ("Tue,03 Feb 2026 10:00:00", TEN),
        ("Dienstag, 3. Februar 2026 11:00:00 MEZ", TEN),
        ("mar., 3 février 2026 11:00:00 +0100", TEN),
        ("03-Feb-2026 10:00:00", TEN),
        ("2026-02-03T10:00:00Z", TEN),
        ("2026-02-03T12:30:00.123+02:30", TEN + timedelta(milliseconds=123)),
        ("2026-02-03T10:00:00+0000", TEN),
        ("2026-2-3 10:00", TEN),
        ("2026/02/03 10:00:00", TEN),
        ("Tue, 2026/02/03 05:00:00 EST", TEN),
        ("Tue Feb  3 10:00:00 2026", TEN),
        ("Tue Feb 3 10:00:00 UTC 2026", TEN),
        ("Feb 3, 2026 10:00 AM", TEN),
        ("February 3rd, 2026 at 10:00 a.m. UTC", TEN),
        ("3 Feb 2026", MIDNIGHT),
        ("Feb 3, 2026", MIDNIGHT),
        ("2026-02-03", MIDNIGHT),
        ("20260203", MIDNIGHT),
        ("Mon, 02 Feb 2026 24:00:00 GMT", MIDNIGHT),
        # what feedparser 6 reads wrongly without a sign
        ("2026-02-03 10:00:00 UTC", TEN),
        ("20260203T100000Z", TEN),
        ("20260203100000", TEN),
        ("Tue, 03 Feb 2026 12:00:00 CEST", TEN),
        ("Tue, 03 Feb 2026 11:00:00 BST", TEN),
        ("Tue, 03 Feb 2026 15:30:00 IST", TEN),
        ("1770112800", TEN),
        ("1770112800000", TEN),
    ],
)
def test_a_date_is_read_for_what_it_means(raw: str, moment: datetime) -> None:
    assert read_date(raw) == moment
    assert read_date(f"  {raw}\n") == moment


@pytest.mark.parametrize(
    "raw",
    [
        "", " ", "yesterday", "not a date", "03/02/2026", "2026-034", "0000-00-00", "2026", "2026-02", "-034", "20",
        "2026年2月3日", "Tue, 31 Feb 2026 10:00:00 GMT", "Tue, 03 Foo 2026 10:00:00 GMT", "Tue, 03 Feb 2026 10:00:00 XYZ",
        "2026-02-03T99:00:00Z", "2026-02-03T10:00:00+99:99", "Tue, 03 Feb 2026 25:00:00 GMT", "9" * 400, "١٧٧٠١١٢٨٠٠x",
        "Tue, 03 Feb 2026 10:00:00 " + "x" * 100,
    ],
)  # fmt: skip
def test_a_date_in_doubt_is_no_date(raw: str) -> None:
    assert read_date(raw) is None


@given(st.text(max_size=60))
def test_no_text_makes_reading_a_date_fail(raw: str) -> None:
    moment = read_date(raw)
    assert moment is None or moment.tzinfo is UTC


@given(st.datetimes(datetime(2007, 1, 1), datetime(2026, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 zones are given
def test_every_moment_survives_its_rfc_822_and_iso_forms(moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    assert read_date(f"{moment:%a, %d %b %Y %H:%M:%S +0000}") == moment
    assert read_date(moment.isoformat()) == moment


def test_a_date_is_believed_within_twenty_years_and_a_day() -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    assert first_credible(["2006-11-23"], now) is not None
    assert first_credible(["2006-11-20"], now) is None
    assert first_credible(["2026-11-22T23:59:00Z"], now) is not None
    assert first_credible(["2026-11-23T00:01:00Z"], now) is None
    assert first_credible(["1970-01-01", "rubbish", "2026-02-03"], now) == MIDNIGHT
    assert first_credible([], now) is None
