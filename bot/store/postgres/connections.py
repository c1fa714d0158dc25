"""One PostgreSQL connection a thread, and the two kinds of transaction that every verb is written in.

Readers see one state throughout (repeatable read) and wait for nobody. Writers take turns, exactly as on SQLite: each
transaction that writes first takes one advisory lock of the database's schema, and the server gives it back with the
transaction, however that ends. So what a verb has read stays true until it has written, whatever other processes do:
no cap is passed, no digest is told twice, and none of it rests on retries or on which rows somebody thought of locking.
The price is that one transaction writes at a time; they are short, and a server takes some thousand of them a second.

What the outside world was promised (outbox, offers) is on the server's disk before the verb returns. What can be
fetched or computed again need not be (``synchronous_commit`` off): a crash of the server may lose its last moments,
never its consistency. A connection that is lost in the middle ends that verb with StoreError; the next one connects
again.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus

from bot.errors import Overtaken, StoreError
from bot.store.address import shown
from bot.store.failures import BUSY_SECONDS
from bot.store.migrations import APPLICATION_ID, STEPS
from bot.store.postgres.failures import connecting, explained
from bot.store.postgres.rows import ADAPTERS, PostgresRow, rows_by_name
from bot.store.postgres.statement import in_psycopg
from bot.store.session import Rows

Connection = psycopg.Connection[PostgresRow]

SETTINGS = f"SET lock_timeout = '{BUSY_SECONDS}s'; SET client_min_messages = warning; SET timezone = 'UTC'"
PLANS = (
    "; SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET random_page_cost = 1.1"
    "; SET jit = off; SET max_parallel_workers_per_gather = 0"
)
"""Every statement finds what it needs by an index, as on SQLite. PostgreSQL takes a condition that it cannot look into
for one in two hundred or one in three, and reads whole tables to be done with it: more than a minute instead of seconds
at two million mentions (docs/growth.md).
"""
READ_ONLY = "; SET default_transaction_read_only = on"
BEGIN_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
TURN = f"SELECT pg_advisory_xact_lock({APPLICATION_ID}, hashtext(current_schema()))"
BEGIN_DURABLE = f"BEGIN; {TURN}"
BEGIN_WRITE = f"BEGIN; SET LOCAL synchronous_commit = off; {TURN}"
NEWEST = "; SELECT max(name) FROM heard_steps"
"""Goes with the turn to write, in one round trip: which step of the schema is the last that was taken."""

PREPARED = 500
"""Statements that a connection keeps prepared: Heard has some three hundred."""

DEFAULTS: dict[str, str | int | None] = {
    "application_name": "heard",
    "connect_timeout": 10,
    "client_encoding": "utf8",
    "keepalives_idle": 30,
    "tcp_user_timeout": 1000 * BUSY_SECONDS,
}
"""What libpq is told unless the address says otherwise: a server that vanished is missed within half a minute."""

OTHER_SCHEMA = (
    "{path} {what} while Heard ran. Nothing more is written in the old way: start here the version that belongs to it."
)

SEARCH = "AND i.id IN (SELECT f.id FROM items f WHERE heard_words(f.text) @@ heard_search(:search))"


class PostgresSession:
    """A connection, as verbs speak to it."""

    __slots__ = ("connection", "told")

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.told: object = None
        """The one value that the last command told gave; None where it gave none."""

    def __del__(self) -> None:
        self.connection.close()

    def execute(self, sql: str, parameters: dict[str, Any] | None = None, /) -> Rows:
        """Runs a statement with its named values."""
        return self.connection.execute(in_psycopg(sql), parameters or {})

    def executemany(self, sql: str, parameters: Iterable[Mapping[str, Any]], /) -> None:
        """Runs a statement once for each of these."""
        with self.connection.cursor() as cursor:
            cursor.executemany(in_psycopg(sql), parameters)

    def index_words(self, items: Sequence[int], /) -> None:
        """Nothing to do: an index of PostgreSQL follows its rows."""

    def tell(self, command: str) -> None:
        """Runs commands without values, in one round trip."""
        cursor = self.connection.execute(command.encode(), prepare=False)
        while cursor.nextset():
            pass
        row = cursor.fetchone() if cursor.description else None
        self.told = None if row is None else row[0]

    def commit(self) -> None:
        """Makes what was written stay. PostgreSQL would silently take a failed transaction's commit for its end."""
        if self.connection.info.transaction_status is TransactionStatus.INERROR:
            raise psycopg.InternalError("a statement failed, and that was passed over")
        self.tell("COMMIT")

    def take_back(self) -> None:
        """Leaves nothing of what was written. Where the connection is gone, so is the transaction."""
        with suppress(psycopg.Error):
            self.tell("ROLLBACK")
        if not self.is_idle:  # it was lost half way, and the driver does not know yet: nothing may go on with it
            self.connection.close()

    @property
    def is_idle(self) -> bool:
        """Whether the connection stands outside of any transaction."""
        return self.connection.info.transaction_status is TransactionStatus.IDLE


