"""What stands of erased items in bodies that were composed before an item was edited."""

from __future__ import annotations

from bot.store.erasure.redaction import Redactor, Traces

HEADLINE = "Velvet Crumb melts in the rain"
ROW = {"mention": "m1", "headline": HEADLINE, "url": "https://old.example/1"}


def test_what_a_body_says_of_an_item_goes_from_its_other_lines_though_the_item_reads_otherwise_now() -> None:
    body = {"paragraphs": [f"Told most: “{HEADLINE}”, see https://old.example/1."], "stories": [ROW]}
    knows = Redactor(
        Traces(mentions=frozenset({"m1"}), texts=("Velvet Crumb is fine in any weather",)), "gone"
    ).knowing(body)
    without = knows.body(body)
    assert "melts" not in str(without)
    assert "old.example" not in str(without)
    assert knows.line(f"1 story: {HEADLINE}") == "1 story: gone"


def test_what_it_says_of_other_items_stays_and_so_does_what_stands_for_one_that_was_erased_before() -> None:
    body = {
        "note": "removed at source",
        "stories": [ROW | {"mention": "m2"}, {"mention": "m1", "headline": "removed at source"}],
    }
    redactor = Redactor(Traces(mentions=frozenset({"m1"})), "no longer kept")
    assert redactor.knowing(body) is redactor
    assert redactor.body(body)["note"] == "removed at source"
    assert redactor.body(body)["stories"][0] == body["stories"][0]
