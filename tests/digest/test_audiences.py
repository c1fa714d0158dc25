"""What each audience is told, and that every form of it says the same with the same evidence."""

from __future__ import annotations

import io
import json
import re
import unicodedata
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from bot.digest.compose import DEFAULT_SECTIONS, SECTIONS, compose
from bot.digest.content.verdict import SUBJECT_LENGTH
from bot.digest.forms.layout import Linked, Page, lay_out
from bot.digest.forms.render import render_html, render_json, render_terminal, render_text
from bot.model import Audience, KeepVerdict, KeepWord
from bot.model.impact import ObjectiveVerdict
from tests.digest import made, sample
from tests.support.counts import FULL, examples

AUDIENCES = tuple(Audience)
NOTHING: dict[str, Any] = {
    "activities": (), "objectives": (), "charts": (), "voices": None, "lifts": (), "funnel": None, "alerts": (),
    "history": None, "feedback": None,
}  # fmt: skip
everybody = pytest.mark.parametrize("audience", AUDIENCES)


def words(page: Page) -> str:
    """Everything that the page says, in order."""
    parts = [page.subject_line, page.verdict]
    for section in page.sections:
        parts += [section.title, *section.columns, *(line.text for line in section.lines)]
        for piece in section.pieces:
            parts += [piece.headline, piece.why, piece.facts, piece.quote.text if piece.quote else ""]
        for group in section.groups:
            parts += [group.title, group.facts, *(row.label for row in group.rows)]
            parts += [cell.text for row in group.rows for cell in row.cells]
    return "\n".join(parts)


def told(audience: Audience, *sections: str, **changes: Any) -> str:
    return words(lay_out(compose(made.given(audience, *sections, **changes))))


def terminal(body: Any) -> str:
    out = io.StringIO()
    Console(file=out, width=400, color_system=None).print(render_terminal(body))
    return out.getvalue()


def numbers(text: str) -> Counter[str]:
    return Counter(re.findall(r"\d+(?:[.,:]\d+)*", re.sub(r"https?://\S+", "", text)))


def seen(html: str) -> str:
    tree = HTMLParser(html)
    for node in tree.css("style, .preview"):
        node.decompose()
    return " ".join(node.text(separator=" ") for node in tree.css("title, body"))


@everybody
def test_each_audience_reads_its_own_sections_in_its_own_order(audience: Audience) -> None:
    body = compose(made.given(audience))
    assert tuple(body["sections"]) == DEFAULT_SECTIONS[audience]
    assert [section.key for section in lay_out(body).sections] == list(DEFAULT_SECTIONS[audience])


@everybody
def test_every_form_says_the_same_numbers_for_each_audience(audience: Audience) -> None:
    body = compose(made.given(audience))
    text, html, screen = numbers(render_text(body)), numbers(seen(render_html(body))), numbers(terminal(body))
    assert text == html == screen
    assert text.total() > 20
    assert json.loads(render_json(body)) == body


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(st.sampled_from(SECTIONS), unique=True, min_size=1), st.sampled_from(AUDIENCES))
def test_the_sections_that_are_chosen_are_those_that_are_shown(sections: list[str], audience: Audience) -> None:
    body = compose(made.given(audience, *sections))
    page = lay_out(body)
    assert [section.key for section in page.sections] == sections
    assert {chart["name"].partition("-")[0] for chart in body["charts"]} == {
        name for name, section in (("volume", "volume"), ("objective", "objectives")) if section in sections
    }
    named = {section.picture.name for section in page.sections if section.picture}
    named |= {group.picture.name for section in page.sections for group in section.groups if group.picture}
    assert named == {chart["name"] for chart in body["charts"]}


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(st.sampled_from(SECTIONS), unique=True, min_size=1), st.sampled_from(AUDIENCES))
def test_a_section_without_anything_to_say_is_left_out_and_breaks_nothing(
    sections: list[str], audience: Audience
) -> None:
    silent = {"mentions": (), "messages": (), "messages_before": (), "offers": (), "targets": ()}
    body = compose(made.given(audience, *sections, **NOTHING | silent))
    assert [section.key for section in lay_out(body).sections if section.key in ("volume", "share", "objectives")] == []
    assert render_text(body)
    assert render_html(body)


