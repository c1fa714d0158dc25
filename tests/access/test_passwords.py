from __future__ import annotations

import threading
from contextlib import suppress

import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st

from bot.access.common import COMMON
from bot.access.names import check_name
from bot.access.passwords import AT_ONCE, LONGEST, Passwords, check_password, generate
from bot.errors import ConfigError, PasswordRefused
from bot.model.access import fold_name

GOOD = "a warm truffle at noon"


class Counted(PasswordHasher):
    """Argon2 at its cheapest, which counts its work and how much of it goes on at once."""

    def __init__(self, time_cost: int = 1) -> None:
        super().__init__(time_cost=time_cost, memory_cost=8, parallelism=1)
        self.work: list[str] = []
        self.now = self.most = 0
        self.lock = threading.Lock()

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # type: ignore[override]  # noqa: A002 theirs
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
            self.work.append("verify")
        try:
            return super().verify(hash, password)
        finally:
            with self.lock:
                self.now -= 1


def test_a_password_matches_its_own_hash_and_no_other_does() -> None:
    passwords = Passwords(Counted())
    kept = passwords.hash(GOOD)
    assert kept.startswith("$argon2id$")
    assert GOOD not in kept
    assert passwords.matches(GOOD, kept)
    assert not passwords.matches(GOOD + " ", kept)
    assert passwords.hash(GOOD) != kept


def test_the_profile_is_the_library_s_own() -> None:
    hasher = Passwords()._hasher
    assert (hasher.time_cost, hasher.memory_cost, hasher.parallelism) == (3, 65536, 4)


def test_a_name_that_nobody_has_costs_the_same_work_as_one_that_somebody_has() -> None:
    hasher = Counted()
    passwords = Passwords(hasher)
    kept = passwords.hash(GOOD)
    assert not passwords.matches("wrong password!", kept)
    known = list(hasher.work)
    hasher.work.clear()
    assert not passwords.matches(GOOD, None)
    assert hasher.work == known == ["verify"]


def test_nobody_s_password_is_never_right() -> None:
    passwords = Passwords(Counted())
    passwords.matches("x", None)
    assert not passwords.matches(passwords._nobody, None)


def test_two_keyboards_that_type_the_same_word_differently_give_one_password() -> None:
    passwords = Passwords(Counted())
    assert passwords.matches(
        "caf\N{LATIN SMALL LETTER E WITH ACUTE} noir, bitte", passwords.hash("cafe\u0301 noir, bitte")
    )


@pytest.mark.parametrize("password", ["x" * (LONGEST + 1), "x" * 1_000_000])
def test_a_password_of_a_megabyte_is_refused_before_any_work_is_done(password: str) -> None:
    hasher = Counted()
    with pytest.raises(PasswordRefused, match="1,024"):
        check_password(password, "ada")
    assert not Passwords(hasher).matches(password, "kept")
    assert hasher.work == []


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "12 characters"),
        ("elevenchars", "12 characters"),
        ("password1234", "anybody tries"),
        ("PassWord12345678", "anybody tries"),
        ("qwertyuiop123", "anybody tries"),
        ("aaaaaaaaaaaaaaaa", "anybody tries"),
        ("abababababababab", "anybody tries"),
        ("123456789012", "anybody tries"),
        ("lovelaceLovelace", "the name alone"),
        ("\N{FULLWIDTH LATIN SMALL LETTER A}" * 14, "anybody tries"),
    ],
)
def test_what_anybody_would_try_is_refused_in_words(password: str, why: str) -> None:
    with pytest.raises(PasswordRefused, match=why):
        check_password(password, "Lovelace")


@pytest.mark.parametrize(
    "password",
    [
        GOOD,
        "x1" * 5 + "-y",
        "パスワードはとても長い言葉です",
        pytest.param("a" * 500 + "b" * 500 + "c", id="1001 letters"),
        pytest.param(generate(), id="made up anew"),
    ],
)
def test_long_passwords_of_any_kind_are_taken(password: str) -> None:
    check_password(password, "ada")


def test_the_common_ones_are_written_as_they_are_compared() -> None:
    assert all(word == word.casefold() for word in COMMON)


def test_generated_passwords_are_long_plain_and_never_the_same() -> None:
    made = {generate() for _ in range(200)}
    assert len(made) == 200
    assert all(len(one) == 24 and not set(one) & set("il10oI") for one in made)


def test_a_hash_of_older_parameters_is_known_as_one() -> None:
    old = Passwords(Counted()).hash(GOOD)
    newer = Passwords(Counted(time_cost=2))
    assert newer.outdated(old)
    assert not newer.outdated(newer.hash(GOOD))


def test_only_a_few_are_worked_out_at_once_however_many_ask() -> None:
    hasher = Counted()
    passwords = Passwords(hasher)
    kept = passwords.hash(GOOD)
    threads = [threading.Thread(target=passwords.matches, args=(GOOD, kept)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(hasher.work) == 20
    assert 1 <= hasher.most <= AT_ONCE


@given(st.text(max_size=1100))
def test_whatever_is_typed_is_answered(password: str) -> None:
    passwords = Passwords(Counted())
    assert not passwords.matches(password, "no hash at all")
    with suppress(PasswordRefused):
        check_password(password, "ada")


@pytest.mark.parametrize("name", ["", "x" * 65, "a\nb", "<b>", 'o"r', "back\\slash", "\u202eevil", "tab\t"])
def test_names_that_upset_a_page_or_a_terminal_are_refused(name: str) -> None:
    with pytest.raises(ConfigError):
        check_name(name)


@pytest.mark.parametrize("name", ["ada", "Ada Lovelace", "O'Neil", "Zoë", "山田", "o.k-1_2@example.org"])
def test_names_of_people_are_taken(name: str) -> None:
    assert check_name(name) == name


def test_names_are_told_apart_without_case() -> None:
    assert fold_name("STRASSE") == fold_name("straße")
