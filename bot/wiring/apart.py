"""Work that is done for several, of which one that fails holds up no other."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from bot.errors import HeardError, StoreError


@contextmanager
def apart(log: logging.Logger, kind: str, name: str, failed: dict[str, None]) -> Iterator[None]:
    """Keeps what goes wrong with one, a ``kind`` of thing called ``name``, from others: logs it, adds to ``failed``.

    Raises StoreError, which is no fault of its, and the others need the database too.
    """
    try:
        yield
    except StoreError:
        raise
    except HeardError as error:
        log.error("%s=%s error=%s: %s", kind, name, type(error).__name__, error)  # noqa: TRY400 the cause is named; no trace
        failed[name] = None
    except Exception:
        # A bug that one trips over must not silence the others: seen in full in the log.
        log.exception("%s=%s bug", kind, name)
        failed[name] = None