def test_keys_do_not_depend_on_the_audience_nor_on_what_came_of_the_work() -> None:
    keys = [list(compose(made.given(audience))) for audience in Audience]
    keys += [list(compose(made.given(audience, **NOTHING))) for audience in Audience]
    assert all(found == keys[0] for found in keys)


def test_a_body_of_before_the_new_sections_is_still_read() -> None:
    body = compose(
        made.given(Audience.PR, "stories", "messages", "tone", "score", "redemptions", "answer", "health", "cost")
    )
    new = {"objectives", "advice", "alerts", "share_of_voice", "volume", "lifts", "lifts_refused", "funnel", "feedback", "due",
           "charts", "more_evidence"}  # fmt: skip
    old = {key: value for key, value in body.items() if key not in new}
    old["health"] = [
        {key: value for key, value in row.items() if key not in ("matter", "polls", "lasting")} for row in old["health"]
    ]
    assert words(lay_out(old)) == words(lay_out(body))


# Executives


def test_the_executives_subject_line_counts_the_objectives_what_is_amiss_first() -> None:
    body = compose(made.given(Audience.EXECUTIVE))
    assert body["subject_line"].startswith(
        "Velvet Crumb: 4 objectives: 1 off track, 1 cannot tell yet, 1 on track, 1 met"
    )
    assert len(body["subject_line"]) <= SUBJECT_LENGTH
    assert body["verdict"].startswith("4 objectives: 1 off track, 1 cannot tell yet, 1 on track, 1 met. ")


def test_objectives_of_which_nothing_can_be_told_are_not_called_well_or_ill() -> None:
    open_ones = tuple(made.standing(f"o{place}", ObjectiveVerdict.CANNOT_TELL, 0.1) for place in range(3))
    line = compose(made.given(Audience.EXECUTIVE, objectives=open_ones))["subject_line"]
    assert line.startswith("Velvet Crumb: 3 objectives: nothing can be told yet")


def test_an_objective_is_a_row_and_the_first_that_is_amiss_shows_where_it_stood() -> None:
    body = compose(made.given(Audience.EXECUTIVE))
    first, *others = lay_out(body).sections[0].groups
    assert [(row.label, [cell.text for cell in row.cells]) for row in first.rows] == [
        ("8–14 July, due by 30 Sept 2026", ["8.0 % [4.0, 12.0]", "15 % or more", "off track"]),
        ("1–7 July", ["7.0 % [3.0, 11.0]", "", ""]),
        ("24–30 June", ["6.0 % [2.0, 10.0]", "", ""]),
        ("17–23 June", ["5.0 % [1.0, 9.0]", "", ""]),
    ]
    assert first.title == "Press: People know about wrapper"
    assert first.url == first.rows[0].cells[0].url == f"{made.PUBLIC}/impact/wrapper"
    assert first.picture
    assert [chart["name"] for chart in body["charts"]] == ["objective-wrapper"]
    assert [(len(group.rows), group.picture) for group in others] == [(1, None)] * 3


def test_no_course_is_drawn_of_few_periods_nor_of_what_goes_well() -> None:
    few = replace(made.standing("wrapper", ObjectiveVerdict.OFF_TRACK, 0.08), trend=())
    well = made.standing("growers", ObjectiveVerdict.ON_TRACK, 0.2)
    body = compose(made.given(Audience.EXECUTIVE, objectives=(few, well)))
    assert body["charts"] == []
    assert [len(group.rows) for group in lay_out(body).sections[0].groups] == [1, 1]


def test_what_was_not_measured_says_why_and_never_nought() -> None:
    page = lay_out(compose(made.given(Audience.EXECUTIVE)))
    group = next(group for group in page.sections[0].groups if "school" in group.title)
    assert group.facts == "nobody looked"
    row = group.rows[0]
    assert [row.cells[0].text, row.cells[2].text] == ["not known", "cannot tell yet"]


