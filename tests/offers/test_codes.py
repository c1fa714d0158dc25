from __future__ import annotations

import random
import secrets
import time
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import ConfigError
from bot.offers.ledger.codes import (
    ALPHABET,
    CODE_LENGTH,
    KEY_ALPHABET,
    LONGEST,
    check_character,
    code_key,
    grouped,
    new_codes,
    printable_alphabet,
    tidy,
)
from tests.support.counts import FULL

BYTES = random.Random(7).randbytes
CODES = tuple(new_codes(200, BYTES, prefix="TRUFFLE").values())


@pytest.mark.parametrize(
    "typed",
    [
        "The truffle's on us",
        "the truffle’s on us!",
        "  THE  TRUFFLE‘S ON\tUS ",
        "the truffles on us",
        "ＴＨＥ ｔｒｕｆｆｌｅ's on us",
        "#TheTrufflesOnUs",
        "the trüffle's on us",
        "The TRUFF1E's 0n us",
        "“the truffle's on us”",
        "the truffle's on us ❤️",
    ],
)
def test_a_phrase_is_known_however_it_is_typed(typed: str) -> None:
    assert code_key(typed) == code_key("The truffle’s on us")


@pytest.mark.parametrize("typed", ["the truffle is on us", "the truffle's on", "truffle", "thetrufflesonyou", ""])
def test_other_words_are_another_phrase(typed: str) -> None:
    assert code_key(typed) != code_key("The truffle’s on us")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Straße 5", "STRASSE 5"),
        ("İstanbul", "istanbul"),
        ("smørrebrød", "smorrebrod"),
        ("café", "cafe\u0301"),
        ("κέικ", "ΚΕΙΚ"),
        ("торт ё", "торт е"),
        ("كَعْكَة", "كعكة"),
        ("choc ٣", "choc 3"),
    ],
)
def test_case_accents_and_ways_of_writing_are_forgiven_in_other_scripts_too(one: str, other: str) -> None:
    assert code_key(one) == code_key(other)


@pytest.mark.parametrize(("one", "other"), [("がき", "かき"), ("दिन", "दान"), ("шоко", "шоколад")])
def test_marks_that_make_another_word_are_not_forgiven(one: str, other: str) -> None:
    assert code_key(one) != code_key(other)


@given(st.text(max_size=80))
def test_a_key_is_its_own_key_and_the_tidy_form_keeps_it(text: str) -> None:
    key = code_key(text)
    assert code_key(key) == key
    assert len(tidy(text)) <= LONGEST
    if len(key) < LONGEST - 20:
        assert code_key(tidy(text)) == key


@given(st.sampled_from(CODES), st.randoms(use_true_random=False))
def test_a_code_survives_small_letters_spaces_dashes_and_look_alikes(code: str, chance: random.Random) -> None:
    look_alikes = {
        "O": "0",
        "0": "O",
        "1": "lI",
        "I": "1l",
        "L": "1I",
        "5": "S",
        "2": "Z",
        "8": "B",
        "U": "V",
        "V": "u",
    }
    typed = "".join(
        chance.choice(["", " ", "-", "."]) + chance.choice(look_alikes.get(char, char) + char.lower()) for char in code
    )
    assert code_key(typed) == code_key(code)


def fits(key: str) -> bool:
    return check_character(key[:-1]) == key[-1]


@given(st.sampled_from(CODES), st.data())
def test_every_wrong_character_and_every_swap_is_seen(code: str, data: st.DataObject) -> None:
    key = code_key(code)
    place = data.draw(st.integers(0, len(key) - 1))
    other = data.draw(st.sampled_from("0123456789acdefghjkmnpqrtvwxy"))
    assert fits(key[:place] + other + key[place + 1 :]) is (other == key[place])
    if place + 1 < len(key):
        swapped = key[:place] + key[place + 1] + key[place] + key[place + 2 :]
        assert fits(swapped) is (swapped == key)


def test_a_hundred_thousand_codes_differ_under_every_reading_and_take_seconds() -> None:
    number = 100_000 if FULL else 20_000
    began = time.process_time()
    found = new_codes(number, secrets.token_bytes, prefix="CHOC")
    codes = list(found.values())
    assert time.process_time() - began < 5
    assert len({code_key(code) for code in codes}) == len(found) == number
    assert all(code.startswith("CHOC") for code in codes)
    assert all(set(code[4:]) <= set("23456789CDFGHJKMNPQRTVWXY") for code in codes)


def test_every_character_is_as_likely_as_another() -> None:
    codes = new_codes(20_000, random.Random(11).randbytes)
    seen = Counter("".join(code[:-1] for code in codes.values()))
    assert set(seen) == set(ALPHABET)
    expected = 20_000 * CODE_LENGTH / len(ALPHABET)
    assert sum((number - expected) ** 2 / expected for number in seen.values()) < 60, (
        "chi-squared, 24 degrees: p > 1e-4"
    )


def checks_out(key: str) -> bool:
    return check_character(key[:-1]) == key[-1]


def test_a_mistyped_code_is_told_by_its_check_character() -> None:
    for code in CODES[:20]:
        key = code_key(code)
        assert checks_out(key)
        for place, char in enumerate(key):
            for other in KEY_ALPHABET:
                assert checks_out(key[:place] + other + key[place + 1 :]) is (other == char)
    for other in ("шок7", "\ud800a"):
        with pytest.raises(ConfigError):
            check_character(other)


def test_codes_are_made_of_the_characters_that_are_wanted_and_none_that_looks_like_another() -> None:
    alphabet = printable_alphabet("0z7ktvwx9")
    codes = new_codes(500, BYTES, alphabet=alphabet, length=8)
    assert set("".join(codes.values())) == set("0Z7KTVWX9")
    assert all(code_key(code) == key and checks_out(key) for key, code in codes.items())
    for chars in ("0O2345678", "S52346789", "", "abcdefg", "ABCDEFGÄ", "1234567-", "🍫" * 9):
        with pytest.raises(ConfigError):
            printable_alphabet(chars)


def test_codes_that_could_be_guessed_are_refused() -> None:
    with pytest.raises(ConfigError, match="guessed"):
        new_codes(1000, BYTES, length=4)


@pytest.mark.parametrize("prefix", ["ШОК", "巧克力"])
def test_a_prefix_that_cannot_be_checked_is_refused(prefix: str) -> None:
    with pytest.raises(ConfigError, match="A to Z"):
        new_codes(1, BYTES, prefix=prefix)


def test_a_phrase_is_shown_as_words_and_a_code_in_capitals() -> None:
    assert tidy("The truffle’s on us!") == "the truffles on us"
    assert tidy("choc-7kq f2") == "CHOC7KQF2"
    assert tidy("Truffle") == "TRUFFLE"
    assert tidy("🎉") == ""


def test_groups_are_for_reading() -> None:
    assert grouped("K7QFM2XR9CT") == "K7QF-M2XR-9CT"
    assert code_key(grouped("K7QFM2XR9CT")) == code_key("K7QFM2XR9CT")


def test_the_check_character_is_the_documented_sum() -> None:
    # 3·c + 2·9 = 3·11 + 18 = 51 = 22 mod 29, and 29 − 22 = 7
    assert check_character("c9") == "7"
