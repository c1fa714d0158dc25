"""Finding codes in texts: every way of writing one, nothing else, and never a place that does not cut it out."""

from __future__ import annotations

import csv
import json
import random
import time
from collections.abc import Iterator
from pathlib import Path
from textwrap import wrap
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import Offer, OfferKind
from bot.offers.ledger.codes import ALPHABET, code_key, grouped, new_codes, printable_alphabet
from bot.offers.tracing.sightings import Finder, Letters, wanted_phrases
from tests.support.counts import FULL, examples
from tests.support.shared import shared_path

PHRASE = "the moon is made of ganache"
SPACES = st.sampled_from([" ", "  ", "\n", "\u00a0", "-", ", ", "_", " – ", "\u200b "])


def found(code: str, text: str) -> list[str]:
    finder = Finder(wanted_phrases([Offer("o", "Zibbelquark Offerday", OfferKind.CODE_PHRASE, code)]))
    cut = [text[one.start : one.end] for one in finder.phrases(Letters(text))]
    assert all(code_key(one) == code_key(code) for one in cut)
    return cut


def candidates(text: str) -> dict[str, str]:
    return {one.key: text[one.start : one.end] for one in Letters(text).candidates()}


@pytest.mark.parametrize(
    "text",
    [
        "Just say “The moon is made of ganache!” at the counter",
        "the moon,\nis made of\nGANACHE",
        "#TheMoonIsMadeOfGanache",
        "#themoonismadeofganache rocks",
        "the mo\u200bon is m\u00adade of gana\u200dche",
        "\u202ethe moon is made of ganache\u202c",
        "𝐭𝐡𝐞 𝐦𝐨𝐨𝐧 𝐢𝐬 𝐦𝐚𝐝𝐞 𝐨𝐟 𝐠𝐚𝐧𝐚𝐜𝐡𝐞",
        "thé moön is made of ganache\u0301",
        "the m00n is made 0f ganache",
        "the_moon_is_made_of_ganache",
        "the 🌙 moon ✨ is made of ganache",
        "<p>the moon is made of ganache</p>",
        "https://a.example/?code=the-moon-is-made-of-ganache&x=1",
        "שלום the moon is made of ganache עולם",
    ],
)
def test_a_phrase_is_found_however_it_is_written(text: str) -> None:
    assert len(found(PHRASE, text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "the moon is made of ganaches",
        "bathe moon is made of ganache",
        "the moon is made of ganache2",
        "the moon made of ganache",
        "the moon is made of gаnache",  # a Cyrillic а: the till would refuse it too
        "the moon is " + "very " * 20 + "made of ganache",
        "ganache of made is moon the",
        "",
        "\u200b\u0301",
    ],
)
def test_other_words_are_no_phrase(text: str) -> None:
    assert found(PHRASE, text) == []


@pytest.mark.parametrize(
    ("code", "text", "times"),
    [
        ("free truffle", "a free truffle", 1),
        ("free truffle", "It was free. Truffle lovers came", 0),
        ("free truffle", "we set free\n\ntruffle pigs", 0),
        ("the rapist", "a therapist", 0),
        ("moon cake day", "#MoonCakeDay", 1),
        ("moon cake day", "mooncakeday", 0),
        ("COCOA", "I like COCOA and cocoa", 0),
        ("COCOA", "I like “COCOA”", 1),
        ("COCOA", "use code COCOA today", 1),
        ("COCOA", "the code is COCOA", 1),
        ("COCOA", "use code cocoa today", 0),
        ("MOON42", "get moon42 now", 1),
        ("MOON42", "get MOON-42 now", 1),
        ("MOON42", "on the moon 42 people", 0),
        ("ok", "“ok”", 0),
        ("月はガナッシュでできている", "今日は月はガナッシュでできているよ", 1),
        ("달은 가나슈", "오늘 달은 가나슈 라고", 1),
    ],
)
def test_what_is_short_or_everyday_needs_to_be_marked(code: str, text: str, times: int) -> None:
    assert len(found(code, text)) == times


def test_a_name_is_found_beside_its_code_and_not_twice() -> None:
    offers = [
        Offer("o", "Free truffle", OfferKind.CODE_PHRASE, PHRASE),
        Offer("p", PHRASE, OfferKind.CODE_PHRASE, PHRASE),
    ]
    wanted = wanted_phrases(offers)
    assert [(one.offer, one.named.value, one.code) for one in wanted] == [
        ("o", "code", PHRASE),
        ("p", "code", PHRASE),
        ("o", "name", ""),
    ]


