"""Keys, accounts, sessions and the access log in the database; secrets are here as hashes only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.model.access import AccessEvent, Account, ApiKey, Role, Scope, Session, Tries, fold_name
from bot.store.connection import Base
from bot.store.session import Row
from bot.store.session import Session as Database
from bot.store.sql import access as sql
from bot.store.values import moment_of, moment_or_none, stamp, stamp_or_none, writable

Values = dict[str, Any]
CHUNK = 500
"""Lines of the log read in one go."""


class Entrance(Base):
    """The verbs of :class:`~bot.ports.access_store.AccessStore`."""

    def add_key(self, key: ApiKey, digest: str, event: AccessEvent) -> None:
        """Keeps a new key under the hash of its secret."""
        with self._write(durable=True) as db:
            db.execute(sql.ADD_KEY, _key_values(key) | {"digest": digest})
            _log(db, event)

    def key(self, key_id: str) -> tuple[ApiKey, str] | None:
        """A key and the hash of its secret."""
        with self._read() as db:
            row = db.execute(sql.KEY, {"id": key_id}).fetchone()
        return None if row is None else (_key_of(row), row["digest"])

    def keys(self) -> tuple[ApiKey, ...]:
        """Every key, oldest first."""
        with self._read() as db:
            return tuple(map(_key_of, db.execute(sql.KEYS).fetchall()))

    def revoke_key(self, key_id: str, event: AccessEvent) -> bool:
        """Ends a key and the sessions that it opened."""
        with self._write(durable=True) as db:
            if not db.execute(sql.REVOKE_KEY, {"id": key_id, "at": stamp(event.at)}).fetchall():
                return False
            db.execute(sql.END_SESSIONS_OF_KEY, {"id": key_id})
            _log(db, event)
        return True

    def touch_key(self, key_id: str, now: datetime, before: datetime) -> None:
        """Notes that a key was used, unless that was noted since ``before``."""
        with self._write() as db:
            db.execute(sql.TOUCH_KEY, {"id": key_id, "now": stamp(now), "before": stamp(before)})

    def add_account(self, account: Account, password: str, event: AccessEvent) -> bool:
        """Keeps a new account; False when the name is taken."""
        values = {
            "fold": fold_name(account.name),
            "name": account.name,
            "role": account.role.value,
            "password": password,
            "created_at": stamp(account.created_at),
        }
        return self._change(sql.ADD_ACCOUNT, values, event)

    def account(self, name: str) -> tuple[Account, str] | None:
        """An account and the hash of its password."""
        with self._read() as db:
            row = db.execute(sql.ACCOUNT, {"fold": writable(fold_name(name))}).fetchone()
        return None if row is None else (_account_of(row), row["password"])

    def accounts(self) -> tuple[Account, ...]:
        """Every account, by name."""
        with self._read() as db:
            return tuple(map(_account_of, db.execute(sql.ACCOUNTS).fetchall()))

    def set_role(self, name: str, role: Role, event: AccessEvent) -> bool:
        """Gives an account another role and ends its sessions."""
        values = {"fold": fold_name(name), "role": role.value}
        return self._change(sql.SET_ROLE, values, event, ends_sessions=True)

    def set_password(self, name: str, password: str, event: AccessEvent) -> bool:
        """Gives an account another password's hash and ends its sessions."""
        values = {"fold": fold_name(name), "password": password, "at": stamp(event.at)}
        return self._change(sql.NEW_HASH, values, event, ends_sessions=True)

    def rehash(self, name: str, old: str, new: str) -> None:
        """The same password under a newer hash, unless it was changed meanwhile."""
        with self._write(durable=True) as db:
            db.execute(sql.REHASH, {"fold": fold_name(name), "old": old, "new": new})

    def set_disabled(self, name: str, disabled: bool, event: AccessEvent) -> bool:
        """Shuts an account out and ends its sessions, or lets it in again."""
        values = {"fold": fold_name(name), "disabled_at": stamp(event.at) if disabled else None}
        return self._change(sql.SET_DISABLED, values, event, ends_sessions=True)

    def remove_account(self, name: str, event: AccessEvent) -> bool:
        """Removes an account; its sessions go with it."""
        return self._change(sql.REMOVE_ACCOUNT, {"fold": fold_name(name)}, event)

    def begin_session(self, digest: str, session: Session, *, instead: str | None = None) -> bool:
        """Opens a session, in place of another; False when the account or key was shut out meanwhile."""
        fold = None if session.account is None else fold_name(session.account.name)
        key = None if session.key is None else session.key.id
        values = {
            "digest": digest,
            "account": fold,
            "key": key,
            "began_at": stamp(session.began_at),
            "seen_at": stamp(session.seen_at),
            "ends_at": stamp(session.ends_at),
        }
        with self._write(durable=True) as db:
            if fold is not None:
                found = db.execute(sql.SIGNED_IN, {"fold": fold, "at": stamp(session.began_at)}).fetchall()
            else:
                found = db.execute(sql.OPEN_KEY, {"id": key}).fetchall()
            if not found:
                return False
            db.execute(sql.END_SESSION, {"digest": instead})
            db.execute(sql.BEGIN_SESSION, values)
        return True

    def session(self, digest: str) -> Session | None:
        """The session under that hash, with its account or key as they are now."""
        with self._read() as db:
            row = db.execute(sql.SESSION, {"digest": digest}).fetchone()
            if row is None:
                return None
            account = db.execute(sql.ACCOUNT, {"fold": row["account"]}).fetchone()
            key = db.execute(sql.KEY, {"id": row["key"]}).fetchone()
        return _session_of(row, account, key)

    def sessions_of(self, name: str) -> tuple[tuple[str, Session], ...]:
        """An account's sessions with the hashes of their tokens, last seen first."""
        fold = {"fold": fold_name(name)}
        with self._read() as db:
            account = db.execute(sql.ACCOUNT, fold).fetchone()
            rows = db.execute(sql.SESSIONS_OF_ACCOUNT, fold).fetchall()
        return tuple((row["digest"], _session_of(row, account, None)) for row in rows)

    def touch_session(self, digest: str, now: datetime) -> None:
        """Notes that a session was seen."""
        with self._write() as db:
            db.execute(sql.TOUCH_SESSION, {"digest": digest, "now": stamp(now)})

    def end_session(self, digest: str) -> None:
        """Ends one session."""
        with self._write(durable=True) as db:
            db.execute(sql.END_SESSION, {"digest": digest})

    def end_sessions(self, name: str, event: AccessEvent) -> int:
        """Ends every session of an account; how many there were."""
        with self._write(durable=True) as db:
            ended = db.execute(sql.END_SESSIONS_OF_ACCOUNT, {"fold": fold_name(name)}).rowcount
            _log(db, event)
        return int(ended)

    def end_every_session(self, event: AccessEvent) -> int:
        """Ends every session, tills' too; how many there were."""
        with self._write(durable=True) as db:
            ended = db.execute(sql.END_EVERY_SESSION).rowcount
            _log(db, event)
        return int(ended)

    def drop_ended(
        self, now: datetime, *, idle_before: datetime, tries_before: datetime, known_before: datetime
    ) -> None:
        """Removes sessions that ended or lie idle, and tries that are of no more use."""
        with self._write() as db:
            db.execute(sql.DROP_SESSIONS, {"now": stamp(now), "idle_before": stamp(idle_before)})
            db.execute(sql.DROP_TRIES, {"tries_before": stamp(tries_before), "known_before": stamp(known_before)})

    def try_in(
        self, subjects: Sequence[str], judge: Callable[[Sequence[Tries]], Mapping[int, Tries]]
    ) -> Mapping[int, Tries]:
        """Counts a try to sign in before it is known how it ends."""
        with self._write() as db:
            rows = [db.execute(sql.TRIES, {"subject": subject}).fetchone() for subject in subjects]
            counted = judge([Tries() if row is None else _tries_of(row) for row in rows])
            for place, tries in counted.items():
                db.execute(sql.WRITE_TRIES, _tries_values(subjects[place], tries))
        return counted

    def settle_tries(self, subjects: Mapping[str, Tries]) -> None:
        """Writes tries as they are now known to be."""
        with self._write() as db:
            for subject, tries in subjects.items():
                db.execute(sql.WRITE_TRIES, _tries_values(subject, tries))

    def log_access(self, event: AccessEvent) -> None:
        """Appends a line to the access log."""
        with self._write(durable=True) as db:
            _log(db, event)

    def access_log(self) -> Iterator[AccessEvent]:
        """Every line of the access log, oldest first."""
        after = 0
        while True:
            with self._read() as db:
                rows = db.execute(sql.READ_LOG, {"after": after, "limit": CHUNK}).fetchall()
            for row in rows:
                yield AccessEvent(moment_of(row["at"]), row["actor"], row["kind"], row["about"], row["detail"])
            if len(rows) < CHUNK:
                return
            after = rows[-1]["id"]

    def _change(self, statement: str, values: Values, event: AccessEvent, *, ends_sessions: bool = False) -> bool:
        """Changes one account and logs it; False, and nothing logged, where the statement met no row."""
        with self._write(durable=True) as db:
            if not db.execute(statement, values).fetchall():
                return False
            if ends_sessions:
                db.execute(sql.END_SESSIONS_OF_ACCOUNT, {"fold": values["fold"]})
            _log(db, event)
        return True


