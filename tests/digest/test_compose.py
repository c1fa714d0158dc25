from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.digest.compose import DEFAULT_SECTIONS, SECTIONS, compose, sections_of
from bot.digest.content.verdict import SUBJECT_LENGTH
from bot.digest.sending.windows import previous_window, window_covering
from bot.errors import ConfigError
from bot.model import Audience, Interval, Outcome, Period, Report, State, Subject, Target, TargetState
from tests.digest import sample

DAY = timedelta(days=1)
SILENT = {"mentions": (), "messages": (), "messages_before": ()}
PROMISED = {
    "digest", "audience", "period", "subject_line", "verdict", "stories", "messages", "redemptions", "health",
    "coverage", "cost", "late", "not_scored",
}  # fmt: skip


def test_the_body_has_the_promised_keys_and_is_json() -> None:
    body = compose(sample.given())
    assert set(body) >= PROMISED
    assert json.loads(json.dumps(body, allow_nan=False)) == body
    assert body["period"] | {"start": "2026-07-13T22:00:00Z", "end": "2026-07-14T22:00:00Z"} == body["period"]
    assert set(body["stories"][0]) >= {"story", "headline", "why", "score", "reach", "items", "voices", "url"}
    assert set(body["messages"][0]) >= {
        "message", "statement", "period", "relevant", "full", "partial", "misframed", "contrary", "penetration",
        "penetration_low", "penetration_high", "net_pull_through", "low", "high", "corrected", "previous", "verdict",
        "evidence",
    }  # fmt: skip
    assert set(body["redemptions"][0]) >= {
        "offer", "placement", "code_kind", "today", "this_week", "total", "refused", "rolled_back", "cap_remaining",
        "status", "per_day", "low", "high", "verdict",
    }  # fmt: skip
    assert set(body["health"][0]) >= {
        "source", "state", "since", "last_success", "next_poll_at", "coverage", "gaps", "failures", "error",
    }  # fmt: skip


def test_keys_do_not_depend_on_what_happened() -> None:
    empty = compose(sample.given(**SILENT, offers=(), targets=(), covered={}, gaps={}, polls={}))
    assert list(empty) == list(compose(sample.given()))


def test_composing_twice_gives_the_same() -> None:
    assert compose(sample.given()) == compose(sample.given())


def test_the_order_of_the_mentions_does_not_matter() -> None:
    assert compose(sample.given(mentions=sample.a_day()[::-1])) == compose(sample.given())


def test_the_subject_line_tells_the_bad_news_first() -> None:
    line = compose(sample.given())["subject_line"]
    assert line == "Velvet Crumb: ‘single-origin’ contradicted 1×, carried 6/19 · Reddit blocked · 23 redeemed"


def test_the_subject_line_says_more_when_there_is_room() -> None:
    calm = (replace(sample.standings()[0], contrary=0),)
    line = compose(sample.all_fine(messages=calm))["subject_line"]
    assert line == "Velvet Crumb: ‘single-origin’ carried by 6 of 19 · Free truffle redeemed 23×"


def test_the_subject_line_names_a_blocked_source_before_good_news() -> None:
    calm = (replace(sample.standings()[0], contrary=0),)
    assert compose(sample.given(messages=calm))["subject_line"].startswith("Velvet Crumb: Reddit blocked")


@pytest.mark.parametrize("brand", ["V", "A very long brand name that never seems to come to an end at all", "Ω" * 300])
def test_the_subject_line_never_exceeds_its_length(brand: str) -> None:
    own = Subject(sample.CRUMB.id, brand, "x")
    long = replace(sample.standings()[0], message="a-message-with-an-id-that-somebody-made-far-too-long", misframed=3)
    for changes in ({}, SILENT, {"messages": (long,)}, {"messages": (long,), "offers": ()}):
        for audience in Audience:
            line = compose(sample.given(subjects=(own,), report=Report("r", audience), **changes))["subject_line"]
            assert 0 < len(line) <= SUBJECT_LENGTH
            assert line.isprintable()


def test_the_verdict_says_what_was_heard_and_what_stands_in_the_way() -> None:
    assert compose(sample.given())["verdict"] == (
        "“Every bar is single-origin: one farm, one harvest” was contradicted once and carried by 6 of 19 stories. "
        "Reddit blocked since Tue 04:10 and 3 of 41 feeds failing, so the counts may be too low."
    )


