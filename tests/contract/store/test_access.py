from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.errors import SignInRefused
from bot.model.access import AccessEvent, Account, ApiKey, Role, Scope, Session, Tries
from bot.ports.access_store import AccessStore
from bot.store.access import _log
from tests.contract.store.conftest import REFUSED, OpenStore
from tests.support.database import empty_database
from tests.support.samples import DAY, HOUR, NOON

ADA = Account("Ada", Role.COMMUNITY, NOON)
KEY = ApiKey("k0", "Counter", frozenset({Scope.REDEEM}), NOON, "test", till=True, placement="counter")


def event(kind: str = "made", about: str = "user:ada") -> AccessEvent:
    return AccessEvent(NOON, "test", kind, about, "<b>detail</b>")


@pytest.fixture
def door(tmp_path: Path, open_again: OpenStore) -> Iterator[AccessStore]:
    empty_database(tmp_path)
    store: AccessStore = open_again()
    store.add_account(ADA, "hash", event())
    store.add_key(KEY, "digest", event(about="key:k0"))
    yield store
    store.close()


def person() -> Session:
    return Session(ADA, None, NOON, NOON, NOON + HOUR)


def till() -> Session:
    return Session(None, KEY, NOON, NOON, NOON + DAY)


def test_a_key_comes_back_as_it_was_kept(door: AccessStore) -> None:
    assert door.key("k0") == (KEY, "digest")
    assert door.keys() == (KEY,)
    assert door.key("nobody's") is None


def test_a_key_is_revoked_once_and_its_tills_are_closed_with_it(door: AccessStore) -> None:
    assert door.begin_session("s", till())
    assert door.revoke_key("k0", event("revoked"))
    assert door.session("s") is None
    assert not door.revoke_key("k0", event("revoked"))
    assert not door.revoke_key("other", event("revoked"))
    assert door.keys()[0].revoked_at == NOON
    assert [one.kind for one in door.access_log()] == ["made", "made", "revoked"]


def test_a_revoked_key_opens_no_session_any_more(door: AccessStore) -> None:
    door.revoke_key("k0", event())
    assert not door.begin_session("s", till())
    assert door.session("s") is None


def test_a_key_s_use_is_noted_once_an_hour_however_many_use_it_at_once(
    door: AccessStore, open_again: OpenStore
) -> None:
    def use() -> None:
        own = open_again()
        own.touch_key("k0", NOON + HOUR, NOON)
        own.close()

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert door.keys()[0].last_used_at == NOON + HOUR
    door.touch_key("k0", NOON + HOUR * 1.5, NOON + HOUR * 0.5)
    assert door.keys()[0].last_used_at == NOON + HOUR
    door.touch_key("k0", NOON + HOUR * 2.5, NOON + HOUR * 1.5)
    assert door.keys()[0].last_used_at == NOON + HOUR * 2.5


def test_two_names_that_differ_by_case_are_one(door: AccessStore) -> None:
    assert not door.add_account(replace(ADA, name="ADA"), "other", event())
    assert door.account("aDa") == (replace(ADA, password_at=NOON), "hash")
    assert len(list(door.access_log())) == 2, "what was not done is not logged"


def test_another_role_ends_every_session(door: AccessStore) -> None:
    door.begin_session("s", person())
    assert door.set_role("ADA", Role.VIEWER, event())
    assert door.session("s") is None
    assert door.accounts()[0].role is Role.VIEWER
    assert not door.set_role("nobody", Role.ADMIN, event())


def test_sessions_are_listed_with_the_last_seen_first_and_those_of_nobody_else(door: AccessStore) -> None:
    for name in ("a", "b"):
        door.begin_session(name, person())
    door.begin_session("till", till())
    door.touch_session("a", NOON + HOUR)
    assert [digest for digest, _ in door.sessions_of("aDA")] == ["a", "b"]
    assert {session.account for _, session in door.sessions_of("ada")} == {door.accounts()[0]}
    assert door.sessions_of("nobody") == ()


def test_everybody_is_signed_out_at_once_tills_too(door: AccessStore) -> None:
    door.begin_session("s", person())
    door.begin_session("till", till())
    before = len(list(door.access_log()))
    assert door.end_every_session(event()) == 2
    assert (door.session("s"), door.session("till")) == (None, None)
    assert door.end_every_session(event()) == 0
    assert len(list(door.access_log())) == before + 2


@pytest.mark.parametrize("change", ["password", "disabled", "removed"])
def test_a_password_s_change_a_lock_out_and_a_removal_end_every_session(door: AccessStore, change: str) -> None:
    for digest in ("one", "two"):
        door.begin_session(digest, person())
    changed = {
        "password": lambda: door.set_password("ada", "other hash", event()),
        "disabled": lambda: door.set_disabled("ada", True, event()),
        "removed": lambda: door.remove_account("ada", event()),
    }[change]
    assert changed()
    assert door.session("one") is door.session("two") is None


def test_who_is_shut_out_or_removed_begins_no_session(door: AccessStore) -> None:
    door.set_disabled("ada", True, event())
    assert not door.begin_session("s", person())
    door.set_disabled("ada", False, event())
    assert door.begin_session("s", person())
    door.remove_account("ada", event())
    assert not door.begin_session("t", person())


