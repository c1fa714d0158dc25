"""Delivering from the real outbox: to recording notifiers, and by real e-mail."""

from __future__ import annotations

import logging
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.clock import ManualClock, SystemClock
from bot.digest.sending.backoff import WAITS, wait_after
from bot.digest.sending.deliver import STALE_AFTER, Forms, deliver, masked
from bot.digest.sending.publish import Draft, publish
from bot.errors import ConfigError, DeliveryError
from bot.model import Audience, Delivery, DeliveryState, Digest, Letter, Report, Window
from bot.notify.email import connect
from bot.ports import Deps
from bot.store.sqlite import SqliteStore, open_store
from tests.support.database import empty_database
from tests.support.smtp import Mailbox, smtp_server

WINDOW = Window(datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC), "Europe/Berlin")
NOW = WINDOW.end + timedelta(hours=8)
TEMPORARY = DeliveryError("451 later", retry=True)
LASTING = DeliveryError("550 no such user someone@example.org", retry=False)
DOUBT = DeliveryError("broke off", retry=True, in_doubt=True)


class Killed(BaseException):
    """The process dies here."""


@dataclass
class Recorder:
    """A notifier that keeps what it took; ``fate`` raises what goes wrong."""

    recipients: tuple[str, ...] = ("pat@example.org",)
    fate: Callable[[Letter], None] = lambda _letter: None
    letters: list[Letter] = field(default_factory=list)

    def send(self, letter: Letter) -> None:
        self.fate(letter)
        self.letters.append(letter)


def raising(*errors: BaseException | None) -> Callable[[Letter], None]:
    waiting = list(errors)

    def fate(_letter: Letter) -> None:
        error = waiting.pop(0) if waiting else None
        if error is not None:
            raise error

    return fate


def render(digest: Digest, _recipient: str) -> Forms:
    return Forms(text=f"text of {digest.id}", html="<p>html</p>", json="{}")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = open_store(empty_database(tmp_path))
    yield opened
    opened.close()


def outbox(store: SqliteStore, notifiers: dict[str, Recorder], report: str = "pr") -> Digest:
    pairs = [(channel, to) for channel, notifier in notifiers.items() for to in notifier.recipients]
    draft = Draft({"subject_line": "Loved on 3 blogs"})
    return publish(store, Report(report, Audience.PR), WINDOW, compose=lambda: draft, recipients=pairs, now=NOW)


def kept(store: SqliteStore) -> list[Delivery]:
    return [delivery for _digest, deliveries in store.digests(10) for delivery in deliveries]


def test_each_recipient_gets_the_letter_once_and_it_is_written_down(store: SqliteStore) -> None:
    notifiers = {"mail": Recorder(("a@example.org", "b@example.org")), "folder": Recorder(("digests",))}
    digest = outbox(store, notifiers)
    settled = deliver(store, notifiers, render, ManualClock(NOW))
    assert {delivery.state for delivery in settled} == {DeliveryState.SENT}
    assert sorted(settled, key=lambda one: one.id) == sorted(kept(store), key=lambda one: one.id)
    assert {(one.attempts, one.sent_at, one.next_attempt_at, one.error) for one in settled} == {(1, NOW, None, None)}
    assert sorted(letter.recipient for letter in notifiers["mail"].letters) == ["a@example.org", "b@example.org"]
    letter = notifiers["folder"].letters[0]
    assert (letter.key, letter.subject_line, letter.text) == (digest.id, "Loved on 3 blogs", f"text of {digest.id}")
    assert (letter.report, letter.window, letter.created_at) == ("pr", WINDOW, NOW)
    assert deliver(store, notifiers, render, ManualClock(NOW + timedelta(days=1))) == ()


def test_a_digest_is_rendered_for_each_recipient_as_their_own_links_stand_in_it(store: SqliteStore) -> None:
    readers = [f"{number}@example.org" for number in range(3)]
    notifiers = {"mail": Recorder(tuple(readers))}
    outbox(store, notifiers)

    def rendered(digest: Digest, reader: str) -> Forms:
        return Forms(text=f"{digest.id} for {reader}", html="<p>html</p>", json="{}")

    deliver(store, notifiers, rendered, ManualClock(NOW))
    assert {(one.recipient, one.text.split()[-1]) for one in notifiers["mail"].letters} == {
        *zip(readers, readers, strict=True)
    }


