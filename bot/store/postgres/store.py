"""The PostgreSQL store: opening a database safely, bringing its schema up to date, and its care."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bot.errors import StoreError
from bot.store.migrations import ROWS, STEPS
from bot.store.postgres.connections import Connections, PostgresSession
from bot.store.postgres.functions import FUNCTIONS, SEARCH
from bot.store.postgres.schema import changes, schema_after
from bot.store.postgres.settling import settle, unsampled
from bot.store.verbs import HeardStore

OLDEST_SERVER = 15
SERVER = """
SELECT current_setting('server_version_num') AS version, current_setting('server_encoding') AS encoding,
       quote_ident(current_schema()) AS schema
"""
THERE = """
SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'v')
  AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
"""
MARK = 'CREATE TABLE heard_steps (name text COLLATE "C" PRIMARY KEY, taken_at timestamptz NOT NULL DEFAULT now())'
"""The steps that were taken, one row each: how Heard knows its own schema."""
SEARCH_THERE = "SELECT to_regproc(quote_ident(current_schema()) || '.heard_search') IS NOT NULL AS there"
TAKEN = "SELECT name FROM heard_steps ORDER BY name"
TAKE = "INSERT INTO heard_steps (name) VALUES (:name)"
KEEP = "INSERT INTO keeping (name, value) VALUES (:name, :value) ON CONFLICT DO NOTHING"


class PostgresStore(HeardStore):
    """Every verb of the ports on one PostgreSQL schema; each thread has its own connection."""

    def __init__(self, connections: Connections) -> None:
        super().__init__(connections)
        self._server = connections

    def schema_version(self) -> int:
        """How many migrations the database has taken."""
        with self._server.read() as db:
            return len(_taken(db))

    def size(self) -> int | None:
        """Bytes of the whole database that the server keeps, other schemas in it included."""
        with self._server.read() as db:
            return int(db.execute("SELECT pg_database_size(current_database()) AS bytes", {}).fetchone()["bytes"])

    def integrity_check(self) -> tuple[str, ...]:
        """What is wrong with what is held, one sentence each; the server looks after its pages itself."""
        return self.miscounted()

    def settle_erasure(self, stop: Callable[[], bool] = lambda: False, *, rewrite: bool = False) -> bool:
        """Vacuums what erasures left in tables and indexes, writing them anew with ``rewrite``; False: call again."""
        return settle(self._server, stop, rewrite=rewrite)

    @contextmanager
    def apart(self) -> Iterator[PostgresStore]:
        """The store inside one transaction that is taken back at the end; others wait to write until then."""
        with self._server.taken_back():
            yield self


def open_postgres(address: str, *, migrate: bool = True, read_only: bool = False) -> PostgresStore:
    """Opens the schema that the address names (``options=-csearch_path=...``, else the user's own, ``public``).

    ``migrate`` makes a new schema's tables and brings older ones up to date; ``read_only`` never does, nor writes
    anything else. Raises StoreError when the schema is not Heard's, is newer than this program, or cannot be used; it
    is then left as it was.
    """
    connections = Connections(address, read_only=read_only)
    try:
        bring_up_to_date(connections, migrate=migrate and not read_only)
    except StoreError:
        connections.close()
        raise
    connections.is_open = True
    return PostgresStore(connections)


def bring_up_to_date(connections: Connections, *, migrate: bool) -> None:
    """Raises StoreError for a schema that this Heard does not know or, unless it may ``migrate``, that is older."""
    with connections.read() as db:
        refuse_server(db, connections.path)
        taken = acceptable(db, connections.path)
    if taken == len(STEPS):
        return
    if not migrate:
        raise StoreError(f"{connections.path} has schema {taken}, this Heard needs {len(STEPS)}: run heard db upgrade.")
    _migrate(connections)


def refuse_server(db: PostgresSession, path: str) -> None:
    """Raises StoreError for a server, an encoding or a search path that Heard cannot live with."""
    server = db.execute(SERVER).fetchone()
    if int(server["version"]) // 10_000 < OLDEST_SERVER:
        raise StoreError(f"{path} is a server older than PostgreSQL {OLDEST_SERVER}; Heard needs that or a newer one.")
    if server["encoding"] != "UTF8":
        raise StoreError(
            f"{path} keeps texts as {server['encoding']}, which cannot hold what people write. Make the database with "
            "createdb --encoding=UTF8 --template=template0."
        )
    if server["schema"] is None:
        raise StoreError(
            f"{path}: the schema in its search_path is not there. Make it (CREATE SCHEMA), or name another."
        )


def acceptable(db: PostgresSession, path: str) -> int:
    """How many steps the schema has taken. Raises StoreError for one of another program or of a newer Heard."""
    there = {row["name"] for row in db.execute(THERE)}
    if "heard_copying" in there:
        raise StoreError(
            f"{path} is a copy that is not finished. Let the same 'heard db copy' go on, or empty the database."
        )
    if there and "heard_steps" not in there:
        raise StoreError(
            f"{path} belongs to another program; see that the setting 'database' names the right one, or give Heard a "
            "schema of its own (CREATE SCHEMA heard, then ?options=-csearch_path%3Dheard at the end of the address)."
        )
    taken = _taken(db) if there else []
    if not set(taken) <= set(STEPS):
        raise StoreError(
            f"{path} has schema {len(taken)} ({taken[-1]}); this Heard knows up to {len(STEPS)} ({STEPS[-1]}). "
            "A newer Heard has used it: install that version again, or restore a backup that was made before."
        )
    return len(taken)


def _taken(db: PostgresSession) -> list[str]:
    return [row["name"] for row in db.execute(TAKEN)]


def make_functions(db: PostgresSession) -> None:
    """Makes, inside a transaction, what statements and indexes call."""
    schema = str(db.execute(SERVER).fetchone()["schema"])
    db.tell(FUNCTIONS.replace("{schema}", schema))
    if not db.execute(SEARCH_THERE).fetchone()["there"]:
        db.tell(SEARCH.replace("{schema}", schema))


def _migrate(connections: Connections) -> None:
    """Takes the steps that are missing, all in one transaction; of two programs at once the second finds them taken."""
    with connections.write(durable=True) as db:
        taken = acceptable(db, connections.path)
        if taken == len(STEPS):
            return
        make_functions(db)
        if not taken:
            db.tell(MARK)
        old, new = schema_after(taken), schema_after(len(STEPS))
        for statement in (*changes(old, new), *unsampled(new)):
            db.tell(statement)
        for name in new.kept.keys() - old.kept.keys():
            db.execute(KEEP, {"name": name, "value": new.kept[name]})
        for step in STEPS[taken:]:
            for statement in ROWS.get(step, ()):
                db.tell(statement)
            db.execute(TAKE, {"name": step})