@given(gaps=st.lists(SPACES, min_size=5, max_size=5), before=st.text(max_size=20), after=st.text(max_size=20))
@settings(max_examples=examples(60), deadline=None)
def test_offsets_cut_the_phrase_out_of_any_text(gaps: list[str], before: str, after: str) -> None:
    words = PHRASE.split()
    text = before + " ‡ " + "".join(word + gap for word, gap in zip(words, [*gaps, ""], strict=True)) + " ‡ " + after
    assert len(found(PHRASE, text)) >= 1


@given(st.text(max_size=200))
@settings(max_examples=examples(100), deadline=None)
def test_whatever_is_found_in_any_text_has_its_key(text: str) -> None:
    found("ss 12 ﬁ", text)
    assert all(code_key(cut) == key for key, cut in candidates(text).items())


@pytest.mark.parametrize("prefix", ["", "BLOG"])
def test_a_unique_code_is_found_in_any_grouping(prefix: str) -> None:
    codes = new_codes(100, random.Random(5).randbytes, prefix=prefix)
    for code in codes:
        for text in (
            f"use {grouped(code)} now",
            f"({code.lower()})",
            f"code: {' '.join(wrap(code, 3))}.",
            "\u200b".join(code),
            "-".join(code),
            f"https://a.example/?c={code}&x=1",
            f"**{'-'.join(wrap(code, 5))}**\nnext",
            f"zwölf Euro: {grouped(code).replace('-', '–')}…",
        ):
            cut = candidates(text)
            assert code_key(code) in cut, text
            assert code_key(cut[code_key(code)]) == code_key(code)
        assert not any(
            code_key(code) in candidates(text) for text in (f"x{code}", f"{code}s", f"{code[:-2]} {code[-1]}")
        )


def test_codes_of_an_alphabet_with_vowels_are_found_where_no_spaces_part_them() -> None:
    for code in new_codes(50, random.Random(5).randbytes, alphabet=printable_alphabet("ACEHKMNPRTXY"), length=9):
        assert code_key(code) in candidates(f"use {grouped(code)} now")
        assert code_key(code) in candidates(f"use {code} now")


@pytest.mark.parametrize(
    "text",
    [
        "2 3 4 5 6 7 8 9 " * 1000,
        "23456789" * 4000,
        "k7qf-m2xr-" * 2000,
        "k\u200b" * 10_000,
        "a" + "\u0301" * 20_000,
        f"{PHRASE} " * 600,
    ],
)
def test_no_text_is_slow(text: str) -> None:
    began = time.process_time()
    assert len(list(Letters(text).candidates())) < 40_000
    found(PHRASE, text)
    assert time.process_time() - began < 3


def corpus_texts() -> Iterator[str]:
    """Every text of the shared material that people wrote: posts, comments, labelled sentences."""
    for path in sorted(shared_path("corpus").rglob("*.json")):
        try:
            yield from strings(json.loads(path.read_bytes()))
        except (ValueError, UnicodeDecodeError):
            continue
    for path in sorted(path for path in shared_path("eval").rglob("*") if path.suffix in {".csv", ".tsv"}):
        yield from _rows(path)


def _rows(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8", errors="replace", newline="") as lines:
        for row in csv.reader(
            (line.replace("\0", "") for line in lines), delimiter="\t" if path.suffix == ".tsv" else ","
        ):
            yield from row


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from strings(one)


@pytest.mark.timeout(900)  # the full count takes minutes where the machine is shared
def test_made_up_codes_are_never_seen_by_accident() -> None:
    """0 false sightings of 1,000 random codes and some phrases in all shared texts (a sample in the short run)."""
    draw = random.Random(7).randbytes
    codes = [*new_codes(500, draw), *new_codes(300, draw, prefix="BLOG"), *new_codes(200, draw, length=7)]
    issued = {code_key(code) for code in codes}
    phrases = [PHRASE, "purple kettle rescue", "marzipan lantern", "TRUFFLE10", "COCOA", "SUMMER", "WELCOME", "LAUNCH"]
    finder = Finder(wanted_phrases([Offer(one, "Zibbelquark Offerday", OfferKind.CODE_PHRASE, one) for one in phrases]))
    texts = [text for text in corpus_texts() if len(text) >= 20]
    looked = texts if FULL else random.Random(3).sample(texts, min(len(texts), 6000))
    seen: list[str] = []
    for text in looked:
        letters = Letters(text)
        seen += [one.key for one in letters.candidates() if one.key in issued]
        seen += [text[one.start - 20 : one.end + 20] for one in finder.phrases(letters)]
    assert len(looked) >= 5000
    assert seen == []


def test_the_alphabet_of_new_codes_is_what_is_looked_for() -> None:
    assert not set(ALPHABET.lower()) & set("aeiou01")
