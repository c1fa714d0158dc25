from __future__ import annotations

import pytest

from bot.model import Author, Item, ItemKind


def voice(key: str, outlet: str, **author: str) -> str:
    return Item(key, ItemKind.POST, None, "", "text", None, outlet, Author(**author)).voice


def test_a_platforms_account_is_one_voice_wherever_it_speaks_and_however_its_handle_is_written() -> None:
    assert voice("reddit:1", "r/chocolate", id="t2_a", name="Ada") == voice("reddit:2", "r/food", id="t2_a")
    assert voice("x:1", "x.com", handle="@Ada") == voice("x:2", "x.com", handle="ada")


def test_the_same_handle_on_two_platforms_is_two_voices() -> None:
    assert voice("x:1", "x.com", handle="ada") != voice("reddit:1", "r/chocolate", handle="ada")


@pytest.mark.parametrize("name", [{"name": "admin"}, {}])
def test_a_name_alone_is_a_voice_of_its_outlet(name: dict[str, str]) -> None:
    here, there = voice("rss:1", "one.example", **name), voice("rss:2", "two.example", **name)
    assert here != there
    assert here == voice("rss:3", "one.example", **name)
