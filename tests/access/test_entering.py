from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from bot.access import pauses
from bot.access.entering import COARSE, CROWDED, SEEN_COARSE, TILL_SESSION, Entry
from bot.access.keys import make_key
from bot.access.passwords import CROWD, Passwords
from bot.access.tokens import digest_of, new_token
from bot.errors import SignInRefused
from bot.model.access import MAY, AccessEvent, Account, ApiKey, Caller, Role, Scope
from bot.store.sqlite import SqliteStore, open_store
from tests.support.database import empty_database
from tests.support.samples import DAY, HOUR, NOON
from tests.support.shared import ROOT

GOOD = "a warm truffle at noon"
HOME, CAFE = "192.0.2.1", "198.51.100.7"
LASTS, IDLE = timedelta(hours=12), timedelta(hours=2)
EVENT = AccessEvent(NOON, "test", "made", "user:ada")


class CountedHasher(PasswordHasher):
    checks = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # type: ignore[override]  # noqa: A002 theirs
        self.checks += 1
        return super().verify(hash, password)


@pytest.fixture
def hasher() -> CountedHasher:
    return CountedHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = open_store(empty_database(tmp_path))
    yield opened
    opened.close()


@pytest.fixture
def entry(store: SqliteStore, hasher: CountedHasher) -> Entry:
    made = Entry(store, Passwords(hasher), LASTS, IDLE, store.salt)
    store.add_account(Account("Ada", Role.COMMUNITY, NOON), made.passwords.hash(GOOD), EVENT)
    return made


def a_key(store: SqliteStore, *, till: bool = True, expires: timedelta | None = None) -> str:
    key_id, secret, text = make_key()
    ends = None if expires is None else NOON + expires
    scopes = frozenset({Scope.REDEEM, Scope.READ})
    store.add_key(ApiKey(key_id, "Counter", scopes, NOON, "test", till, "counter", ends), digest_of(secret), EVENT)
    return text


def failures(entry: Entry, count: int, *, address: str = HOME, name: str = "ada") -> None:
    for number in range(count):
        with pytest.raises(SignInRefused):
            entry.sign_in(name, f"wrong password {number}", address, NOON)


def test_the_right_password_opens_a_session_under_a_fresh_token(entry: Entry) -> None:
    one, other = entry.sign_in("ADA ", GOOD, HOME, NOON), entry.sign_in("ada", GOOD, HOME, NOON)
    assert one != other
    session = entry.session(one, NOON)
    assert session is not None
    assert session.caller == Caller("user:ada", "Ada", MAY[Role.COMMUNITY], Role.COMMUNITY)


def test_only_the_token_s_hash_is_kept(entry: Entry, tmp_path: Path, store: SqliteStore) -> None:
    token = entry.sign_in("ada", GOOD, HOME, NOON)
    text = a_key(store)
    store.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    for secret in (token, GOOD, text, text.split("_")[2], HOME):
        assert secret.encode() not in kept
    assert digest_of(token).encode() in kept


@pytest.mark.parametrize(
    ("name", "password"), [("ada", "wrong password!"), ("nobody", GOOD), ("", ""), ("\ud800", GOOD)]
)
def test_an_unknown_name_and_a_wrong_password_are_refused_alike_with_the_same_work(
    entry: Entry, hasher: CountedHasher, name: str, password: str
) -> None:
    with pytest.raises(SignInRefused) as refused:
        entry.sign_in(name, password, HOME, NOON)
    assert (str(refused.value), refused.value.retry_at) == ("name or password is wrong", None)
    assert hasher.checks == 1


def test_who_is_shut_out_is_refused_like_a_wrong_password_with_the_right_one(entry: Entry, store: SqliteStore) -> None:
    store.set_disabled("ada", True, EVENT)
    with pytest.raises(SignInRefused, match="name or password is wrong"):
        entry.sign_in("ada", GOOD, HOME, NOON)


def test_a_session_that_was_left_open_opens_nothing_to_who_is_shut_out(entry: Entry, store: SqliteStore) -> None:
    token, (till, key) = entry.sign_in("ada", GOOD, HOME, NOON), entry.enter(a_key(store), NOON)
    with store._write() as db:
        db.execute("UPDATE accounts SET disabled_at = '2026-01-01T00:00:00Z'")
        db.execute("UPDATE access_keys SET revoked_at = '2026-01-01T00:00:00Z' WHERE id = :id", {"id": key.id})
    assert (entry.session(token, NOON), entry.session(till, NOON)) == (None, None)