def _log(db: Database, event: AccessEvent) -> None:
    db.execute(
        sql.LOG,
        {
            "at": stamp(event.at),
            "actor": writable(event.actor),
            "kind": event.kind,
            "about": writable(event.about),
            "detail": writable(event.detail),
        },
    )


def _key_values(key: ApiKey) -> Values:
    return {
        "id": key.id,
        "name": writable(key.name),
        "scopes": " ".join(sorted(key.scopes)),
        "till": int(key.till),
        "placement": key.placement,
        "created_at": stamp(key.created_at),
        "created_by": writable(key.created_by),
        "expires_at": stamp_or_none(key.expires_at),
    }


def _key_of(row: Row) -> ApiKey:
    return ApiKey(
        id=row["id"],
        name=row["name"],
        scopes=frozenset(map(Scope, row["scopes"].split())),
        created_at=moment_of(row["created_at"]),
        created_by=row["created_by"],
        till=bool(row["till"]),
        placement=row["placement"],
        expires_at=moment_or_none(row["expires_at"]),
        revoked_at=moment_or_none(row["revoked_at"]),
        last_used_at=moment_or_none(row["last_used_at"]),
    )


def _account_of(row: Row) -> Account:
    return Account(
        name=row["name"],
        role=Role(row["role"]),
        created_at=moment_of(row["created_at"]),
        disabled_at=moment_or_none(row["disabled_at"]),
        last_sign_in=moment_or_none(row["last_sign_in"]),
        password_at=moment_or_none(row["password_at"]),
    )


def _session_of(row: Row, account: Row | None, key: Row | None) -> Session:
    return Session(
        account=None if account is None else _account_of(account),
        key=None if key is None else _key_of(key),
        began_at=moment_of(row["began_at"]),
        seen_at=moment_of(row["seen_at"]),
        ends_at=moment_of(row["ends_at"]),
    )


def _tries_of(row: Row) -> Tries:
    return Tries(row["failures"], moment_of(row["last_at"]), moment_or_none(row["until_at"]), bool(row["known"]))


def _tries_values(subject: str, tries: Tries) -> Values:
    if tries.last is None:
        raise ValueError("tries that never happened are not written")
    return {
        "subject": subject,
        "failures": tries.failures,
        "last_at": stamp(tries.last),
        "until_at": stamp_or_none(tries.until),
        "known": int(tries.known),
    }