def test_a_new_session_takes_the_place_of_the_one_before(door: AccessStore) -> None:
    door.begin_session("old", person())
    door.begin_session("new", person(), instead="old")
    assert door.session("old") is None
    assert door.session("new") is not None
    found = door.account("ada")
    assert found is not None
    assert found[0].last_sign_in == NOON


def test_a_newer_hash_does_not_undo_a_password_that_was_changed_meanwhile(door: AccessStore) -> None:
    door.begin_session("s", person())
    door.rehash("ada", "hash", "newer")
    assert door.session("s") is not None
    door.rehash("ada", "hash", "too late")
    found = door.account("ada")
    assert found is not None
    assert found[1] == "newer"


def test_a_session_is_seen_later_never_earlier(door: AccessStore) -> None:
    door.begin_session("s", person())
    door.touch_session("s", NOON + HOUR)
    door.touch_session("s", NOON)
    session = door.session("s")
    assert session is not None
    assert session.seen_at == NOON + HOUR


def test_ended_and_idle_sessions_are_dropped_and_tills_are_never_idle(door: AccessStore) -> None:
    door.begin_session("idle", person())
    door.begin_session("till", till())
    later = NOON + HOUR * 0.9
    door.begin_session("fresh", replace(person(), seen_at=later))
    door.drop_ended(later, idle_before=NOON, tries_before=NOON, known_before=NOON - DAY)
    assert door.session("idle") is None
    assert door.session("till") is not None
    assert door.session("fresh") is not None
    door.drop_ended(NOON + DAY, idle_before=NOON - DAY, tries_before=NOON, known_before=NOON)
    assert door.session("till") is door.session("fresh") is None


def test_signing_out_everywhere_ends_the_sessions_of_one_account_alone(door: AccessStore) -> None:
    door.add_account(Account("Bob", Role.PR, NOON), "hash", event())
    door.begin_session("bob", Session(Account("bob", Role.PR, NOON), None, NOON, NOON, NOON + HOUR))
    door.begin_session("a", person())
    door.begin_session("b", person())
    assert door.end_sessions("Ada", event()) == 2
    assert door.session("bob") is not None
    door.end_session("bob")
    assert door.session("bob") is None


def test_a_try_that_is_refused_writes_nothing(door: AccessStore) -> None:
    door.try_in(["a", "b"], lambda tries: {0: Tries(1, NOON, NOON + HOUR)})

    def refuse(tries: object) -> dict[int, Tries]:
        raise SignInRefused(retry_at=NOON)

    with pytest.raises(SignInRefused):
        door.try_in(["a", "b"], refuse)
    seen: list[Tries] = []
    door.try_in(["a", "b"], lambda tries: seen.extend(tries) or {})
    assert seen == [Tries(1, NOON, NOON + HOUR), Tries()]


def test_tries_at_once_are_all_counted(door: AccessStore, open_again: OpenStore) -> None:
    def guess() -> None:
        own = open_again()
        own.try_in(["a"], lambda tries: {0: Tries(tries[0].failures + 1, NOON)})
        own.close()

    threads = [threading.Thread(target=guess) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seen: list[Tries] = []
    door.try_in(["a"], lambda tries: seen.extend(tries) or {})
    assert seen[0].failures == 8


def test_old_tries_are_dropped_and_known_places_are_kept_longer(door: AccessStore) -> None:
    door.settle_tries({"old": Tries(3, NOON), "known": Tries(0, NOON, known=True)})
    door.drop_ended(NOON, idle_before=NOON, tries_before=NOON, known_before=NOON - timedelta(days=90))
    seen: list[Tries] = []
    door.try_in(["old", "known"], lambda tries: seen.extend(tries) or {})
    assert seen == [Tries(), Tries(0, NOON, known=True)]


def test_the_log_is_told_in_order_and_cannot_be_changed(door: AccessStore) -> None:
    for number in range(40):
        door.log_access(replace(event(), detail=str(number)))
    assert [one.detail for one in door.access_log()][2:] == [str(number) for number in range(40)]
    for statement in ("DELETE FROM access_log", "UPDATE access_log SET detail = ''"):
        with pytest.raises(REFUSED, match="append-only"), door._write() as db:  # type: ignore[attr-defined]
            db.execute(statement)


def test_a_long_log_is_read_in_pieces_and_told_whole(door: AccessStore) -> None:
    with door._write() as db:  # type: ignore[attr-defined]
        for number in range(1200):
            _log(db, replace(event(), detail=str(number)))
    assert [one.detail for one in door.access_log()][2:] == [str(number) for number in range(1200)]


@pytest.mark.parametrize("name", ["'; DROP TABLE accounts; --", "<script>", "\ud800", "x" * 10_000])
def test_hostile_names_are_only_names(door: AccessStore, name: str) -> None:
    assert door.account(name) is None
    assert not door.remove_account(name, event()) if name != "\ud800" else True
    assert door.account("ada") is not None