def test_a_passing_failure_is_tried_again_later_with_the_same_key(store: SqliteStore) -> None:
    notifiers = {"mail": Recorder(fate=raising(TEMPORARY))}
    outbox(store, notifiers)
    (waiting,) = deliver(store, notifiers, render, ManualClock(NOW))
    assert (waiting.state, waiting.attempts, waiting.error) == (DeliveryState.PENDING, 1, "451 later")
    assert waiting.next_attempt_at is not None
    assert deliver(store, notifiers, render, ManualClock(waiting.next_attempt_at - timedelta(seconds=1))) == ()
    (sent,) = deliver(store, notifiers, render, ManualClock(waiting.next_attempt_at))
    assert (sent.state, sent.attempts, sent.error) == (DeliveryState.SENT, 2, None)


def test_a_lasting_failure_is_given_up_at_once(store: SqliteStore) -> None:
    notifiers = {"mail": Recorder(fate=raising(LASTING))}
    outbox(store, notifiers)
    (failed,) = deliver(store, notifiers, render, ManualClock(NOW))
    assert (failed.state, failed.attempts, failed.next_attempt_at) == (DeliveryState.FAILED, 1, None)
    assert deliver(store, notifiers, render, ManualClock(NOW + timedelta(days=30))) == ()


def test_a_failure_that_does_not_pass_is_given_up_after_about_a_day(store: SqliteStore) -> None:
    notifiers = {"mail": Recorder(fate=raising(*[TEMPORARY] * 100))}
    outbox(store, notifiers)
    now = NOW
    while (delivery := deliver(store, notifiers, render, ManualClock(now))[0]).state is DeliveryState.PENDING:
        assert delivery.next_attempt_at is not None
        assert delivery.next_attempt_at > now
        now = delivery.next_attempt_at
    assert delivery.state is DeliveryState.FAILED
    assert delivery.attempts == len(WAITS) + 1
    assert timedelta(hours=20) < now - NOW < timedelta(hours=27)


def test_one_channels_trouble_never_holds_up_another(store: SqliteStore) -> None:
    notifiers = {
        "a": Recorder(fate=raising(*[TEMPORARY] * 9)),
        "b": Recorder(fate=raising(*[LASTING] * 9)),
        "c": Recorder(fate=raising(*[ZeroDivisionError("a bug")] * 9)),
        "d": Recorder(("one@example.org", "two@example.org")),
    }
    outbox(store, notifiers)
    states = Counter((one.channel, one.state) for one in deliver(store, notifiers, render, ManualClock(NOW)))
    assert states == {
        ("a", DeliveryState.PENDING): 1,
        ("b", DeliveryState.FAILED): 1,
        ("c", DeliveryState.PENDING): 1,
        ("d", DeliveryState.SENT): 2,
    }


def test_a_bug_is_logged_with_its_traceback(store: SqliteStore, caplog: pytest.LogCaptureFixture) -> None:
    notifiers = {"mail": Recorder(fate=raising(ZeroDivisionError("a bug")))}
    outbox(store, notifiers)
    deliver(store, notifiers, render, ManualClock(NOW))
    assert "ZeroDivisionError: a bug" in caplog.text


def test_a_channel_that_left_the_configuration_waits_for_its_return(store: SqliteStore) -> None:
    notifiers = {"mail": Recorder()}
    outbox(store, notifiers)
    (waiting,) = deliver(store, {}, render, ManualClock(NOW))
    assert waiting.state is DeliveryState.PENDING
    assert "channel 'mail' is not in the configuration" in str(waiting.error)
    (sent,) = deliver(store, notifiers, render, ManualClock(NOW + timedelta(hours=1)))
    assert sent.state is DeliveryState.SENT


