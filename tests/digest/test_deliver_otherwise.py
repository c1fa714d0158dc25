"""What happens where a channel fails in the end: another one takes over, once, and says why; and the log of attempts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest

from bot.clock import ManualClock
from bot.digest.sending.deliver import Forms, deliver
from bot.digest.sending.publish import Draft, publish
from bot.digest.sending.windows import due_at, latest_due, window_ending_before
from bot.errors import ConfigError, DeliveryError
from bot.model import Audience, Delivery, DeliveryState, Digest, Letter, Notice, NoticeKind, Report, Window
from bot.model.digest import Attempt
from bot.store.outbox import LOGGED, LOGGED_FOR
from bot.store.sqlite import SqliteStore
from tests.support.database import store_in_memory

WINDOW = Window(datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC), "Europe/Berlin")
NOW = WINDOW.end + timedelta(hours=8)
LATER = DeliveryError("451 later", retry=True)
NEVER = DeliveryError("550 no such user ada@example.org", retry=False)
DOUBT = DeliveryError("broke off", retry=True, in_doubt=True)
REPORT = Report("pr", Audience.PR)


@dataclass
class Recorder:
    """A notifier that keeps what it took; ``fate`` gives what goes wrong with a letter."""

    recipients: tuple[str, ...]
    fate: Callable[[Letter], DeliveryError | None] = lambda _letter: None
    letters: list[Letter] = field(default_factory=list)

    def send(self, letter: Letter) -> None:
        if error := self.fate(letter):
            raise error
        self.letters.append(letter)


@pytest.fixture
def store() -> Iterator[SqliteStore]:
    opened = store_in_memory()
    yield opened
    opened.close()


def render(digest: Digest, _recipient: str) -> Forms:
    return Forms("the text", "<!doctype html><html><body class='x'><p>html</p></body></html>", "{}", page="https://h/1")


def outbox(store: SqliteStore, *pairs: tuple[str, str]) -> Digest:
    draft = Draft({"subject_line": "Loved on 3 blogs"})
    return publish(store, REPORT, WINDOW, compose=lambda: draft, recipients=pairs, now=NOW)


def kept(store: SqliteStore) -> list[Delivery]:
    return [delivery for _digest, deliveries in store.digests(10) for delivery in deliveries]


def states(store: SqliteStore) -> dict[tuple[str, str], DeliveryState]:
    return {(one.channel, one.recipient): one.state for one in kept(store)}


def refusing(*recipients: str, error: DeliveryError = NEVER) -> Callable[[Letter], DeliveryError | None]:
    return lambda letter: error if letter.recipient in recipients else None


def test_what_a_channel_cannot_deliver_comes_by_the_other_one_and_says_why(store: SqliteStore) -> None:
    mail = Recorder(("ada@example.org", "ben@example.org"), refusing("ada@example.org"))
    folder = Recorder(("digests",))
    digest = outbox(store, *(("mail", to) for to in mail.recipients))
    deliver(store, {"mail": mail, "folder": folder}, render, ManualClock(NOW), otherwise={"mail": "folder"})
    assert states(store) == {
        ("mail", "ada@example.org"): DeliveryState.FAILED,
        ("mail", "ben@example.org"): DeliveryState.SENT,
        ("folder", "digests"): DeliveryState.SENT,
    }
    (letter,) = folder.letters
    why = (
        "This comes by channel 'folder', because 'mail' could not deliver it to a***@example.org: "
        "550 no such user a***@example.org."
    )
    assert letter.note == why
    assert letter.text == f"{why}\n\nthe text"
    assert letter.html.index("<body") < letter.html.index("because &#x27;mail&#x27;") < letter.html.index("<p>html")
    assert letter.key == digest.id == mail.letters[0].key
    assert not mail.letters[0].note


def test_it_is_handed_on_once_however_many_fail_and_not_to_whom_it_reached_already(store: SqliteStore) -> None:
    mail = Recorder(
        ("ada@example.org", "ben@example.org", "cleo@example.org"), refusing("ada@example.org", "ben@example.org")
    )
    second = Recorder(("ada@example.org", "cleo@example.org"))
    folder = Recorder(("digests",))
    outbox(store, *(("mail", to) for to in mail.recipients), ("folder", "digests"))
    notifiers = {"mail": mail, "second": second, "folder": folder}
    for otherwise in ({"mail": "second"}, {"mail": "second"}):
        deliver(store, notifiers, render, ManualClock(NOW), otherwise=otherwise)
    got = Counter(letter.recipient for one in notifiers.values() for letter in one.letters)
    # ben is nobody's whom 'second' reaches: everybody there is told, but cleo, who has it
    assert got == {"ada@example.org": 1, "cleo@example.org": 1, "digests": 1}


def test_a_way_of_three_channels_is_gone_to_its_end_and_no_further(store: SqliteStore) -> None:
    ways = {name: Recorder((name,), refusing(name)) for name in ("one", "two", "three")}
    outbox(store, ("one", "one"))
    deliver(store, ways, render, ManualClock(NOW), otherwise={"one": "two", "two": "three"})
    assert set(states(store).values()) == {DeliveryState.FAILED}
    assert len(kept(store)) == 3


def test_only_what_failed_in_the_end_is_handed_on(store: SqliteStore) -> None:
    mail, folder = Recorder(("ada@example.org",), lambda _letter: LATER), Recorder(("digests",))
    outbox(store, ("mail", "ada@example.org"))
    clock = ManualClock(NOW)
    for _attempt in range(12):
        deliver(store, {"mail": mail, "folder": folder}, render, clock, otherwise={"mail": "folder"})
        assert not folder.letters
        clock.set(next(one.next_attempt_at for one in kept(store) if one.next_attempt_at))
    deliver(store, {"mail": mail, "folder": folder}, render, clock, otherwise={"mail": "folder"})
    assert len(folder.letters) == 1


def test_a_channel_that_cannot_be_built_takes_nothing_over_and_breaks_nothing(store: SqliteStore) -> None:
    class Unbuilt(dict[str, Recorder]):
        def __getitem__(self, name: str) -> Recorder:
            if name == "folder":
                raise ConfigError("no folder")
            return super().__getitem__(name)

    mail = Recorder(("ada@example.org", "ben@example.org"), refusing("ada@example.org"))
    outbox(store, *(("mail", to) for to in mail.recipients))
    deliver(store, Unbuilt(mail=mail), render, ManualClock(NOW), otherwise={"mail": "folder"})
    assert sorted(states(store).values()) == [DeliveryState.FAILED, DeliveryState.SENT]


def test_a_notice_is_handed_on_like_a_digest(store: SqliteStore) -> None:
    notice = Notice(
        "notice-1", NoticeKind.BROKE, "blogs", "Blogs blocked", {"paragraphs": ["It is."], "targets": []}, NOW, ()
    )
    store.announce(
        notice, [Delivery("d1", "", "mail", "ada@example.org", "notice-1", next_attempt_at=NOW, notice="notice-1")]
    )
    mail, folder = Recorder(("ada@example.org",), refusing("ada@example.org")), Recorder(("digests",))
    deliver(store, {"mail": mail, "folder": folder}, render, ManualClock(NOW), otherwise={"mail": "folder"})
    assert [letter.subject_line for letter in folder.letters] == ["Blogs blocked"]
    assert "because 'mail'" in folder.letters[0].text


class Killed(BaseException):
    """The process dies here."""


def test_a_death_at_any_point_hands_on_once(store: SqliteStore) -> None:
    mail, folder = Recorder(("ada@example.org",), refusing("ada@example.org")), Recorder(("digests",))

    def die(letter: Letter) -> DeliveryError | None:
        folder.letters.append(letter)
        folder.fate = lambda _letter: None
        raise Killed

    folder.fate = die
    outbox(store, ("mail", "ada@example.org"))
    clock = ManualClock(NOW)
    ways = {"mail": mail, "folder": folder}
    with pytest.raises(Killed):
        deliver(store, ways, render, clock, otherwise={"mail": "folder"})
    clock.advance(timedelta(hours=1))
    deliver(store, ways, render, clock, otherwise={"mail": "folder"})
    assert len(kept(store)) == 2
    assert {letter.key for letter in folder.letters} == {kept(store)[0].key}
    assert len(folder.letters) == 2, "the one that died in the act, and the one after it"


def test_the_time_that_a_channel_names_is_kept_and_our_own_pauses_too(store: SqliteStore) -> None:
    asked = {"ada@example.org": NOW + timedelta(hours=3), "ben@example.org": NOW + timedelta(seconds=1)}
    chat = Recorder(tuple(asked), lambda letter: DeliveryError("429", retry=True, retry_at=asked[letter.recipient]))
    outbox(store, *(("chat", to) for to in asked))
    settled = {one.recipient: one.next_attempt_at for one in deliver(store, {"chat": chat}, render, ManualClock(NOW))}
    assert settled["ada@example.org"] == NOW + timedelta(hours=3)
    assert settled["ben@example.org"] is not None
    assert settled["ben@example.org"] >= NOW + timedelta(seconds=50)


def test_what_was_in_doubt_once_stays_so_while_nobody_answers_and_no_third_copy_is_sent(store: SqliteStore) -> None:
    fates = iter((DOUBT, LATER, LATER, DOUBT, DOUBT))
    mail = Recorder(("ada@example.org",), lambda _letter: next(fates))
    outbox(store, ("mail", "ada@example.org"))
    clock, seen = ManualClock(NOW), []
    for _attempt in range(9):
        seen += [one.state for one in deliver(store, {"mail": mail}, render, clock)]
        clock.advance(timedelta(hours=7))
    assert seen == [DeliveryState.IN_DOUBT] * 3 + [DeliveryState.FAILED]


def test_every_attempt_stands_in_the_log_with_its_time_and_what_went_wrong(store: SqliteStore) -> None:
    fates = iter((LATER, DOUBT, None))
    mail = Recorder(("ada@example.org",), lambda _letter: next(fates))
    digest = outbox(store, ("mail", "ada@example.org"))
    clock, at = ManualClock(NOW), []
    for _attempt in range(3):
        at.append(clock.now())
        deliver(store, {"mail": mail}, render, clock)
        clock.advance(timedelta(hours=1))
    ((_, log),) = store.attempts(digest.id).items()
    assert [(one.at, one.state, one.error) for one in log] == [
        (at[0], DeliveryState.PENDING, "451 later"),
        (at[1], DeliveryState.IN_DOUBT, "broke off"),
        (at[2], DeliveryState.SENT, None),
    ]


def test_the_log_is_kept_bounded_by_count_and_by_time(store: SqliteStore) -> None:
    digest = outbox(store, ("mail", "ada@example.org"), ("mail", "ben@example.org"))
    clock = ManualClock(NOW)
    mail = Recorder((), lambda _letter: None)
    deliver(store, {"mail": mail}, render, clock)
    first, second = kept(store)
    for number in range(LOGGED + 20):
        store.settle_delivery(first, Attempt(NOW + timedelta(minutes=number), DeliveryState.PENDING, str(number)))
    log = store.attempts(digest.id)
    assert [one.error for one in log[first.id]] == [str(number) for number in range(20, LOGGED + 20)]
    assert len(log[second.id]) == 1
    store.settle_delivery(first, Attempt(NOW + LOGGED_FOR + timedelta(days=1), DeliveryState.SENT))
    assert [(one.state, one.error) for one in store.attempts(digest.id)[first.id]] == [(DeliveryState.SENT, None)]
    assert second.id not in store.attempts(digest.id)


DAYS_OF_CHANGE = [
    ("Europe/London", datetime(2026, 3, 27, tzinfo=UTC)),  # the 29th has 23 hours; the clock skips 01:00
    ("Europe/London", datetime(2026, 10, 23, tzinfo=UTC)),  # the 25th has 25
    ("America/Sao_Paulo", datetime(2018, 11, 2, tzinfo=UTC)),  # the 4th began at 01:00: there was no midnight
    ("America/Sao_Paulo", datetime(2018, 2, 15, tzinfo=UTC)),  # the 17th had its last hour twice
    ("America/Havana", datetime(2026, 10, 30, tzinfo=UTC)),  # the midnight hour twice
]


@pytest.mark.parametrize(("zone", "start"), DAYS_OF_CHANGE, ids=lambda value: str(value)[:19])
@pytest.mark.parametrize("seed", range(2))
def test_each_day_has_one_digest_though_the_clock_changes_is_put_back_and_put_forward(
    store: SqliteStore, zone: str, start: datetime, seed: int
) -> None:
    """Looks every twenty minutes for five days, with a clock that jumps back and ahead by up to three hours."""
    chance, mail = Random(seed), Recorder(("ada@example.org", "ben@example.org"))
    mail.fate = lambda letter: NEVER if letter.recipient.startswith("ben") else None
    folder = Recorder(("digests",))
    made: set[str] = set()

    def a_day() -> Draft:
        return Draft({"subject_line": "A day"})

    for step in range(5 * 72):
        now = start + timedelta(minutes=20 * step) + timedelta(minutes=chance.choice((0, 0, 0, -180, 180, -61, 61)))
        window = latest_due(REPORT, now, zone)
        if now < window.end or now < due_at(REPORT, window):
            continue
        pairs = [("mail", to) for to in mail.recipients]
        made.add(publish(store, REPORT, window, compose=a_day, recipients=pairs, now=now).id)
        deliver(store, {"mail": mail, "folder": folder}, render, ManualClock(now), otherwise={"mail": "folder"})
    windows = sorted((digest.window.start, digest.window.end) for digest, _ in store.digests(99))
    assert len(windows) == len(made)
    assert all(earlier[1] == later[0] for earlier, later in pairwise(windows))
    assert window_ending_before(REPORT, windows[-1][1], zone).end == windows[-1][1]
    for got in (mail.letters, folder.letters):
        assert Counter(letter.key for letter in got) == Counter(made)