class Connections:
    """Opens a connection for each thread that asks, and another where that one was lost.

    ``read_only``: whatever would write is refused by the server.
    """

    search = SEARCH

    def __init__(self, address: str, *, read_only: bool = False) -> None:
        self.path = shown(address)
        self.conninfo = _conninfo(address)
        self._settings = SETTINGS + PLANS + (READ_ONLY if read_only else "")
        self.is_open = False
        """Whether the schema was found to be this program's own: from then on it must stay that."""
        self._local = threading.local()

    @contextmanager
    def read(self) -> Iterator[PostgresSession]:
        """A transaction that sees one state of the database throughout, and waits for nobody."""
        with explained(self.path):
            session = self._session()
            if not session.is_idle:  # a part of what this thread is writing
                yield session
                return
            session = self._begin(BEGIN_READ)
            with _ended(session):
                yield session

    @contextmanager
    def write(self, *, durable: bool = False) -> Iterator[PostgresSession]:
        """A transaction in which nobody else writes, so that what it reads stays true until it has written.

        ``durable``: survives a power cut from the moment this returns. Inside :meth:`together` it is a part of that.
        """
        with explained(self.path):
            if getattr(self._local, "together", False):
                with _part_of(self._local.session) as session:
                    yield session
                return
            session = self._begin_write(BEGIN_DURABLE if durable else BEGIN_WRITE)
            with _ended(session):
                yield session

    @contextmanager
    def together(self) -> Iterator[None]:
        """Makes one transaction, that survives a power cut, of all that this thread writes inside.

        Each write in it still stands or falls as a whole. Others wait to write until the end.
        """
        with self.write(durable=True), self._as_parts():
            yield

    @contextmanager
    def taken_back(self) -> Iterator[None]:
        """One transaction of all that this thread writes inside, of which nothing stays."""
        with explained(self.path):
            session = self._begin_write(BEGIN_WRITE)
            try:
                with self._as_parts():
                    yield
            finally:
                session.take_back()

    @contextmanager
    def _as_parts(self) -> Iterator[None]:
        before = getattr(self._local, "together", False)
        self._local.together = True
        try:
            yield
        finally:
            self._local.together = before

    def outside(self, command: str) -> None:
        """Runs one command that takes no transaction around it."""
        with explained(self.path):
            self._session().tell(command)

    def close(self) -> None:
        """Closes this thread's connection; the next verb of this thread would open another."""
        session: PostgresSession | None = getattr(self._local, "session", None)
        if session is not None:
            session.connection.close()
            del self._local.session

    def _begin_write(self, command: str) -> PostgresSession:
        """Begins a transaction that has the turn to write. Raises Overtaken when the schema is another than was opened:
        what is written in the old way then is harm.
        """
        if not self.is_open:
            return self._begin(command)
        try:
            session = self._begin(command + NEWEST)
        except psycopg.errors.UndefinedTable as error:
            raise Overtaken(OTHER_SCHEMA.format(path=self.path, what="holds Heard's schema no more")) from error
        newest = session.told
        if newest != STEPS[-1]:
            session.take_back()
            raise Overtaken(OTHER_SCHEMA.format(path=self.path, what=f"was brought to schema {newest}"))
        return session

    def _begin(self, command: str) -> PostgresSession:
        """Begins a transaction. A connection that was lost since the last one costs nothing: another is opened."""
        session = self._session()
        try:
            session.tell(command)
        except psycopg.OperationalError:
            if not session.connection.closed:
                session.take_back()
                raise
            session = self._session()
            session.tell(command)
        except BaseException:  # Ctrl-C while others write
            session.take_back()
            raise
        return session

    def _session(self) -> PostgresSession:
        session: PostgresSession | None = getattr(self._local, "session", None)
        if session is None or session.connection.closed:
            session = self._local.session = PostgresSession(self._connect())
        return session

    def _connect(self) -> Connection:
        with connecting(self.path):
            connection = Connection.connect(self.conninfo, autocommit=True, context=ADAPTERS, row_factory=rows_by_name)
        connection.prepared_max = PREPARED
        connection.execute(self._settings.encode(), prepare=False)
        return connection


@contextmanager
def _ended(session: PostgresSession) -> Iterator[None]:
    """Commits what was begun; whatever ends it otherwise, Ctrl-C too, leaves nothing behind and goes on upwards."""
    try:
        yield
        session.commit()
    except BaseException:
        session.take_back()
        raise


@contextmanager
def _part_of(session: PostgresSession) -> Iterator[PostgresSession]:
    """A part of a transaction, that leaves nothing behind when it fails."""
    session.tell("SAVEPOINT part")
    try:
        yield session
    except BaseException:
        with suppress(psycopg.Error):
            session.tell("ROLLBACK TO part; RELEASE part")
        raise
    session.tell("RELEASE part")


def _conninfo(address: str) -> str:
    """What libpq is told; what it says of an address that it cannot read may quote a password, and is kept back."""
    try:
        return make_conninfo("", **{**DEFAULTS, **conninfo_to_dict(address)})
    except psycopg.ProgrammingError:
        raise StoreError(
            "The setting 'database' is no address that PostgreSQL understands; write postgresql://user@host:5432/heard, "
            "with %40 for an @ in a password and the like."
        ) from None
