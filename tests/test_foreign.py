"""JSON of strangers: read as Python reads it, or refused with ValueError; never out of stack."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.foreign import DEEPEST, read_foreign_json

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES)
def test_it_reads_what_python_reads(value: Any) -> None:
    text = json.dumps(value)
    assert (
        read_foreign_json(text) == read_foreign_json(text.encode()) == read_foreign_json(text.encode("utf-16")) == value
    )


@given(st.text(alphabet='[]{}",:\\a\n', max_size=400), st.sampled_from(["", "[" * DEEPEST]))
def test_nothing_but_a_value_error_comes_of_any_text(text: str, before: str) -> None:
    try:
        expected = json.loads(before + text)
    except ValueError:
        with pytest.raises(ValueError, match=r"."):
            read_foreign_json(before + text)
    else:
        assert read_foreign_json(before + text) == expected


@pytest.mark.parametrize(("opens", "closes"), [("[", "]"), ('{"a":', "}")])
def test_the_deepest_is_read_and_a_level_more_is_refused(opens: str, closes: str) -> None:
    inner = json.dumps({"wide": [[]] * 3 * DEEPEST, "brackets in words": '[{"\\' * 3 * DEEPEST})
    room = DEEPEST - 3
    assert read_foreign_json(opens * room + inner + closes * room) == json.loads(opens * room + inner + closes * room)
    for text in (opens * (DEEPEST + 1) + "1" + closes * (DEEPEST + 1), opens * 300_000):
        with pytest.raises(ValueError, match="levels deep"):
            read_foreign_json(text)


@pytest.mark.timeout(20)  # a second at most; quadratic work over these would take an hour
@pytest.mark.parametrize(
    "text", ["[" * 101 + '"' + '\\"' * 500_000 + "\\", "[]" * 500_000, '["' * 50 + '\\"' * 500_000]
)
def test_hostile_text_costs_no_more_than_its_length(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_foreign_json(text)


def test_the_settings_are_those_of_json() -> None:
    assert read_foreign_json('"a\nb"', strict=False) == "a\nb"
    with pytest.raises(ValueError, match="control character"):
        read_foreign_json('"a\nb"')
