"""Links that carry their own right: nobody makes one, nobody alters one, and none lasts for ever."""

from __future__ import annotations

import hashlib
import string
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import TimestampSigner

from bot.access.links import LONGEST, read_ticket, reader_of, write_ticket
from bot.model.feedback import Judgement, Ticket

NOW = datetime(2026, 3, 11, 8, tzinfo=UTC)
MONTH = timedelta(days=30)
SECRET, NEXT = "a secret of the pages", "the secret that comes after"
TICKET = Ticket("20260310-abcdefghijkl", "mzovfzjpw7u5", Judgement.TONE, "7urkt36zfd6y")
TOKEN = write_ticket(TICKET, [SECRET], NOW)
TOKENS = string.ascii_letters + string.digits + "-_.="


def test_a_link_leads_back_to_what_it_was_made_for_and_stays_short() -> None:
    assert read_ticket(TOKEN, [SECRET], NOW, MONTH) == (TICKET, True)
    assert len(TOKEN) < 110
    assert set(TOKEN) <= set(TOKENS)


def test_it_holds_to_its_last_second_and_is_still_known_after_it() -> None:
    assert read_ticket(TOKEN, [SECRET], NOW + MONTH - timedelta(seconds=1), MONTH) == (TICKET, True)
    assert read_ticket(TOKEN, [SECRET], NOW + MONTH, MONTH) == (TICKET, False)


def test_while_secrets_change_links_of_the_old_one_hold_and_new_ones_bear_the_new() -> None:
    both = [NEXT, SECRET]
    assert read_ticket(TOKEN, both, NOW, MONTH) == (TICKET, True)
    fresh = write_ticket(TICKET, both, NOW)
    assert read_ticket(fresh, [NEXT], NOW, MONTH) == (TICKET, True)
    assert read_ticket(fresh, [SECRET], NOW, MONTH) is None
    assert read_ticket(TOKEN, [NEXT], NOW, MONTH) is None


@given(st.integers(0, len(TOKEN) - 1), st.sampled_from(TOKENS))
def test_no_character_of_it_can_be_another(place: int, char: str) -> None:
    altered = TOKEN[:place] + char + TOKEN[place + 1 :]
    assert (read_ticket(altered, [SECRET], NOW, MONTH) is None) is (altered != TOKEN)


def test_its_last_character_and_its_signature_are_written_in_one_way_only() -> None:
    """Base64 leaves bits of the last character unused, and decoding it skips what is no letter of it."""
    payload, _, signature = TOKEN.rpartition(".")
    same = [f"{TOKEN[:-1]}{char}" for char in TOKENS if char != TOKEN[-1]]
    same += [f"{payload}.{stray}{signature}" for stray in "%!~=*"] + [f"{TOKEN}=", f"{TOKEN}=="]
    assert [read_ticket(one, [SECRET], NOW, MONTH) for one in same] == [None] * len(same)


def test_what_the_same_secret_signs_for_another_purpose_is_no_link() -> None:
    payload = TOKEN.rsplit(".", 2)[0]
    other = TimestampSigner(SECRET, salt="heard something else", digest_method=hashlib.sha256).sign(payload).decode()
    assert read_ticket(other, [SECRET], datetime.now(UTC), MONTH) is None
    ours = TimestampSigner(SECRET, salt="heard feedback link", digest_method=hashlib.sha256)
    assert ours.unsign(TOKEN) == payload.encode()
    assert len(TOKEN.rpartition(".")[2]) == 43, "256 bits"


def test_what_is_too_long_is_not_even_looked_at() -> None:
    long = write_ticket(replace(TICKET, digest="d" * LONGEST), [SECRET], NOW)
    assert read_ticket(long, [SECRET], NOW, MONTH) is None


@given(st.text(max_size=400) | st.text(alphabet=TOKENS, max_size=120))
def test_whatever_else_comes_is_no_link(token: str) -> None:
    assert read_ticket(token, [SECRET], NOW, MONTH) is None


@given(st.text(alphabet=TOKENS + "\n ", min_size=1, max_size=3))
def test_nothing_can_be_added_to_it(more: str) -> None:
    for altered in (TOKEN + more, more + TOKEN):
        assert read_ticket(altered, [SECRET], NOW, MONTH) is None


@given(
    st.from_regex(r"[0-9]{8}-[a-z2-7]{12}", fullmatch=True),
    st.from_regex(r"[a-z2-7]{12}", fullmatch=True),
    st.sampled_from(Judgement),
    st.emails(),
)
def test_every_ticket_makes_the_round(digest: str, mention: str, judgement: Judgement, recipient: str) -> None:
    ticket = Ticket(digest, mention, judgement, reader_of(recipient, b"salt"))
    assert read_ticket(write_ticket(ticket, [SECRET], NOW), [SECRET], NOW, MONTH) == (ticket, True)


def test_a_reader_is_the_same_however_the_address_is_written_and_no_address_can_be_read_from_it() -> None:
    reader = reader_of("Rosa@Example.org ", b"salt")
    assert reader == reader_of("rosa@example.org", b"salt")
    assert reader != reader_of("rosa@example.org", b"another salt")
    assert reader != reader_of("rosa@example.com", b"salt")
    assert "rosa" not in reader
    assert len(reader) == 12
