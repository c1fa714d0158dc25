from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.access.keys import FORM, make_key, parse_key
from bot.access.tokens import digest_of, form_token, new_token
from bot.http.redact import redact


def test_a_key_reads_back_as_its_id_and_secret() -> None:
    key_id, secret, text = make_key()
    assert parse_key(text) == (key_id, secret)
    assert re.fullmatch(r"heard_[0-9a-z]{10}_[0-9A-Za-z]{49}", text)


def test_no_two_keys_are_alike_and_their_secrets_use_the_whole_alphabet() -> None:
    made = [make_key() for _ in range(300)]
    assert len({secret for _, secret, _ in made}) == len({key_id for key_id, _, _ in made}) == 300
    assert len(set("".join(secret for _, secret, _ in made))) == 62


@given(st.integers(0, 65), st.sampled_from("0aZ_"))
def test_one_wrong_letter_anywhere_is_seen_without_the_database(place: int, letter: str) -> None:
    *_, text = make_key()
    changed = text[:place] + letter + text[place + 1 :]
    assert changed == text or parse_key(changed) is None


@pytest.mark.parametrize(
    "text",
    ["", "heard_", "Bearer", "heard_0123456789_", "x" * 1_000_000, "heard_\N{ARABIC-INDIC DIGIT ONE}123456789_", "\0"],
)
def test_what_is_no_key_is_none(text: str) -> None:
    assert parse_key(text) is None


@given(st.text())
def test_any_text_is_read_without_an_error(text: str) -> None:
    assert parse_key(text) is None
    assert parse_key(make_key()[2] + text) is None or not text


def test_a_key_with_a_line_break_behind_it_is_no_key() -> None:
    assert parse_key(make_key()[2] + "\n") is None


def test_a_key_is_masked_wherever_a_log_might_show_it_and_its_id_stays_readable() -> None:
    key_id, secret, text = make_key()
    for line in (
        text,
        f"/till/enter#{text}",
        f"?x={text}&y=1",
        f'{{"key": "{text}"}}',
        f"Authorization: Bearer {text}",
    ):
        assert secret not in redact(line)
    assert redact(f"saw {text} in a mail") == f"saw heard_{key_id}_*** in a mail"
    assert FORM.search(redact(text)) is None


def test_words_that_only_begin_like_a_key_are_not_masked() -> None:
    assert redact("heard_mentions_of_truffles stays") == "heard_mentions_of_truffles stays"


def test_tokens_have_256_bits_and_what_is_kept_of_them_is_their_sha_256() -> None:
    assert len(new_token()) == 43
    assert digest_of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert digest_of("\ud800")  # what a hostile cookie may hold


def test_forms_of_two_sessions_carry_different_tokens_which_tell_nothing_of_the_session() -> None:
    one, other = new_token(), new_token()
    assert form_token(one) == form_token(one) != form_token(other)
    assert form_token(one) != digest_of(one)