def test_every_advice_comes_from_a_verdict_and_a_rule_is_quoted_word_for_word() -> None:
    rows = compose(made.given(Audience.EXECUTIVE, messages=()))["advice"]
    assert [(row["kind"], row["about"]) for row in rows] == [
        ("change", "wrapper"), ("start", "school"), ("continue", "truffle"), ("continue", "growers"), ("continue", "market"),
    ]  # fmt: skip
    assert rows[0]["text"] == (
        "what to change for ‘People know about wrapper’, Ann: off track (8.0 % [4.0, 12.0]). "
        "The rule that was set: “Below 10 % after eight weeks: say it otherwise.”"
    )
    assert rows[1]["text"] == "measuring it for ‘People know about school’, Ann: nobody looked."


def test_an_offer_that_is_to_be_stopped_stands_first() -> None:
    keeps = (KeepVerdict("moonlit", "Free truffle", KeepWord.STOP, "it costs more than it brings."),)
    rows = compose(made.given(Audience.EXECUTIVE, keeps=keeps))["advice"]
    assert (rows[0]["word"], rows[0]["text"]) == (
        "Stop", "offer ‘Free truffle’, stop it: it costs more than it brings.",
    )  # fmt: skip


def test_nothing_is_advised_where_nothing_can_be_told() -> None:
    keeps = (KeepVerdict("moonlit", "Free truffle", KeepWord.TOO_EARLY),)
    few = (made.standing("o", ObjectiveVerdict.CANNOT_TELL, 0.1),)
    changes: dict[str, Any] = {"keeps": keeps, "objectives": few, "lifts": (), "messages": ()}
    assert compose(made.given(Audience.EXECUTIVE, **changes))["advice"] == []
    page = lay_out(compose(made.given(Audience.EXECUTIVE, **changes)))
    assert "advice" not in [section.key for section in page.sections]


def test_a_lift_that_is_refused_is_no_figure() -> None:
    text = told(Audience.EXECUTIVE, "lift")
    assert "Kitchen opens" not in text
    assert "30 % more stories [10, 50]" in text


def test_the_funnel_never_adds_what_two_providers_counted() -> None:
    text = told(Audience.EXECUTIVE, "funnel")
    assert "Clicks: 140 clicks (Shortener), clicks of spring not known (Mail tool)." in text
    assert "3 of 4 own posts carried a tracked link or a code." in text


# Operations


def test_operations_read_how_looking_went() -> None:
    body = compose(made.given(Audience.OPERATIONS))
    assert body["subject_line"].startswith("Velvet Crumb: Reddit blocked")
    assert "covered" in body["subject_line"]
    assert body["verdict"].startswith(
        "1 of 3 sources is well. Reddit blocked since Tue 04:10 and 3 of 41 feeds failing; "
    )
    health = lay_out(body).sections[0]
    assert health.columns == ("Covered", "Polls", "Failed", "Reads", "Cost")
    rows = {group.title: [cell.text for cell in group.rows[0].cells] for group in health.groups}
    assert rows["X"] == ["100 %", "96", "0", "246", "$1.23"]
    assert rows["Reddit"][1:] == ["30", "3", "0", "–"]


def test_operations_are_told_plainly_when_all_is_well() -> None:
    body = compose(sample.all_fine(report=made.report(Audience.OPERATIONS)))
    assert body["subject_line"] == "Velvet Crumb: All 3 sources are well · 100 % covered · at most $1.23 spent"


def test_deletions_are_not_claimed_to_be_scheduled() -> None:
    assert "None is scheduled" in told(Audience.OPERATIONS)


# PR


def test_share_of_voice_comes_with_its_intervals_and_replaces_the_bare_count_of_competitors() -> None:
    page = lay_out(compose(made.given(Audience.PR)))
    share = next(section for section in page.sections if section.key == "share")
    own, rival = (line.text for line in share.lines)
    assert own == (
        "Velvet Crumb 75 % [57, 87], 21 stories; +10 points [−8, +28] compared with Mon 13 July. "
        "Of 28 stories by others at X and Reddit, like for like."
    )
    assert rival == "Cocoa Lane 25 % [13, 43], 7 stories; −10 points [−28, +8] compared with Mon 13 July."
    assert "Counts only" not in words(page)
    assert "Counts only" in told(Audience.PR, voices=None)


