"""What is said in a claim: what is put in order, what cannot be."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadClaim
from bot.model import Claim, Door
from bot.offers.ledger.claims import checked, fingerprint, require_in_time

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("0", "0"), ("12.50", "12.5"), ("-0", "0"), ("1E+3", "1000"), ("1000000000", "1000000000"), ("0.0001", "0.0001"),
        ("12.500000", "12.5"), ("0E-999999", "0"),
    ],
)  # fmt: skip
def test_an_amount_is_kept_exactly(said: str, kept: str) -> None:
    assert format(checked(Claim("x", value=Decimal(said))).value, "f") == kept


@pytest.mark.parametrize(
    "said",
    ["-0.01", "NaN", "sNaN", "-Infinity", "Infinity", "1000000000.01", "1E+999999", "0.00001", "1E-999999", "9" * 50],
)
def test_an_amount_that_cannot_be_is_refused(said: str) -> None:
    with pytest.raises(BadClaim, match="value"):
        checked(Claim("x", value=Decimal(said)))


@pytest.mark.parametrize("said", ["EURO", "XXX", "€", "eu", "\ud800", "x" * 10_000, "'; --"])
def test_a_currency_that_nobody_pays_in_is_refused(said: str) -> None:
    with pytest.raises(BadClaim, match="currency"):
        checked(Claim("x", currency=said))
    assert checked(Claim("x", currency=" eur ")).currency == "EUR"
    assert checked(Claim("x", currency=" ")).currency is None


def test_a_time_may_be_five_minutes_ahead_and_a_month_back() -> None:
    for at in (NOW + timedelta(minutes=5), NOW - timedelta(days=31), NOW.astimezone(timezone(timedelta(hours=9)))):
        require_in_time(checked(Claim("x", at=at)), NOW)
        assert checked(Claim("x", at=at)).at == at
    for at in (NOW + timedelta(minutes=5, microseconds=1), NOW - timedelta(days=31, microseconds=1)):
        with pytest.raises(BadClaim):
            require_in_time(checked(Claim("x", at=at)), NOW)
    require_in_time(Claim("x"), NOW)
    require_in_time(Claim("x", at=NOW - timedelta(days=3653), door=Door.FILE), NOW)
    with pytest.raises(BadClaim):
        require_in_time(Claim("x", at=NOW - timedelta(days=3654), door=Door.SQUARE), NOW)
    with pytest.raises(BadClaim, match="offset"):
        checked(Claim("x", at=NOW.replace(tzinfo=None)))


@pytest.mark.parametrize("order", ["x" * 201, "a\x00b", "a\nb", "\u202e1001", "x" * 10_000])
def test_an_order_that_cannot_be_shown_is_refused(order: str) -> None:
    with pytest.raises(BadClaim, match="order"):
        checked(Claim("x", order=order))


def test_a_key_is_not_empty_and_a_long_one_is_kept_as_its_digest() -> None:
    with pytest.raises(BadClaim, match="key"):
        checked(Claim("x", key=" "))
    one, other = (checked(Claim("x", key="k" * 10_000 + end)).key for end in "ab")
    assert one != other
    assert one is not None
    assert len(one) == 71


def test_requests_are_the_same_however_they_are_spelt_and_differ_in_each_thing_that_matters() -> None:
    claim = Claim("Moon Cake", "t", "Shop", " Pat ", "7", Decimal("1.50"), "EUR", True, NOW)
    same = Claim(
        "mooncake!", "t", "shop", "pat", "7", Decimal("1.5"), "EUR", True, NOW.astimezone(timezone(timedelta(hours=1)))
    )
    first = fingerprint("redeemed", claim, b"s")
    assert fingerprint("redeemed", same, b"s") == first
    others = [
        Claim("moon", "t", "Shop", "Pat", "7", Decimal("1.5"), "EUR", True, NOW),
        Claim("Moon Cake", None, "Shop", "Pat", "7", Decimal("1.5"), "EUR", True, NOW),
        Claim("Moon Cake", "t", None, "Pat", "7", Decimal("1.5"), "EUR", True, NOW),
        Claim("Moon Cake", "t", "Shop", None, "7", Decimal("1.5"), "EUR", True, NOW),
        Claim("Moon Cake", "t", "Shop", "Pat", "8", Decimal("1.5"), "EUR", True, NOW),
        Claim("Moon Cake", "t", "Shop", "Pat", "7", Decimal(2), "EUR", True, NOW),
        Claim("Moon Cake", "t", "Shop", "Pat", "7", Decimal("1.5"), "USD", True, NOW),
        Claim("Moon Cake", "t", "Shop", "Pat", "7", Decimal("1.5"), "EUR", None, NOW),
        Claim("Moon Cake", "t", "Shop", "Pat", "7", Decimal("1.5"), "EUR", True, None),
    ]
    prints = {fingerprint("redeemed", other, b"s") for other in others}
    assert len(prints | {first, fingerprint("reserved", claim, b"s"), fingerprint("redeemed", claim, b"t")}) == 12


TEXT = st.text(max_size=30) | st.sampled_from(["\ud800", "\x00", "🍫", "<script>", "'; DROP TABLE offer_events; --"])


@given(
    st.builds(Claim, TEXT, TEXT | st.none(), TEXT, TEXT, TEXT, st.decimals(), TEXT, st.booleans(), key=TEXT, actor=TEXT)
)
def test_whatever_is_said_is_put_in_order_or_refused_in_words(claim: Claim) -> None:
    with suppress(BadClaim):
        kept = checked(claim)
        assert checked(kept) == kept
        for text in (kept.placement, kept.order, kept.key, kept.actor, kept.currency):
            assert text is None or text.encode()
        assert len(fingerprint("redeemed", kept, b"s")) == 32