def test_without_messages_the_verdict_is_about_tone() -> None:
    body = compose(sample.all_fine(messages=(), messages_before=()))
    assert body["verdict"].startswith("20 mentions by others: 12 positive, 1 neutral, 6 negative and 1 not scored.")
    assert body["subject_line"] == "Velvet Crumb: 12 of 20 mentions positive · Free truffle redeemed 23×"


def test_community_hears_first_what_waits_for_an_answer() -> None:
    body = compose(sample.given(report=sample.COMMUNITY))
    assert (
        body["subject_line"] == "Velvet Crumb: 4 to answer · Free truffle redeemed 23× · Reddit blocked since Tue 04:10"
    )
    assert body["verdict"].startswith(
        "4 mentions want an answer. Free truffle was redeemed 23 times (Mon 13 July: 19)."
    )
    assert body["verdict_first"] == "4 mentions want an answer."
    assert body["sections"][:2] == ["answer", "redemptions"]


def test_an_empty_day_is_quiet_only_where_we_looked() -> None:
    quiet = compose(sample.all_fine(**SILENT))
    assert quiet["coverage"] == {
        "text": "Every source was looked at throughout.",
        "share": 1.0,
        "quiet": True,
        "looked": True,
        "looked_before": True,
    }
    assert quiet["verdict"].startswith("Nothing was said about Velvet Crumb: every source was looked at throughout.")
    assert quiet["subject_line"].startswith("Velvet Crumb: a quiet day, nothing was said")


def test_an_empty_day_that_nobody_looked_at_is_not_quiet() -> None:
    blind = compose(sample.given(**SILENT))
    told = json.dumps(blind, ensure_ascii=False).casefold()
    assert "nothing was said" not in told
    assert "quiet day" not in told
    assert blind["verdict"].startswith("We could not look everywhere: Reddit blocked since Tue 04:10 and 3 of 41 feeds")
    assert "we could not look everywhere" in blind["subject_line"]


def test_a_dead_collector_never_looks_like_a_quiet_week() -> None:
    report = Report("r", Audience.PR, Period.WEEK)
    window = window_covering(report, date(2026, 7, 12), sample.ZONE)
    for targets in ((), (TargetState(Target("reddit"), State.OK, last_success=sample.NOW),)):
        body = compose(
            sample.given(
                **SILENT,
                report=report,
                window=window,
                previous_window=previous_window(report, window),
                targets=targets,
                covered={},
                gaps={},
                offers=(),
            )
        )
        assert body["verdict"].startswith("We could not look: ")
        assert "quiet" not in body["subject_line"]
        assert body["coverage"]["quiet"] is False


def test_one_blind_source_among_many_forbids_calling_it_quiet() -> None:
    healthy = {target: spans for target, spans in sample.all_covered().items() if target != sample.X}
    assert compose(sample.all_fine(**SILENT, covered=healthy))["coverage"]["quiet"] is False


def test_a_quiet_week_is_called_a_week() -> None:
    report = Report("r", Audience.PR, Period.WEEK)
    window = window_covering(report, date(2026, 7, 12), sample.ZONE)
    whole = {target: (Interval(window.start, window.end),) for target in sample.all_covered()}
    body = compose(
        sample.all_fine(
            **SILENT, report=report, window=window, previous_window=previous_window(report, window), covered=whole
        )
    )
    assert body["subject_line"].startswith("Velvet Crumb: a quiet week")
    assert body["period"]["text"] == "6 to 12 July 2026"


def test_messages_show_counts_of_both_periods_and_a_share_only_when_there_are_enough() -> None:
    few, enough = sorted(compose(sample.given())["messages"], key=lambda row: row["relevant"])
    assert (few["verdict"], few["penetration"], few["low"]) == ("too few to say", None, None)
    assert (few["full"], few["absent"], few["previous"]["full"]) == (6, 10, 4)
    assert (enough["penetration"], enough["penetration_low"], enough["penetration_high"]) == (0.54, 0.35, 0.72)
    assert enough["text"] == "happening: at least partly in 54 % [35, 72]"
    assert "%" not in few["text"]


def test_nineteen_stories_give_no_percentage_even_when_one_was_worked_out() -> None:
    shares = {"penetration": 0.4, "penetration_low": 0.2, "penetration_high": 0.6, "verdict": "happening"}
    row = compose(sample.given(messages=(replace(sample.standings()[0], **shares),)))["messages"][0]
    assert (row["relevant"], row["penetration"], row["verdict"], row["text"]) == (19, None, *["too few to say"] * 2)