def test_too_few_stories_give_no_share() -> None:
    few = replace(made.voices(), shares=tuple(
        replace(one, stories=2, share=None, low=None, high=None, change=None) for one in made.voices().shares
    ))  # fmt: skip
    text = told(Audience.PR, "share", voices=few)
    assert "too few to say" in text
    assert "%" not in text.partition("Share of voice")[2].replace("[95 %]", "")


def test_alerts_of_the_window_are_told_the_most_severe_first() -> None:
    rows = compose(made.given(Audience.PR, alerts=tuple(made.alert(place) for place in range(1, 8))))["alerts"]
    assert rows[0]["text"] == "Velvet Crumb: 20 stories on Tue 14 July, where 3 to 16 are usual."
    assert (len(rows), rows[-1]["text"]) == (6, "And 2 more alerts.")


def test_what_readers_set_right_is_told() -> None:
    assert "2 corrections by readers since the last digest" in told(Audience.PR)


# Evidence


def addresses(page: Page) -> set[str]:
    found: set[str | None] = set()
    for section in page.sections:
        found |= {line.url for line in section.lines}
        for piece in section.pieces:
            found |= {piece.evidence}
        for group in section.groups:
            found |= {group.url, *(cell.url for row in group.rows for cell in row.cells)}
    return {url for url in found if url}


@everybody
def test_without_a_public_address_no_number_leads_anywhere(audience: Audience) -> None:
    assert addresses(lay_out(compose(made.given(audience, *SECTIONS, public_url="")))) == set()


def test_numbers_lead_to_the_pages_of_their_evidence() -> None:
    page = lay_out(compose(made.given(Audience.PR, *SECTIONS)))
    found = addresses(page)
    window = "since=2026-07-14&until=2026-07-15"
    assert {
        f"{made.PUBLIC}/mentions?subject=velvet-crumb&message=single-origin&outcome=contrary&{window}",
        f"{made.PUBLIC}/mentions?subject=velvet-crumb&by=others&{window}",
        f"{made.PUBLIC}/mentions?subject=cocoa-lane&{window}",
        f"{made.PUBLIC}/mentions?subject=velvet-crumb&story=brokers",
        f"{made.PUBLIC}/impact/growers",
        f"{made.PUBLIC}/desk/offers/moonlit",
    } <= found
    assert all(url.startswith(f"{made.PUBLIC}/") for url in found)


def test_every_count_of_a_message_leads_to_what_it_counts() -> None:
    page = lay_out(compose(made.given(Audience.PR, "messages")))
    for group in page.sections[0].groups:
        assert all(cell.url for cell in group.rows[0].cells)
        assert len({cell.url for cell in group.rows[0].cells}) == len(group.rows[0].cells)


def test_names_of_configured_things_cannot_break_an_address() -> None:
    hostile = tuple(replace(row, message='a&b=c d"<é>') for row in sample.standings())
    page = lay_out(compose(made.given(Audience.PR, "messages", messages=hostile)))
    for url in addresses(page):
        assert re.fullmatch(r"[!-~]+", url)
        assert not set('<>"') & set(url)


def test_a_cell_is_words_and_an_address_only() -> None:
    assert Linked("4").url is None


# Change


def volume(**changes: Any) -> dict[str, Any]:
    row: dict[str, Any] = compose(made.given(Audience.PR, **changes))["volume"]
    return row


def test_a_day_stands_beside_the_day_before_and_the_same_weekday() -> None:
    row = volume()
    assert row["text"] == "26 stories by others, 6 of them negative. Mon 13 July: 20, 3 negative (+30 %)."
    assert row["weekdays_text"] == "The last 4 Tuesdays: 15 to 21, median 18; negative: 1 to 4, median 2.5."
    assert row["weekdays"] == {"stories": [15, 17, 19, 21], "median": 18.0, "asked": 4}


def test_too_few_covered_weekdays_are_no_usual_tuesday() -> None:
    row = volume(history=made.history(weeks_seen=2))
    assert row["weekdays_text"] == "Against other Tuesdays: too few to say, 2 of the last 4 were looked at throughout."
    assert row["weekdays"]["median"] is None
    three = volume(history=made.history(weeks_seen=3))["weekdays_text"]
    assert three.startswith("3 of the last 4 Tuesdays, those looked at throughout: 15 to 19, median 17")


