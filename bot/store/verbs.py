"""The store as the program knows it: every verb of the ports, and a database's care, on either database."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager

from bot.store.access import Entrance
from bot.store.aims import Aims
from bot.store.alerts import Alerts
from bot.store.briefs import Briefs
from bot.store.budget import Budgeting
from bot.store.erasure.forgetting import Forgetting
from bot.store.exports import Exports
from bot.store.feedback import FeedbackDesk
from bot.store.figures import Figures
from bot.store.learned import Learning
from bot.store.ledger import Ledger
from bot.store.ledger_pages import LedgerPages
from bot.store.listen import Listening
from bot.store.migrations import TABLES
from bot.store.moving.restored import AfterRestore
from bot.store.notices import Notices
from bot.store.outbox import Outbox
from bot.store.rechecks import Rechecks
from bot.store.relevance import Judging
from bot.store.review import Reviewing
from bot.store.score import Scoring
from bot.store.shops import Shops
from bot.store.sightings import Sightings
from bot.store.tallies import Tallies
from bot.store.tones import Tones
from bot.store.vitals import Vitals
from bot.store.voices import Voices

_SALT = "SELECT value FROM keeping WHERE name = 'salt'"


class HeardStore(
    Listening,
    Budgeting,
    Notices,
    Alerts,
    Scoring,
    Figures,
    Judging,
    FeedbackDesk,
    Exports,
    Learning,
    Reviewing,
    Outbox,
    Ledger,
    Entrance,
    Shops,
    Sightings,
    Tallies,
    Tones,
    LedgerPages,
    Voices,
    Briefs,
    Aims,
    Forgetting,
    AfterRestore,
    Vitals,
    Rechecks,
):
    """Every verb of the ports on one database; each thread has its own connection."""

    @property
    def path(self) -> str:
        """The database as people know it: the file as it was given, or the address without its password."""
        return self._connections.path

    @abstractmethod
    def schema_version(self) -> int:
        """How many migrations the database has taken."""

    @abstractmethod
    def integrity_check(self) -> tuple[str, ...]:
        """What is wrong with what is held, one sentence each; empty when all is well."""

    @abstractmethod
    def apart(self) -> AbstractContextManager[HeardStore]:
        """The store as it is now, on which whatever is written is thrown away at the end."""

    def settle_erasure(self, stop: Callable[[], bool] = lambda: False, *, rewrite: bool = False) -> bool:
        """Removes what erasures left in places that no statement reaches; False: something was in the way, call again.

        ``rewrite``: also what only writing everything anew removes, which holds writers up meanwhile.
        """
        del stop, rewrite
        return True

    def salt(self) -> bytes:
        """The random bytes that this database hashes customer references with; made once, with the database."""
        with self._read() as db:
            return bytes.fromhex(str(db.execute(_SALT).fetchone()["value"]))

    def counts(self) -> Mapping[str, int]:
        """Rows of each table."""
        with self._read() as db:
            return {name: int(db.execute(f"SELECT COUNT(*) FROM {name}").fetchone()[0]) for name in TABLES}  # noqa: S608 names of our own

    def size(self) -> int | None:
        """Bytes that the database takes; None where that is not known."""
        return None

    def close(self) -> None:
        """Closes this thread's connection; those of other threads are closed as the threads end."""
        self._connections.close()