def test_a_planted_token_is_worth_nothing_and_the_one_before_ends(entry: Entry) -> None:
    planted = new_token()
    mine = entry.sign_in("ada", GOOD, HOME, NOON, instead=planted)
    assert mine != planted
    assert entry.session(planted, NOON) is None
    again = entry.sign_in("ada", GOOD, HOME, NOON, instead=mine)
    assert entry.session(mine, NOON) is None
    assert entry.session(again, NOON) is not None


def test_a_session_ends_when_it_lies_idle_and_at_the_latest_after_its_hours(entry: Entry) -> None:
    token = entry.sign_in("ada", GOOD, HOME, NOON)
    assert entry.session(token, NOON + IDLE - timedelta(seconds=1)) is not None
    now = NOON
    while now + IDLE / 2 < NOON + LASTS:
        now += IDLE / 2
        assert entry.session(token, now) is not None
    assert entry.session(token, NOON + LASTS) is None
    idle = entry.sign_in("ada", GOOD, HOME, NOON)
    assert entry.session(idle, NOON + IDLE) is None


def test_seeing_a_session_writes_now_and_then_only(entry: Entry, store: SqliteStore) -> None:
    token = entry.sign_in("ada", GOOD, HOME, NOON)

    def seen() -> object:
        kept = store.session(digest_of(token))
        assert kept is not None
        return kept.seen_at

    entry.session(token, NOON + SEEN_COARSE / 2)
    assert seen() == NOON
    entry.session(token, NOON + SEEN_COARSE)
    assert seen() == NOON + SEEN_COARSE


def test_after_too_many_tries_the_right_password_works_once_the_wait_is_over(
    entry: Entry, hasher: CountedHasher
) -> None:
    failures(entry, pauses.HERE.free + 1)
    before = hasher.checks
    with pytest.raises(SignInRefused) as waits:
        entry.sign_in("ada", GOOD, HOME, NOON)
    assert waits.value.retry_at == NOON + timedelta(seconds=1)
    assert hasher.checks == before, "a try during a wait costs nothing"
    assert entry.sign_in("ada", GOOD, HOME, waits.value.retry_at)


def test_an_unknown_name_waits_like_a_known_one(entry: Entry) -> None:
    for name in ("ada", "nobody"):
        failures(entry, pauses.HERE.free + 1, name=name)
        with pytest.raises(SignInRefused) as waits:
            entry.sign_in(name, "wrong password!", HOME, NOON)
        assert waits.value.retry_at == NOON + timedelta(seconds=1)


def test_strangers_cannot_keep_the_owner_out(entry: Entry) -> None:
    entry.sign_in("ada", GOOD, CAFE, NOON)
    for number in range(60):
        with pytest.raises(SignInRefused):
            entry.sign_in("ada", "wrong password!", f"203.0.113.{number}", NOON)
    with pytest.raises(SignInRefused) as elsewhere:
        entry.sign_in("ada", GOOD, HOME, NOON)
    assert elsewhere.value.retry_at is not None
    assert elsewhere.value.retry_at <= NOON + pauses.ACCOUNT.longest
    assert entry.sign_in("ada", GOOD, CAFE, NOON), "where the owner was before, they come in at once"


def test_one_address_cannot_go_through_many_names(entry: Entry) -> None:
    for number in range(pauses.ADDRESS.free + 1):
        with pytest.raises(SignInRefused):
            entry.sign_in(f"name{number}", "wrong password!", HOME, NOON)
    with pytest.raises(SignInRefused) as waits:
        entry.sign_in("ada", GOOD, HOME, NOON)
    assert waits.value.retry_at is not None


def test_guesses_at_once_are_counted_before_they_are_checked(entry: Entry, hasher: CountedHasher) -> None:
    def guess() -> None:
        with pytest.raises(SignInRefused):
            entry.sign_in("ada", "wrong password!", HOME, NOON)

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert hasher.checks == pauses.HERE.free + 1


