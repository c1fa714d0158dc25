from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime

from bot.digest.compose import compose
from bot.digest.content.redemptions import doubt, late_lines, redeemed_sentence
from bot.digest.forms.render import render_html, render_text
from bot.model import (
    Audience,
    Chain,
    ChainStory,
    CountedDay,
    CountStatus,
    KeepVerdict,
    KeepWord,
    LateTally,
    Leak,
    Named,
    OfferCount,
    Report,
    Sighting,
    Standing,
)
from tests.digest import sample

WHOLE, X, LETTER, SHOP = sample.offers()
SATURDAY = date(2026, 7, 11)


def day(number: int, status: CountStatus, mismatch: int | None = None) -> CountedDay:
    return CountedDay(date(2026, 7, number), 3, 0, 0, status, mismatch)


def told(*offers: OfferCount, report: Report = sample.COMMUNITY, late: tuple[LateTally, ...] = ()) -> str:
    text = render_text(compose(sample.given(offers=offers, report=report, late_redemptions=late)))
    return re.sub(r"[^\S\n]*\n[^\S\n]*", " ", text)


def test_a_final_count_says_so_once_and_every_other_word_stands_beside_its_own_row() -> None:
    assert "Free truffle · final · 5.4 a day" in told(*sample.offers())
    lags = replace(WHOLE, status="provisional", provisional=3, window_status="provisional")
    text = told(lags, replace(X, status="provisional", provisional=3), LETTER, SHOP)
    assert "Free truffle · 3 provisional · 5.4 a day" in text
    for row in ("X · provisional", "Newsletter · final", "Shop window · final"):
        assert row in text
    assert "was redeemed 23 times (Mon 13 July: 19; provisional)" in text


def test_a_mismatch_says_how_many_and_on_which_days_the_last_three_by_name() -> None:
    days = tuple(day(number, CountStatus.MISMATCH, 1) for number in range(1, 6))
    differs = replace(WHOLE, status="mismatch", mismatch=5, days=(*days, day(9, CountStatus.FINAL)))
    text = told(differs, replace(X, status="mismatch", mismatch=5), LETTER, SHOP)
    assert "mismatch 5 (Fri 3 July, Sat 4 July, Sun 5 July and 2 more)" in text
    assert "X · mismatch 5" in text


def test_days_of_which_not_all_was_told_are_named_and_are_no_part_of_the_pace() -> None:
    gap = replace(day(11, CountStatus.PROVISIONAL), redeemed=0, gap=True)
    dark = replace(WHOLE, status="provisional", window_status="provisional", in_window=0, days=(gap,), gap_days=1)
    text = told(dark, X, LETTER, SHOP)
    assert "Free truffle · provisional (not all told of Sat 11 July) · 5.4 a day [4.6, 6.3] over 29 days" in text
    assert "Free truffle redeemed 0× (provisional)" in text
    some = replace(dark, provisional=3, days=(replace(gap, redeemed=3), day(12, CountStatus.FINAL)))
    assert "3 provisional (not all told of Sat 11 July)" in told(some)
    both = replace(some, status="mismatch", mismatch=2, days=(gap, day(12, CountStatus.MISMATCH, 2)))
    assert "mismatch 2 (Sun 12 July) (not all told of Sat 11 July)" in told(both)


def test_what_is_held_refused_and_given_back_is_told_by_placement() -> None:
    busy = replace(WHOLE, held=2, refused=3, rolled_back=1)
    text = told(busy, replace(X, held=2, refused=1), replace(LETTER, refused=2), replace(SHOP, rolled_back=1))
    assert "2 held (X 2) · 3 refused (X 1, Newsletter 2) · 1 given back (Shop window 1)" in text
    assert "2 held · 3 refused · 1 given back" in told(busy)


def test_pr_and_the_board_read_a_line_an_offer() -> None:
    for audience in (Audience.PR, Audience.EXECUTIVE):
        body = compose(sample.given(report=replace(sample.REPORT, audience=audience)))
        assert [row["placement"] for row in body["redemptions"]] != [None], "programs get every row"
        line = "Free truffle: 23 (Mon 13 July: 19), 161 in all, final, 339 left"
        assert line in re.sub(r"\s+", " ", render_text(body))
        assert "All places" not in render_html(body)


def test_the_word_beside_what_was_redeemed_is_that_of_the_windows_days() -> None:
    long_ago = replace(WHOLE, status="mismatch", mismatch=2)
    assert redeemed_sentence([long_ago], "Monday") == "Free truffle was redeemed 23 times (Monday: 19)."
    assert doubt([WHOLE, replace(X, window_status="provisional"), replace(X, window_status="mismatch")]) == "mismatch"
    body = compose(sample.all_fine(mentions=[], previous=[], offers=[replace(WHOLE, window_status="mismatch")]))
    assert "redeemed 23× (mismatch)" in body["subject_line"]


