"""What letting people and programs in asks of the store."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bot.model.access import AccessEvent, Account, ApiKey, Role, Session, Tries


class AccessStore(Protocol):
    """Keys, accounts, sessions and the access log. Secrets come here as hashes only.

    Each change brings its line of the log and is one transaction with it.
    """

    def add_key(self, key: ApiKey, digest: str, event: AccessEvent) -> None:
        """Keeps a new key under the hash of its secret."""
        ...

    def key(self, key_id: str) -> tuple[ApiKey, str] | None:
        """A key and the hash of its secret, whether it still opens anything or not."""
        ...

    def keys(self) -> tuple[ApiKey, ...]:
        """Every key, oldest first."""
        ...

    def revoke_key(self, key_id: str, event: AccessEvent) -> bool:
        """Ends a key and the sessions that it opened, at the event's time; False when it is unknown or was revoked."""
        ...

    def touch_key(self, key_id: str, now: datetime, before: datetime) -> None:
        """Notes that a key was used, unless that was noted since ``before``."""
        ...

    def add_account(self, account: Account, password: str, event: AccessEvent) -> bool:
        """Keeps a new account with the hash of its password; False when the name is taken."""
        ...

    def account(self, name: str) -> tuple[Account, str] | None:
        """An account and the hash of its password; case does not count."""
        ...

    def accounts(self) -> tuple[Account, ...]:
        """Every account, by name."""
        ...

    def set_role(self, name: str, role: Role, event: AccessEvent) -> bool:
        """Gives an account another role and ends its sessions; False when there is no such account."""
        ...

    def set_password(self, name: str, password: str, event: AccessEvent) -> bool:
        """Gives an account another password's hash and ends its sessions; False when there is no such account."""
        ...

    def rehash(self, name: str, old: str, new: str) -> None:
        """The same password under a newer hash, unless it was changed meanwhile; sessions go on."""
        ...

    def set_disabled(self, name: str, disabled: bool, event: AccessEvent) -> bool:
        """Shuts an account out and ends its sessions, or lets it in again; False when there is no such account."""
        ...

    def remove_account(self, name: str, event: AccessEvent) -> bool:
        """Removes an account and its sessions; False when there is no such account."""
        ...

    def begin_session(self, digest: str, session: Session, *, instead: str | None = None) -> bool:
        """Opens a session under the hash of its token, in place of the one with the hash ``instead``.

        False, and nothing opened, when the account or key was shut out meanwhile. A person's is their last sign-in.
        """
        ...

    def session(self, digest: str) -> Session | None:
        """The session under that hash, whether it still holds or not, with its account or key as they are now."""
        ...

    def sessions_of(self, name: str) -> tuple[tuple[str, Session], ...]:
        """An account's sessions with the hashes of their tokens, last seen first, whether they still hold or not."""
        ...

    def touch_session(self, digest: str, now: datetime) -> None:
        """Notes that a session was seen."""
        ...

    def end_session(self, digest: str) -> None:
        """Ends one session."""
        ...

    def end_sessions(self, name: str, event: AccessEvent) -> int:
        """Ends every session of an account; how many there were."""
        ...

    def end_every_session(self, event: AccessEvent) -> int:
        """Ends every session, of people and of tills; how many there were."""
        ...

    def drop_ended(
        self, now: datetime, *, idle_before: datetime, tries_before: datetime, known_before: datetime
    ) -> None:
        """Removes sessions that ended or lie idle, failures before ``tries_before``, and places known before then."""
        ...

    def try_in(
        self, subjects: Sequence[str], judge: Callable[[Sequence[Tries]], Mapping[int, Tries]]
    ) -> Mapping[int, Tries]:
        """Counts a try to sign in before it is known how it ends, so that many at once are all counted.

        ``judge`` gets the tries of ``subjects`` (hashes), in order, and says which of them to write, by place. It may
        raise; nothing is written then.
        """
        ...

    def settle_tries(self, subjects: Mapping[str, Tries]) -> None:
        """Writes tries as they are now known to be, in place of what was counted."""
        ...

    def log_access(self, event: AccessEvent) -> None:
        """Appends a line to the access log that goes with no other change."""
        ...

    def access_log(self) -> Iterator[AccessEvent]:
        """Every line of the access log, oldest first."""
        ...
