"""What a verb speaks to inside its transaction: a database that takes statements with named values and gives rows.

Both databases are spoken to through this alone, so that every verb is written once. What only one of them can do (how
it is opened, brought up to date, searched, copied) stands with that one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol


class Row(Protocol):
    """One row, its columns by name or by place."""

    def __getitem__(self, key: Any, /) -> Any: ...

    def __iter__(self) -> Iterator[Any]: ...

    def __len__(self) -> int: ...

    def keys(self) -> Iterable[str]:
        """The names of the columns, in order."""
        ...


class Rows(Protocol):
    """What a statement gave."""

    @property
    def rowcount(self) -> int:
        """How many rows the statement wrote."""
        ...

    def __iter__(self) -> Iterator[Any]: ...

    def fetchone(self) -> Any:
        """The next row; None when there is no other."""
        ...

    def fetchall(self) -> list[Any]:
        """All rows that are left."""
        ...


class Session(Protocol):
    """A database inside a transaction."""

    def execute(self, sql: str, parameters: dict[str, Any] = ..., /) -> Rows:
        """Runs a statement with its named values."""
        ...

    def executemany(self, sql: str, parameters: Iterable[Mapping[str, Any]], /) -> object:
        """Runs a statement once for each of these."""
        ...

    def index_words(self, items: Sequence[int], /) -> None:
        """Makes the words of new items searchable, all at once; their row is there already."""
        ...


class Transactions(Protocol):
    """How verbs come by a session: a database's connections, one a thread."""

    @property
    def path(self) -> str:
        """What the database is called where people read it; without a password."""
        ...

    @property
    def search(self) -> str:
        """The condition on an item ``i`` that finds ``:search``, in this database's own words."""
        ...

    def read(self) -> AbstractContextManager[Session]:
        """A transaction that sees one state of the database throughout."""
        ...

    def write(self, *, durable: bool = False) -> AbstractContextManager[Session]:
        """A transaction in which nobody else writes; ``durable`` survives a power cut from the moment this returns."""
        ...

    def together(self) -> AbstractContextManager[None]:
        """One transaction of all that this thread writes inside."""
        ...

    def close(self) -> None:
        """Closes this thread's connection."""
        ...
