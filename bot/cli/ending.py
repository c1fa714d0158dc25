"""Ending a process at the right time: not before it listens for signals, and not later because something hangs."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NoReturn


@contextmanager
def hangups_held() -> Iterator[None]:
    """Keeps a SIGHUP that comes while the program starts until it is listened for.

    By itself it would end the process, and a supervisor would take that for an end that was asked for. Where the start
    fails, its own reason is what is told, and the signal is dropped.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
    try:
        yield
    finally:
        signal.sigtimedwait({signal.SIGHUP}, 0)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def end_process(code: int) -> NoReturn:
    """Ends at once, with what was said written out. What hangs is left as a crash would leave it.

    A long-running program ends in this way always: Python would wait for every thread, and clear up all that was ever
    loaded, which takes seconds on a busy machine, of the ten that a supervisor gives.
    """
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # nobody reads it any more, or the disk is full
            stream.flush()
    os._exit(code)