def test_what_contradicts_a_message_is_its_first_evidence() -> None:
    evidence = next(row for row in compose(sample.given())["messages"] if row["message"] == "single-origin")["evidence"]
    assert [piece["outcome"] for piece in evidence] == ["contrary", "full"]
    assert evidence[0]["quote"] == "they buy from four brokers, so it is not single-origin at all"
    assert evidence[0]["url"] == "https://reddit.example/r/chocolate/brokers"


def test_quotes_are_verbatim() -> None:
    texts = {scored.mention.id: scored.mention.item.text for scored in sample.a_day()}
    body = compose(sample.given())
    quotes = [(story["quote"]["mention"], story["quote"]["text"]) for story in body["stories"] if story["quote"]]
    quotes += [(piece["mention"], piece["quote"]) for row in body["messages"] for piece in row["evidence"]]
    assert len(quotes) >= 4
    assert all(quote in texts[mention] for mention, quote in quotes)


def test_a_contradicted_message_stands_above_one_that_is_carried_more() -> None:
    carried, contradicted = sample.standings()[::-1]
    rows = compose(sample.given(messages=(replace(carried, misframed=0), contradicted)))["messages"]
    assert [row["message"] for row in rows] == ["single-origin", "free-truffle"]


def test_competitors_are_counted_apart_with_a_caution() -> None:
    tone = compose(sample.given())["tone"]
    assert tone["competitors"] == [{"subject": "cocoa-lane", "name": "Cocoa Lane", "mentions": 7, "previous": 9}]
    assert "Counts only" in tone["competitors_text"]
    assert tone["positive"] + tone["neutral"] + tone["negative"] + tone["not_scored"] == tone["earned"] == 20
    assert tone["own_text"] == 1


def test_totals_are_sums_of_what_was_told() -> None:
    body = compose(sample.given())
    assert body["mentions"] == body["tone"]["earned"] + body["tone"]["own_text"] == 21
    assert (body["late"], body["not_scored"]) == (1, 1)


def test_what_came_late_has_a_line_of_its_own_and_is_in_no_count_of_tone() -> None:
    body = compose(sample.given())
    assert body["late_text"].startswith("1 more mention came late, from Mon 13 July: ")
    on_time = [scored for scored in sample.a_day() if not scored.late]
    without = compose(sample.given(mentions=on_time))
    assert (without["tone"], without["mentions"], without["late_text"]) == (body["tone"], body["mentions"], "")
    weeks = [sample.said(f"l{day}", "Velvet Crumb.", late=True, at=sample.BEFORE.start - day * DAY) for day in (1, 5)]
    assert compose(sample.given(mentions=weeks))["late_text"].startswith("2 more mentions came late, from 8–12 July: ")


def test_a_late_story_against_a_message_is_in_the_verdict_though_in_no_count() -> None:
    against = sample.said("b", "No.", late=True, at=sample.BEFORE.start, alignments=[("m", Outcome.CONTRARY, "No.")])
    body = compose(sample.given(mentions=[*sample.a_day(), against]))
    assert body["verdict"].endswith("1 story that came late goes against a key message.")
    ours = compose(sample.given(mentions=[*sample.a_day(), against], own_stories={"release", "b"}))
    assert "against a key message" not in ours["verdict"]


def test_a_period_with_late_mentions_only_is_quiet_and_says_what_came() -> None:
    late = [scored for scored in sample.a_day() if scored.late]
    body = compose(sample.all_fine(**SILENT | {"mentions": late}))
    assert body["subject_line"].startswith("Velvet Crumb: a quiet day, nothing was said · 1 from before came late")
    assert "1 mention from before came late." in body["verdict"]
    assert [story["facts"] for story in body["stories"]] == ["1 item · 1 voice · score +0.9 · came late"]


def test_days_that_no_digest_covered_are_named() -> None:
    body = compose(sample.given(told_until=sample.WINDOW.start - 7 * DAY))
    assert body["missed"] == {
        "start": "2026-07-06T22:00:00Z",
        "end": "2026-07-13T22:00:00Z",
        "text": "No digest covered 7–13 July.",
    }
    assert body["verdict"].endswith("No digest covered 7–13 July.")
    one = compose(sample.given(told_until=sample.WINDOW.start - DAY))
    assert one["missed"]["text"] == "No digest covered Mon 13 July."
    for told_until in (None, sample.WINDOW.start, sample.WINDOW.end):
        assert compose(sample.given(told_until=told_until))["missed"] is None


def test_a_day_of_nothing_but_reprints_is_told_as_such() -> None:
    reprints = [
        sample.said(f"r{place}", "We open.", story="release", outlet=f"paper{place}.example") for place in range(3)
    ]
    body = compose(sample.all_fine(**SILENT | {"mentions": reprints}))
    assert body["subject_line"].startswith("Velvet Crumb: only our own text, in 3 places")
    assert (body["tone"]["earned"], body["tone"]["own_text"]) == (0, 3)