def test_no_percentage_is_told_of_tiny_counts() -> None:
    found = made.history()
    few = replace(found, now=replace(found.now, negative=0, neutral=0, positive=3, unknown=0))
    assert "%" not in volume(history=few)["text"]
    assert volume(history=few)["text"].startswith("3 stories by others, none of them negative.")


def test_a_day_that_was_not_looked_at_is_no_low_day() -> None:
    found = made.history()
    row = volume(history=replace(found, now=replace(found.now, looked=False)))
    assert row["text"].startswith("At least 26 stories")
    assert "%" not in row["text"]
    blind = volume(history=replace(found, before=replace(found.before, looked=False)))
    assert blind["text"].endswith("Mon 13 July: 20, but not everything was looked at then.")


def test_the_chart_holds_every_day_since_heard_was_there_and_what_was_done() -> None:
    found = made.history()
    late = tuple(replace(one, negative=0, neutral=0, positive=0, looked=False) for one in found.days[:10])
    body = compose(made.given(Audience.PR, history=replace(found, days=(*late, *found.days[10:]))))
    chart = next(chart for chart in body["charts"] if chart["name"] == "volume")
    assert [chart["days"][0]["day"], chart["days"][-1]["day"], len(chart["days"])] == ["2026-06-27", "2026-07-14", 18]
    assert [day["day"] for day in chart["days"] if not day["looked"]] == ["2026-07-05", "2026-07-09"]
    assert chart["marks"] == [{"day": "2026-07-08", "text": "Kitchen opens", "kind": "press release"}]
    assert "Done in this time: Kitchen opens (press release, Wed 8 July)." in body["volume"]["done_text"]


def test_each_day_of_the_chart_is_one_local_day() -> None:
    found = made.history()
    days = next(chart for chart in compose(made.given(Audience.PR))["charts"] if chart["name"] == "volume")["days"]
    dates = [day["day"] for day in days]
    assert dates == sorted(set(dates))
    assert len(dates) == len(found.days)


# Form


@everybody
def test_text_and_terminal_keep_to_their_columns(audience: Audience) -> None:
    body = compose(made.given(audience, *SECTIONS))
    wide = [line for line in render_text(body).splitlines() if cell_len(line) > 76]
    assert all(line.strip().startswith("https://") for line in wide)
    out = io.StringIO()
    Console(file=out, width=80, color_system=None).print(render_terminal(body))
    assert max(cell_len(line.rstrip()) for line in out.getvalue().splitlines()) <= 80


BOMB = "<script>alert(1)</script>\r\n\r\nBcc: a@b.example\x00\x1b[31m\"'><img src=x> {{ 7*7 }} [bold]x[/bold] \u202egnirts\u2066"


@pytest.mark.parametrize(
    "text", [BOMB, "x" * 100_000, "\u0301" * 5_000, "", "مرحبا " * 5_000, "👩‍🍳" * 5_000][: None if FULL else 3]
)
@everybody
def test_hostile_names_of_everything_do_no_harm(audience: Audience, text: str) -> None:
    changes: dict[str, Any] = {
        "activities": tuple(replace(one, name=text, kind=text) for one in (made.RELEASE, made.MARKET)),
        "objectives": tuple(made.renamed(one, text) for one in made.objectives()),
        "voices": made.renamed_voices(text),
        "lifts": tuple(replace(one, name=text, text=text, refused=text) for one in made.world()["lifts"]),
        "subjects": (replace(sample.CRUMB, name=text), replace(sample.COCOA, name=text)),
        "feedback": replace(made.world()["feedback"], text=text),
        "funnel": replace(made.funnel(), caveat=text),
        "keeps": (KeepVerdict("moonlit", text, KeepWord.STOP, text),),
    }
    body = compose(made.given(audience, *SECTIONS, **changes))
    html, text_form = render_html(body), render_text(body)
    assert len(html) < 100_000
    assert not HTMLParser(html).css("script, img, iframe, form, svg")
    for form in (html, text_form, terminal(body), body["subject_line"]):
        assert not {
            char for char in form if unicodedata.category(char) in ("Cc", "Cf", "Cs") and char not in "\n\u200c\u200d"
        }
    assert "\n" not in body["subject_line"]