def test_when_too_many_sign_in_at_once_the_next_comes_back_in_a_moment_and_nothing_is_counted(
    store: SqliteStore, entry: Entry
) -> None:
    going_on = threading.Event()

    class Slow(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # type: ignore[override]  # noqa: A002 theirs
            going_on.wait(20)
            return super().verify(hash, password)

    slow = Entry(store, Passwords(Slow(1, 8, 1)), LASTS, IDLE, store.salt)
    waiting = [threading.Thread(target=slow.passwords.matches, args=(GOOD, "kept")) for _ in range(CROWD)]
    for thread in waiting:
        thread.start()
    while not slow.passwords.crowded:
        pass
    with pytest.raises(SignInRefused) as refused:
        slow.sign_in("ada", GOOD, HOME, NOON)
    going_on.set()
    for thread in waiting:
        thread.join()
    assert refused.value.retry_at == NOON + CROWDED
    assert slow.sign_in("ada", GOOD, HOME, NOON)


def test_a_hash_of_older_parameters_is_made_anew_at_sign_in_and_the_session_goes_on(
    entry: Entry, store: SqliteStore
) -> None:
    newer = Entry(store, Passwords(PasswordHasher(2, 8, 1)), LASTS, IDLE, store.salt)
    token = newer.sign_in("ada", GOOD, HOME, NOON)
    kept = store.account("ada")
    assert kept is not None
    assert "t=2" in kept[1]
    assert newer.session(token, NOON) is not None
    assert newer.sign_in("ada", GOOD, HOME, NOON)


def test_a_key_calls_until_it_runs_out_or_is_revoked(entry: Entry, store: SqliteStore) -> None:
    text = a_key(store, expires=DAY)
    caller = entry.key_caller(text, NOON)
    assert caller is not None
    assert (caller.placement, caller.may(Scope.REDEEM), caller.may(Scope.LABEL)) == ("counter", True, False)
    assert entry.key_caller(text, NOON + DAY) is None
    store.revoke_key(text.split("_")[1], EVENT)
    assert entry.key_caller(text, NOON) is None


def test_another_key_s_secret_under_this_id_is_no_key(entry: Entry, store: SqliteStore) -> None:
    one, other = a_key(store), a_key(store)
    mixed = f"heard_{one.split('_')[1]}_{other.split('_')[2]}"
    assert entry.key_caller(mixed, NOON) is None


def test_a_key_s_use_is_written_once_an_hour_at_most(entry: Entry, store: SqliteStore) -> None:
    text = a_key(store)
    used = []
    for minutes in range(0, 121, 20):
        entry.key_caller(text, NOON + timedelta(minutes=minutes))
        used.append(store.keys()[0].last_used_at)
    assert used == [NOON] * 3 + [NOON + COARSE] * 3 + [NOON + 2 * COARSE]


def test_a_key_link_opens_a_till_that_may_redeem_and_nothing_else(entry: Entry, store: SqliteStore) -> None:
    text = a_key(store)
    token, key = entry.enter(text, NOON)
    session = entry.session(token, NOON + 300 * DAY)
    assert session is not None, "a till is never idle"
    assert session.caller == Caller(f"key:{key.id}", "Counter", frozenset({Scope.REDEEM}), None, "counter")
    assert entry.session(token, NOON + TILL_SESSION) is None


def test_revoking_the_key_closes_the_till_at_once(entry: Entry, store: SqliteStore) -> None:
    text = a_key(store)
    token, key = entry.enter(text, NOON)
    store.revoke_key(key.id, EVENT)
    assert entry.session(token, NOON) is None
    assert store.counts()["sessions"] == 0
    with pytest.raises(SignInRefused):
        entry.enter(text, NOON)


def test_a_till_closes_when_its_key_runs_out(entry: Entry, store: SqliteStore) -> None:
    token, _ = entry.enter(a_key(store, expires=HOUR), NOON)
    opened = store.session(digest_of(token))
    assert opened is not None
    assert opened.ends_at == NOON + HOUR
    assert entry.session(token, NOON + HOUR - timedelta(seconds=1)) is not None
    assert entry.session(token, NOON + HOUR) is None


def test_a_key_for_a_program_opens_no_till(entry: Entry, store: SqliteStore) -> None:
    for text in (a_key(store, till=False), "heard_x", ""):
        with pytest.raises(SignInRefused):
            entry.enter(text, NOON)


@pytest.mark.parametrize("token", ["", "x", "\ud800", "x" * 100_000, "'; DROP TABLE sessions; --"])
def test_hostile_tokens_open_nothing(entry: Entry, token: str) -> None:
    assert entry.session(token, NOON) is None


def test_the_documentation_tells_what_each_role_may_do() -> None:
    text = (ROOT / "docs" / "access.md").read_text(encoding="utf-8")
    rows = {
        row[0]: row[1:]
        for row in re.findall(r"^\| `(\w+)` \| (\w+) \| (\w+) \| (\w+) \| (\w+) \|$", text, re.MULTILINE)
    }
    columns = (Scope.READ, Scope.REDEEM, Scope.LABEL, Scope.ADMIN)
    assert rows == {str(role): tuple("yes" if one in may else "no" for one in columns) for role, may in MAY.items()}


def test_what_each_role_may_do() -> None:
    table = {str(role): {str(scope) for scope in scopes} for role, scopes in MAY.items()}
    assert table == {
        "viewer": {"read"},
        "community": {"read", "redeem"},
        "pr": {"read", "label"},
        "admin": {"read", "redeem", "label", "admin"},
    }