def test_a_channel_that_cannot_be_built_fails_its_own_deliveries_only(store: SqliteStore) -> None:
    class Unbuilt(dict[str, Recorder]):
        def get(self, channel: str, default: object = None) -> Recorder:  # type: ignore[override]
            if channel == "mail":
                raise ConfigError("password_env: the environment variable PASSWORD is not set")
            return self[channel]

    notifiers = Unbuilt(mail=Recorder(), folder=Recorder(("digests",)))
    outbox(store, notifiers)
    settled = {one.channel: one for one in deliver(store, notifiers, render, ManualClock(NOW))}
    assert (settled["folder"].state, settled["mail"].state) == (DeliveryState.SENT, DeliveryState.PENDING)
    assert settled["mail"].next_attempt_at is not None
    assert "PASSWORD is not set" in str(settled["mail"].error)


def test_stopping_ends_between_two_letters(store: SqliteStore) -> None:
    recorder = Recorder(("a@example.org", "b@example.org", "c@example.org"))
    outbox(store, {"mail": recorder})
    settled = deliver(store, {"mail": recorder}, render, ManualClock(NOW), stop=lambda: bool(recorder.letters))
    assert [one.state for one in settled] == [DeliveryState.SENT]
    assert Counter(one.state for one in kept(store)) == {DeliveryState.SENT: 1, DeliveryState.PENDING: 2}


def test_letters_that_take_minutes_are_dated_one_by_one_and_no_other_process_takes_them(store: SqliteStore) -> None:
    clock, other = ManualClock(NOW), Recorder()

    hangs = STALE_AFTER + timedelta(minutes=1)

    def slowly(_letter: Letter) -> None:
        """The first letter hangs; while the second goes out, another process looks."""
        if recorder.letters:
            deliver(store, {"mail": other}, render, clock)
        else:
            clock.advance(hangs)

    recorder = Recorder(("a@example.org", "b@example.org"), slowly)
    outbox(store, {"mail": recorder})
    settled = deliver(store, {"mail": recorder}, render, clock)
    assert not other.letters
    assert [one.sent_at for one in settled] == [NOW + hangs, NOW + hangs]


def test_a_broken_answer_leaves_it_in_doubt_and_it_is_sent_once_more_and_no_third_time(store: SqliteStore) -> None:
    notifiers = {"mail": Recorder(fate=raising(DOUBT, DOUBT, DOUBT))}
    outbox(store, notifiers)
    (first,) = deliver(store, notifiers, render, ManualClock(NOW))
    assert (first.state, first.attempts) == (DeliveryState.IN_DOUBT, 1)
    assert first.next_attempt_at is not None
    (second,) = deliver(store, notifiers, render, ManualClock(first.next_attempt_at))
    assert (second.state, second.attempts, second.key) == (DeliveryState.FAILED, 2, first.key)
    assert deliver(store, notifiers, render, ManualClock(NOW + timedelta(days=9))) == ()


def test_a_process_that_dies_while_sending_leaves_one_in_doubt_that_is_sent_once_more(store: SqliteStore) -> None:
    recorder = Recorder(("a@example.org", "b@example.org", "c@example.org"))

    def die_after_the_second_was_taken(letter: Letter) -> None:
        if len(recorder.letters) == 1:
            recorder.letters.append(letter)
            raise Killed

    recorder.fate = die_after_the_second_was_taken
    outbox(store, {"mail": recorder})
    with pytest.raises(Killed):
        deliver(store, {"mail": recorder}, render, ManualClock(NOW))
    assert Counter(one.state for one in kept(store)) == {
        DeliveryState.SENT: 1,
        DeliveryState.SENDING: 1,
        DeliveryState.PENDING: 1,
    }
    recorder.fate = raising()
    assert len(deliver(store, {"mail": recorder}, render, ManualClock(NOW + timedelta(minutes=1)))) == 1
    (late,) = deliver(store, {"mail": recorder}, render, ManualClock(NOW + STALE_AFTER + timedelta(seconds=1)))
    assert late.state is DeliveryState.SENT
    seen = Counter((letter.recipient, letter.key) for letter in recorder.letters)
    assert sorted(seen.values()) == [1, 1, 2]


