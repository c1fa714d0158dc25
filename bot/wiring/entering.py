"""Entering, wired: keys, accounts, sessions and key links."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from functools import cached_property

from bot.access.entering import Entry, network_of, tidy_name
from bot.access.keys import make_key
from bot.access.names import check_name, label_of
from bot.access.passwords import Passwords, check_password
from bot.access.pauses import count_guess
from bot.access.tokens import digest_of, form_token, same
from bot.errors import ConfigError, SignInRefused
from bot.model.access import AccessEvent, Account, ApiKey, Caller, Role, Scope, Session
from bot.ports import Clock
from bot.store.verbs import HeardStore
from config.settings import Settings

TIDY = timedelta(hours=1)
"""How often old guesses are dropped where nobody signs in, which does so too."""
MANY_WAITS = 1_000
"""Addresses that wait for their wrong guesses, of which one process remembers that it need not ask the database."""


class Entering:
    """The door of one configuration."""

    def __init__(self, settings: Settings, store: HeardStore, clock: Clock) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._waits: dict[str, datetime] = {}
        self._tidied: datetime | None = None

    @cached_property
    def passwords(self) -> Passwords:
        """How passwords are kept."""
        return Passwords()

    @cached_property
    def _entry(self) -> Entry:
        web = self._settings.web
        lasts, idle = timedelta(hours=web.session_hours), timedelta(hours=web.idle_hours)
        return Entry(self._store, self.passwords, lasts, idle, self._store.salt)

    # Programs.

    def create_key(
        self,
        scopes: Collection[Scope],
        *,
        actor: str,
        name: str = "",
        expires: timedelta | None = None,
        till: bool = False,
        placement: str | None = None,
    ) -> tuple[ApiKey, str]:
        """A new key, and its text, which is shown this once. Raises ConfigError for a placement that no offer has."""
        self._expect_placement(placement)
        key_id, secret, text = make_key()
        now = self._clock.now()
        key = ApiKey(
            id=key_id,
            name=label_of(name) or key_id,
            scopes=frozenset(scopes),
            created_at=now,
            created_by=actor,
            till=till,
            placement=placement,
            expires_at=None if expires is None else now + expires,
        )
        detail = f"{key.name}: {', '.join(sorted(scopes))}{' (till)' if till else ''}"
        self._store.add_key(key, digest_of(secret), AccessEvent(now, actor, "key-created", f"key:{key_id}", detail))
        return key, text

    def keys(self) -> tuple[ApiKey, ...]:
        """Every key, oldest first."""
        return self._store.keys()

    def revoke_key(self, key_id: str, *, actor: str) -> bool:
        """Ends a key, and the tills that it opened, at once. Raises ConfigError for one that there is not."""
        if self._store.key(key_id) is None:
            raise ConfigError(f"there is no key '{key_id}'; see: heard keys list")
        return self._store.revoke_key(key_id, self._event(actor, "key-revoked", f"key:{key_id}"))

    def key_caller(self, key_text: str) -> Caller | None:
        """Who calls with that key; None when it is none, ran out or was revoked."""
        return self._entry.key_caller(key_text, self._clock.now())

    # People.

    def add_account(self, name: str, role: Role, password: str, *, actor: str) -> Account:
        """A new account. Raises ConfigError for a name that cannot be one or is taken, PasswordRefused."""
        name = check_name(tidy_name(name))
        check_password(password, name)
        now = self._clock.now()
        account = Account(name, role, now)
        event = self._event(actor, "account-added", account.caller.id, role)
        if not self._store.add_account(account, self.passwords.hash(password), event):
            raise ConfigError(f"there is an account '{name}' already; case does not count")
        return account

    def accounts(self) -> tuple[Account, ...]:
        """Every account, by name."""
        return self._store.accounts()

    def set_role(self, name: str, role: Role, *, actor: str) -> None:
        """Gives an account another role, and signs it out everywhere."""
        account = self._account(name)
        self._store.set_role(account.name, role, self._event(actor, "role-changed", account.caller.id, role))

    def set_password(self, name: str, password: str, *, actor: str) -> None:
        """Gives an account another password, and signs it out everywhere. Raises PasswordRefused."""
        account = self._account(name)
        check_password(password, account.name)
        event = self._event(actor, "password-changed", account.caller.id)
        self._store.set_password(account.name, self.passwords.hash(password), event)

    def set_disabled(self, name: str, *, disabled: bool, actor: str) -> None:
        """Shuts an account out, signed out everywhere, or lets it in again."""
        account = self._account(name)
        kind = "account-disabled" if disabled else "account-enabled"
        self._store.set_disabled(account.name, disabled, self._event(actor, kind, account.caller.id))

    def remove_account(self, name: str, *, actor: str) -> None:
        """Removes an account and its sessions."""
        account = self._account(name)
        self._store.remove_account(account.name, self._event(actor, "account-removed", account.caller.id))

    # Sessions.

    def sign_in(self, name: str, password: str, address: str, *, instead: str | None = None) -> str:
        """A fresh session's token, in place of the one that the browser had. Raises SignInRefused."""
        return self._entry.sign_in(name, password, address, self._clock.now(), instead=instead)

    def enter_till(self, key_text: str, *, instead: str | None = None) -> tuple[str, ApiKey]:
        """A fresh session's token for a phone at the till, and the key that opened it. Raises SignInRefused."""
        token, key = self._entry.enter(key_text, self._clock.now(), instead=instead)
        self._store.log_access(self._event(f"key:{key.id}", "till-opened", f"key:{key.id}", key.name))
        return token, key

    def session(self, token: str) -> Session | None:
        """The session of that token, if it holds."""
        return self._entry.session(token, self._clock.now())

    def own_sessions(self, session: Session, token: str) -> tuple[tuple[Session, bool], ...]:
        """Where a person is signed in, last seen first, and whether it is here (the session of ``token``)."""
        if session.account is None:
            return ()
        here, found = digest_of(token), self._entry.sessions(session.account.name, self._clock.now())
        return tuple((one, digest == here) for digest, one in found)

    def sign_out(self, token: str) -> None:
        """Ends one session."""
        self._store.end_session(digest_of(token))

    def sign_out_everywhere(self, session: Session) -> int:
        """Ends every session of a signed-in person; how many there were."""
        if session.account is None:
            return 0
        caller = session.caller.id
        return self._store.end_sessions(session.account.name, self._event(caller, "signed-out-everywhere", caller))

    def end_sessions(self, name: str | None, *, actor: str) -> int:
        """Signs an account out everywhere; None: everybody, phones at the till too. How many sessions there were."""
        if name is None:
            return self._store.end_every_session(self._event(actor, "signed-out-everybody", "everybody"))
        account = self._account(name)
        event = self._event(actor, "signed-out-everywhere", account.caller.id)
        return self._store.end_sessions(account.name, event)

    def change_password(self, session: Session, old: str, new: str, address: str) -> str:
        """A person's own new password: signs them out everywhere, and in again here; the new token.

        Raises SignInRefused when ``old`` is not their password (tries are counted as at sign-in), PasswordRefused.
        """
        if session.account is None:
            raise SignInRefused("a till has no password")
        check_password(new, session.account.name)
        account = self._entry.prove(session.account.name, old, address, self._clock.now())
        self.set_password(account.name, new, actor=session.caller.id)
        return self._entry.begin(account, self._clock.now())

    def form_token(self, token: str) -> str:
        """What every form of a session carries."""
        return form_token(token)

    def form_is_ours(self, given: str, token: str) -> bool:
        """Whether a form came from a page that this session was given."""
        return same(given, form_token(token))

    def count_guess(self, what: str, address: str) -> None:
        """Counts a wrong link or key for the address it came from, kept as a hash. Raises SignInRefused while that
        address waits; what is right is never held up.

        Who waits is remembered here, so that guesses by the thousand do not take the database's turn to write.
        """
        now = self._clock.now()
        subject = digest_of(f"{self._store.salt().hex()} {what} {network_of(address)}")
        until = self._waits.get(subject)
        if until is None or until <= now:
            try:
                self._store.try_in([subject], lambda tries: {0: count_guess(tries[0], now)})
            except SignInRefused as refused:
                if len(self._waits) >= MANY_WAITS:
                    self._waits.clear()  # the database knows them still
                self._waits[subject] = refused.retry_at or now
                raise
            if self._tidied is None or now - self._tidied >= TIDY:
                self._tidied = now
                self._entry.tidy(now)
        else:
            raise SignInRefused("too many guesses", retry_at=until)

    def log(self) -> Iterator[AccessEvent]:
        """Who changed what about whom, oldest first."""
        return self._store.access_log()

    def _account(self, name: str) -> Account:
        found = self._store.account(tidy_name(name))
        if found is None:
            known = ", ".join(account.name for account in self._store.accounts()) or "none"
            raise ConfigError(f"there is no account '{name}'; there is: {known}")
        return found[0]

    def _event(self, actor: str, kind: str, about: str, detail: str = "") -> AccessEvent:
        return AccessEvent(self._clock.now(), actor, kind, about, detail)

    def _expect_placement(self, placement: str | None) -> None:
        known = {place for offer in self._settings.offers for place in offer.placements}
        if placement is not None and placement not in known:
            raise ConfigError(
                f"no offer has the placement '{placement}'; there is: {', '.join(sorted(known)) or 'none'}"
            )
