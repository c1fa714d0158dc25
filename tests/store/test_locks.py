"""A database that is open in one process and in another: neither takes it from under the other."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bot.store.sqlite import open_store
from tests.support.database import empty_database

ANOTHER = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("UPDATE keeping SET value = value")
db.commit()
db.close()
"""


def test_opening_a_database_again_lets_go_of_no_lock_that_is_held_on_it(tmp_path: Path) -> None:
    """A process that closes a file of its own loses every lock it holds on it, SQLite's too: another process, the last
    to close as far as it sees, would delete the log that this one still reads.
    """
    path = empty_database(tmp_path)
    first = open_store(path)
    first.counts()
    second = open_store(path)
    second.counts()
    subprocess.run([sys.executable, "-c", ANOTHER, str(path)], check=True, timeout=60)
    assert Path(f"{path}-wal").exists()
    assert first.integrity_check() == ()
    second.close()
    first.close()