@pytest.mark.parametrize("seed", range(8))
def test_whatever_dies_when_nothing_is_lost_and_only_a_death_in_the_act_repeats(tmp_path: Path, seed: int) -> None:
    chance, now, deaths = random.Random(seed), NOW, Counter[str]()
    recorder = Recorder(tuple(f"{number}@example.org" for number in range(4)))

    def fate(letter: Letter) -> None:
        dice = chance.random()
        if dice < 0.15:
            raise Killed
        if dice < 0.3:
            recorder.letters.append(letter)
            deaths[letter.recipient] += 1
            raise Killed
        if dice < 0.5:
            raise DeliveryError("later", retry=True)

    recorder.fate = fate
    path = tmp_path / "heard.db"
    for _life in range(200):
        store = open_store(path)
        try:
            outbox(store, {"mail": recorder})
            deliver(store, {"mail": recorder}, render, ManualClock(now))
        except Killed:
            pass
        finally:
            states = {one.state for one in kept(store)}
            store.close()
        now += timedelta(minutes=chance.randrange(1, 40))
        if states == {DeliveryState.SENT}:
            break
    assert states == {DeliveryState.SENT}
    seen = Counter(letter.recipient for letter in recorder.letters)
    assert seen == {to: 1 + deaths[to] for to in recorder.recipients}
    assert len({letter.key for letter in recorder.letters}) == 1


def test_one_line_is_logged_a_delivery_and_no_address_in_full(
    store: SqliteStore, caplog: pytest.LogCaptureFixture
) -> None:
    notifiers = {
        "mail": Recorder(("Pat <pat@example.org>",)),
        "bad": Recorder(("someone@example.org",), raising(LASTING)),
    }
    digest = outbox(store, notifiers)
    with caplog.at_level(logging.INFO):
        deliver(store, notifiers, render, ManualClock(NOW))
    lines = sorted(record.getMessage() for record in caplog.records)
    assert lines == [
        (
            f"delivery digest={digest.id} channel=bad recipient=s***@example.org state=failed attempts=1 next=- "
            "error='550 no such user s***@example.org'"
        ),
        f"delivery digest={digest.id} channel=mail recipient=p***@example.org state=sent attempts=1 next=- error=''",
    ]


def test_an_address_is_masked_and_a_folder_is_not() -> None:
    assert masked("pat@example.org") == "p***@example.org"
    assert masked("Pat P. <pat@example.org>") == "p***@example.org"
    assert masked("@") == "***@"
    assert masked("digests/today") == "digests/today"


def test_waits_grow_and_are_the_same_every_time_they_are_asked_for() -> None:
    waits = [wait_after(attempts, "key") for attempts in range(1, len(WAITS) + 1)]
    assert waits == [wait_after(attempts, "key") for attempts in range(1, len(WAITS) + 1)]
    assert wait_after(len(WAITS) + 1, "key") is None
    for wait, plain in zip(waits, WAITS, strict=True):
        assert wait is not None
        assert plain * 0.9 <= wait <= plain * 1.1
    assert len({wait_after(1, f"key {number}") for number in range(50)}) == 50


def _mail(mailbox: Mailbox) -> dict[str, object]:
    options = {"host": "127.0.0.1", "port": mailbox.port, "security": "none", "from": "heard@example.org",
               "to": ["pat@example.org", "sam@example.org"], "timeout": 5.0}  # fmt: skip
    deps = Deps(session=None, clock=SystemClock(), secret=lambda _options, _name: "")  # type: ignore[arg-type]
    return {"mail": connect("mail", options, deps)}


def test_by_real_mail_a_dropped_answer_repeats_only_that_recipient_under_the_same_message_id(
    store: SqliteStore,
) -> None:
    with smtp_server(Mailbox(rcpt=["yes", "451 greylisted"], data=["take, then hang up"])) as mailbox:
        notifiers = _mail(mailbox)
        outbox(store, notifiers)  # type: ignore[arg-type]
        first = {one.state for one in deliver(store, notifiers, render, ManualClock(NOW))}  # type: ignore[arg-type]
        assert first == {DeliveryState.IN_DOUBT, DeliveryState.PENDING}
        again = deliver(store, notifiers, render, ManualClock(NOW + timedelta(minutes=2)))  # type: ignore[arg-type]
    assert {one.state for one in again} == {DeliveryState.SENT}
    assert sorted(Counter(to[0] for _sender, to, _content in mailbox.envelopes).values()) == [1, 2]
    assert len({message["Message-ID"] for message in mailbox.messages}) == 1
