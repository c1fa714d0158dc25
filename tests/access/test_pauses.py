from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.access.entering import network_of
from bot.access.pauses import ACCOUNT, ADDRESS, FORGOTTEN_AFTER, HERE, Pace, count_try, succeeded
from bot.errors import SignInRefused
from bot.model.access import Tries

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
NONE = (Tries(), Tries(), Tries())


def after(*failures: int, known: bool = False) -> tuple[Tries, Tries, Tries]:
    address, here, account = failures
    return Tries(address, NOON), Tries(here, NOON, known=known), Tries(account, NOON)


@pytest.mark.parametrize("pace", [ADDRESS, HERE, ACCOUNT])
def test_the_pause_doubles_from_a_second_and_ends_at_its_longest(pace: Pace) -> None:
    waits = [pace.pause(pace.free + number).total_seconds() for number in range(1, 5)]
    assert waits == [1, 2, 4, 8]
    assert pace.pause(pace.free) == timedelta(0)
    assert pace.pause(10**9) == pace.longest


def test_a_first_slip_of_the_finger_costs_nothing() -> None:
    counted = count_try(NONE, NOON)
    assert {place: tries.failures for place, tries in counted.items()} == {0: 1, 1: 1, 2: 1}
    assert all(tries.until is None for tries in counted.values())


def test_one_too_many_waits_and_says_until_when() -> None:
    fourth = count_try(after(3, 3, 3), NOON)
    assert fourth[1].until == NOON + SECOND
    with pytest.raises(SignInRefused) as refused:
        count_try((fourth[0], fourth[1], fourth[2]), NOON)
    assert refused.value.retry_at == NOON + SECOND


def test_a_try_when_the_wait_is_over_is_let_through() -> None:
    fourth = count_try(after(3, 3, 3), NOON)
    assert count_try((fourth[0], fourth[1], fourth[2]), NOON + SECOND)[1].failures == 5


def test_failures_of_long_ago_count_no_more() -> None:
    assert count_try(after(19, 9, 9), NOON + FORGOTTEN_AFTER + SECOND)[1].failures == 1


def test_strangers_who_try_from_everywhere_do_not_keep_the_owner_out_of_where_they_were_before() -> None:
    attacked = Tries(500, NOON, NOON + timedelta(minutes=5))
    here = Tries(0, NOON - timedelta(days=3), known=True)
    counted = count_try((Tries(), here, attacked), NOON)
    assert set(counted) == {0, 1}
    with pytest.raises(SignInRefused):
        count_try((Tries(), Tries(), attacked), NOON)


def test_strangers_make_the_owner_wait_elsewhere_for_minutes_at_most() -> None:
    assert count_try(after(0, 0, 10**6), NOON)[2].until == NOON + timedelta(minutes=5)


def test_the_right_password_clears_the_account_and_makes_the_place_known() -> None:
    done = succeeded(count_try(after(2, 3, 9), NOON), NOON)
    assert (done[0].failures, done[1].failures, done[2].failures) == (2, 0, 0)
    assert (done[0].known, done[1].known) == (False, True)
    assert all(tries.until is None for tries in done.values())


def test_an_account_of_one_s_own_does_not_clear_an_address_for_guessing_at_others() -> None:
    tries = Tries(0)
    for _ in range(30):  # one guess at somebody else, then one's own password, over and over
        guessed = count_try((tries, Tries(), Tries()), NOON)[0]
        own = count_try((Tries(guessed.failures, NOON), Tries(), Tries()), NOON)
        tries = succeeded(own, NOON)[0]
    assert tries.failures == 30


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::9", "2001:db8:1:2::"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_a_household_s_ipv6_network_counts_as_one_address(address: str, network: str) -> None:
    assert network_of(address) == network
