"""Coming in: with a name and a password, with a session, with a key (use case)."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from bot.access import pauses
from bot.access.keys import parse_key
from bot.access.passwords import Passwords
from bot.access.tokens import digest_of, new_token, same
from bot.errors import SignInRefused
from bot.model.access import Account, ApiKey, Caller, Session, fold_name
from bot.ports.access_store import AccessStore

CROWDED = timedelta(seconds=3)
"""When to come back if too many are signing in at once."""
COARSE = timedelta(hours=1)
"""How far behind a key's last use may be: reading with a key writes once an hour at most."""
SEEN_COARSE = timedelta(minutes=5)
"""How far behind a session's last use may be."""
TILL_SESSION = timedelta(days=400)
"""The longest that browsers keep a cookie; a till's session ends then at the latest."""
NETWORK_OF_ONE = 64
"""Bits of an IPv6 address that tell one household or office from the next."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What lets people in: the store, the passwords, and how long a session lasts at most and unused."""

    store: AccessStore
    passwords: Passwords
    lasts: timedelta
    idle: timedelta
    salt: Callable[[], bytes]

    def sign_in(self, name: str, password: str, address: str, now: datetime, *, instead: str | None = None) -> str:
        """A fresh session for the account's owner; its token. ``instead`` is the token that the browser came with.

        Raises SignInRefused, in the same way for an unknown name, a wrong password and an account that is shut out.
        """
        name = tidy_name(name)
        return self.begin(self.prove(name, password, address, now), now, instead=instead)

    def begin(self, account: Account, now: datetime, *, instead: str | None = None) -> str:
        """A fresh session for somebody who proved who they are; its token. Raises SignInRefused if shut out since."""
        return self._begin(Session(account, None, now, now, now + self.lasts), now, instead)

    def prove(self, name: str, password: str, address: str, now: datetime) -> Account:
        """The account whose password this is. Counts the try before it knows how it ends."""
        if self.passwords.crowded:
            raise SignInRefused("too many at once", retry_at=now + CROWDED)
        subjects = self._subjects(name, address)
        counted = self.store.try_in(subjects, lambda tries: pauses.count_try(tries, now))
        found = self.store.account(name)
        kept = found[1] if found is not None else None
        right = self.passwords.matches(password, kept)
        if found is None or kept is None or not right or found[0].disabled_at is not None:
            raise SignInRefused("name or password is wrong")
        after = pauses.succeeded(counted, now)
        self.store.settle_tries({subjects[place]: tries for place, tries in after.items()})
        if self.passwords.outdated(kept):
            self.store.rehash(name, kept, self.passwords.hash(password))
        return found[0]

    def enter(self, key_text: str, now: datetime, *, instead: str | None = None) -> tuple[str, ApiKey]:
        """A session for the phone that a till's key link was opened on; its token, and the key.

        Raises SignInRefused for what is no key, a key that does not hold, and one that was not made for a till.
        """
        key = self.key(key_text, now)
        if key is None or not key.till:
            raise SignInRefused("this key opens no till")
        ends = now + TILL_SESSION if key.expires_at is None else min(now + TILL_SESSION, key.expires_at)
        token = self._begin(Session(None, key, now, now, ends), now, instead)
        self._touch_key(key, now)
        return token, key

    def key(self, key_text: str, now: datetime) -> ApiKey | None:
        """The key behind that text, if it is one and holds."""
        parsed = parse_key(key_text)
        found = None if parsed is None else self.store.key(parsed[0])
        if parsed is None or found is None:
            return None
        key, digest = found
        return key if same(digest_of(parsed[1]), digest) and key.holds(now) else None

    def key_caller(self, key_text: str, now: datetime) -> Caller | None:
        """Who calls with that key."""
        key = self.key(key_text, now)
        if key is None:
            return None
        self._touch_key(key, now)
        return key.caller

    def session(self, token: str, now: datetime) -> Session | None:
        """The session of that token, if it holds; notes that it was seen."""
        digest = digest_of(token)
        found = self.store.session(digest)
        if found is None or not self._holds(found, now):
            return None
        if now - found.seen_at >= min(SEEN_COARSE, self.idle / 4):
            self.store.touch_session(digest, now)
        return found

    def sessions(self, name: str, now: datetime) -> tuple[tuple[str, Session], ...]:
        """An account's sessions that hold, with the hashes of their tokens, last seen first."""
        return tuple((digest, one) for digest, one in self.store.sessions_of(name) if self._holds(one, now))

    def _holds(self, session: Session, now: datetime) -> bool:
        if now >= session.ends_at:
            return False
        if session.account is not None:
            return session.account.disabled_at is None and now - session.seen_at < self.idle
        return session.key is not None and session.key.holds(now)

    def tidy(self, now: datetime) -> None:
        """Drops what is of no more use: sessions that ended, tries that count no more."""
        self.store.drop_ended(
            now,
            idle_before=now - self.idle,
            tries_before=now - pauses.FORGOTTEN_AFTER,
            known_before=now - pauses.KNOWN_FOR,
        )

    def _begin(self, session: Session, now: datetime, instead: str | None) -> str:
        self.tidy(now)
        token = new_token()
        if not self.store.begin_session(
            digest_of(token), session, instead=None if instead is None else digest_of(instead)
        ):
            raise SignInRefused("shut out meanwhile")
        return token

    def _touch_key(self, key: ApiKey, now: datetime) -> None:
        if key.last_used_at is None or now - key.last_used_at >= COARSE:
            self.store.touch_key(key.id, now, now - COARSE)

    def _subjects(self, name: str, address: str) -> tuple[str, str, str]:
        """The address, the account at it, and the account, as keyed hashes: addresses are not kept."""
        salt, place, fold = self.salt().hex(), network_of(address), fold_name(name)
        return (
            digest_of(f"{salt} address {place}"),
            digest_of(f"{salt} here {place} {fold}"),
            digest_of(f"{salt} account {fold}"),
        )


def tidy_name(name: str) -> str:
    """A name as it is kept: Unicode's normal form KC, without spaces around it."""
    return unicodedata.normalize("NFKC", name).strip()


def network_of(address: str) -> str:
    """The address that tries are counted for: an IPv6 address stands for its network."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ip_network((int(parsed), NETWORK_OF_ONE), strict=False).network_address)
    return str(parsed)
