from __future__ import annotations

from typing import Any

import pytest

from bot.model import rule_changes

TOLD: dict[str, Any] = {
    "rules": "2",
    "engine": ["vader", "3.3.2"],
    "weights": {"version": "1", "tone": 0.5, "message": 0.4},
    "subjects": [{"id": "moon", "name": "Moon"}],
    "messages": [{"id": "fair", "statement": "a"}, {"id": "organic", "statement": "b"}],
    "outlets": [{"match": "paper.example", "tier": 1}],
}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, ()),
        ({"rules": "3"}, ("rules 2 → 3",)),
        ({"engine": ["heard", "1"]}, ("engine vader 3.3.2 → heard 1",)),
        (
            {"weights": {"version": "2", "tone": 0.6, "message": 0.3}},
            ("weights 1 → 2 (message 0.4 → 0.3, tone 0.5 → 0.6)",),
        ),
        ({"weights": {"version": "1", "tone": 0.6, "message": 0.4}}, ("weights: tone 0.5 → 0.6",)),
        ({"weights": {"version": "2", "tone": 0.5, "message": 0.4}}, ("weights 1 → 2",)),
        ({"messages": [{"id": "fair", "statement": "c"}]}, ("message organic is gone", "message fair changed")),
        ({"outlets": []}, ("outlet paper.example is gone",)),
        ({"outlets": [*TOLD["outlets"], {"match": "new.example"}]}, ("outlet new.example is new",)),
        ({"messages": TOLD["messages"][::-1]}, ("messages in another order",)),
        ({"calibration": 3}, ("calibration none → 3",)),
        ({"outlets": None}, ("outlet paper.example is gone",)),
        ({"weights": None}, ("weights is gone",)),
        ({"more": {"a": 1}}, ("more is new",)),
        ({"engine": None}, ("engine vader 3.3.2 → none",)),
    ],
)
def test_what_changed_between_two_sets_of_rules_is_said_in_words(
    changes: dict[str, Any], said: tuple[str, ...]
) -> None:
    assert rule_changes(TOLD, TOLD | changes) == said


def test_rules_that_nobody_wrote_down_are_called_unknown_and_never_equal_to_others() -> None:
    assert rule_changes({}, TOLD) == rule_changes(TOLD, {}) == ("what the other rules consist of was not written down",)
    assert rule_changes({}, {}) == ()