def test_redemptions_come_with_their_places_and_pace() -> None:
    rows = compose(sample.given(report=sample.COMMUNITY))["redemptions"]
    assert [row["placement"] for row in rows] == [None, "X", "Newsletter", "Shop window"]
    whole = rows[0]
    assert whole["in_window"] == sum(row["in_window"] for row in rows[1:])
    assert whole["text"] == "final · 5.4 a day [4.6, 6.3] over 30 days · 339 left · 2 refused"
    assert (whole["per_day"], whole["low"], whole["high"]) == (5.4, 4.6, 6.3)


def test_offers_are_kept_together_whatever_the_order() -> None:
    second = [replace(row, offer="other", name="Other") for row in sample.offers()[:2]]
    first = list(sample.offers())
    mixed = [first[1], second[0], first[0], second[1], *first[2:]]
    rows = compose(sample.given(offers=mixed, report=sample.COMMUNITY))["redemptions"]
    assert [(row["offer"], row["placement"]) for row in rows] == [
        ("moonlit", None), ("moonlit", "X"), ("moonlit", "Newsletter"), ("moonlit", "Shop window"),
        ("other", None), ("other", "X"),
    ]  # fmt: skip


def test_without_an_offer_the_digest_admits_that_it_measures_no_outcome() -> None:
    assert "Nothing here measures an outcome" in compose(sample.given(offers=()))["method"]
    assert "outcome" not in compose(sample.given())["method"]


def test_model_counts_are_called_uncorrected() -> None:
    assert "not corrected" in compose(sample.given())["method"]


def test_sections_follow_the_report_and_the_rest_stays_empty() -> None:
    body = compose(sample.given(report=replace(sample.REPORT, sections=("health", "redemptions"))))
    assert body["sections"] == ["health", "redemptions"]
    assert (body["stories"], body["messages"], body["answer"], body["tone"]) == ([], [], [], None)
    assert body["redemptions"]
    assert body["health"]


def test_an_unknown_section_is_an_error_that_names_the_allowed_ones() -> None:
    with pytest.raises(ConfigError, match=r"'morning'.*'charts'.*stories, messages"):
        compose(sample.given(report=replace(sample.REPORT, sections=("charts",))))


def test_every_audience_has_sections_that_exist() -> None:
    for audience in Audience:
        assert sections_of(Report("r", audience)) == DEFAULT_SECTIONS[audience]
        assert set(DEFAULT_SECTIONS[audience]) <= set(SECTIONS)


def test_a_mention_of_no_known_subject_and_a_removed_one_are_not_told() -> None:
    stranger = sample.said("stranger", "Gone.", subject="unknown")
    removed = sample.said("removed", "Velvet Crumb.", score=9.0)
    removed = replace(removed, mention=replace(removed.mention, item=replace(removed.mention.item, removed=True)))
    assert compose(sample.given(mentions=[*sample.a_day(), stranger, removed])) == compose(sample.given())


def test_times_are_told_in_the_digests_zone() -> None:
    there = sample.given(window=replace(sample.WINDOW, timezone="America/New_York"))
    reddit = next(row for row in compose(there)["health"] if row["source"] == "reddit")
    assert "since Mon 22:10" in reddit["text"]


def test_many_misframed_stories_are_told_as_such() -> None:
    wrong = (replace(sample.standings()[0], contrary=0, misframed=2),)
    body = compose(sample.all_fine(messages=wrong))
    assert "misframed by 2" in body["subject_line"]
    assert "was misframed twice and carried by 6" in body["verdict"]


def test_a_mention_without_tone_is_counted_as_not_scored() -> None:
    only = [
        sample.said(
            "finnish",
            "Velvet Crumb on ihan hyvä paikka.",
            tone=None,
            alignments=[("single-origin", Outcome.CONTRARY, "hyvä")],
        )
    ]
    body = compose(sample.all_fine(mentions=only))
    assert body["not_scored"] == 1
    assert body["stories"][0]["score"] is None
    assert "not scored" in body["stories"][0]["facts"]
    assert body["stories"][0]["why"].startswith("Tone not scored; ")


def test_a_window_open_by_a_second_does_not_break_anything() -> None:
    tiny = replace(sample.WINDOW, end=sample.WINDOW.start + timedelta(seconds=1))
    assert compose(sample.given(window=tiny))["coverage"]["share"] > 0