def test_what_was_told_late_or_given_back_since_is_said_by_day_and_placement() -> None:
    late = (
        LateTally("moonlit", SATURDAY, "X", told=2),
        LateTally("moonlit", SATURDAY, "Shop window", told=1, given_back=1),
        LateTally("moonlit", date(2026, 7, 12), None, given_back=1),
        LateTally("gone", SATURDAY, "X", told=9),
    )
    (line,) = late_lines(late, sample.offers())
    assert (line["told"], line["given_back"]) == (3, 2)
    assert line["text"] == (
        "Free truffle: 3 of Sat 11 July told late (X 2, Shop window 1); "
        "1 of Sat 11 July given back since (Shop window 1); 1 of Sun 12 July given back since."
    )
    for report in (sample.COMMUNITY, sample.REPORT):
        assert line["text"] in told(*sample.offers(), report=report, late=late)
    assert late_lines((), sample.offers()) == []


def test_many_late_days_are_one_part() -> None:
    late = tuple(LateTally("moonlit", date(2026, 7, number), "X", told=2) for number in range(1, 7))
    assert late_lines(late, sample.offers())[0]["text"] == "Free truffle: 12 of 1–6 July told late."


def test_hostile_placements_and_names_are_text() -> None:
    bad = "<script>alert(1)</script>" + "y" * 500
    rows = [replace(row, name=bad, placement=row.placement and bad, status="provisional", held=1) for row in (WHOLE, X)]
    html = render_html(compose(sample.given(offers=rows, report=sample.COMMUNITY)))
    assert "<script" not in html
    assert "y" * 100 not in html


def test_a_body_of_an_earlier_version_is_still_drawn() -> None:
    body = dict(compose(sample.given(report=sample.COMMUNITY)))
    del body["redemptions_late"]
    old = ("held", "provisional", "mismatch", "window_status", "word")
    body["redemptions"] = [
        {key: value for key, value in row.items() if key not in old} | {"status": "provisional"}
        for row in body["redemptions"]
    ]
    assert "Newsletter · provisional" in render_text(body)


AT = datetime(2026, 7, 14, 9, tzinfo=UTC)


def seen(place: str, at: datetime = AT) -> Sighting:
    return Sighting(
        item="x:1", offer="moonlit", named=Named.CODE, code="moonlit praline", issued_for=None, outlet=place, at=at,
        seen_at=at, standing=Standing.OUTSIDE,
    )  # fmt: skip


def chain(*leaks: Leak, stories: int = 0, new_places: tuple[str, ...] = ()) -> Chain:
    told = tuple(
        ChainStory(
            story=str(number), headline="A treat", url=None, first_at=AT, posts=1, voices=1, places=("X",),
            named=(Named.CODE,), standings=(Standing.ALLOWED,), reach={},
        )
        for number in range(stories)
    )  # fmt: skip
    return Chain("moonlit", "Free truffle", sample.WINDOW.interval, told, (), {}, 0, new_places, leaks, "", "")


def leak(place: str, *, active: bool = True) -> Leak:
    return Leak("moonlit", "moonlit praline", None, seen(place), (place,), 1, None, "", 0, 0, active=active)


def test_who_named_an_offer_where_it_leaked_and_whether_to_keep_it_up_are_one_line() -> None:
    keep = KeepVerdict("moonlit", "Free truffle", KeepWord.KEEP, next_check=date(2026, 7, 25))
    found = chain(leak("r/freebies"), leak("dealsite.example"), stories=6, new_places=("a.example",))
    body = compose(sample.given(report=sample.COMMUNITY, chains=[found], keeps=[keep]))
    (line,) = body["offer_news"]
    assert (line["named_by"], line["new_places"], line["leaks"], line["keep"]) == (6, ["a.example"], 2, "keep")
    assert line["text"] == (
        "Free truffle: 6 stories named it, 1 new place; leaked: seen at r/freebies since Tue 14 July and 1 more leak; "
        "verdict: keep it up (until the check on Sat 25 July)."
    )
    assert line["text"] in re.sub(r"\s+", " ", render_text(body))


def test_an_offer_of_which_nothing_is_to_be_said_has_no_line() -> None:
    early = KeepVerdict("moonlit", "Free truffle", KeepWord.TOO_EARLY)
    body = compose(sample.given(chains=[chain(leak("r/freebies", active=False))], keeps=[early]))
    assert body["offer_news"] == []
