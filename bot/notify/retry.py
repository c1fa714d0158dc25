"""Whether trying again can help: the one table that every notifier's errors are read from.

What is worth another try waits as :mod:`bot.digest.sending.backoff` says, or until the time that the other side names,
whichever is later. What is not goes to another channel, where one is configured. What is in doubt is sent once more, no
third time.
"""

from __future__ import annotations

import errno
from datetime import datetime, timedelta
from typing import NamedTuple

from requests.exceptions import (
    ConnectTimeout,
    InvalidSchema,
    InvalidURL,
    MissingSchema,
    RequestException,
    SSLError,
    Timeout,
)

from bot.waits import AddressRefused, Unsent, retry_after

_NEVER = 500
_LASTING_FILE_ERRORS = frozenset(
    {
        errno.EACCES,
        errno.EEXIST,
        errno.EINVAL,
        errno.EISDIR,
        errno.ENAMETOOLONG,
        errno.ENOTDIR,
        errno.EPERM,
        errno.EROFS,
    }
)
_PASSING_STATUSES = frozenset({408, 425, 429})
_OUR_OWN_FAULT = (InvalidURL, InvalidSchema, MissingSchema, AddressRefused)
_NOTHING_SENT = (Unsent, ConnectTimeout, SSLError)
_AT_ONCE = timedelta(0)


class Outlook(NamedTuple):
    """What may come of another try: nothing, the same letter delivered, or the same letter delivered twice."""

    retry: bool
    in_doubt: bool = False


AGAIN = Outlook(retry=True)
FINAL = Outlook(retry=False)
DOUBT = Outlook(retry=True, in_doubt=True)


def worth_retrying_reply(code: int) -> bool:
    """An SMTP reply: 4xx passes (greylisting, a full mailbox, a busy server), 5xx lasts; anything else is a server
    that answers nonsense at the moment. Source: RFC 5321 §4.2.1.
    """
    return not _NEVER <= code < _NEVER + 100


def worth_retrying_file(error: OSError) -> bool:
    """A file that could not be written: a full or failing disk passes; rights and a wrong path wait for a person."""
    return error.errno not in _LASTING_FILE_ERRORS


def worth_retrying_status(status: int) -> bool:
    """An HTTP answer that is no success: 408, 425, 429 and 5xx pass. Every other one lasts, redirects among them: a
    letter is not sent where a stranger points. Source: RFC 9110 §15.
    """
    return status in _PASSING_STATUSES or status >= _NEVER


def outlook_of(error: RequestException, *, safe_to_repeat: bool) -> Outlook:
    """A request that had no answer. Where nothing was sent, sending again repeats nothing; else it is in doubt.

    ``safe_to_repeat``: the receiver tells a repetition by its key, so that waiting in vain is a reason to try again.
    """
    if isinstance(error, _OUR_OWN_FAULT):
        return FINAL
    if isinstance(error, _NOTHING_SENT) or (safe_to_repeat and isinstance(error, Timeout)):
        return AGAIN
    return DOUBT


def asked_for(retry_after_header: str | None, now: datetime) -> datetime | None:
    """The time from which ``Retry-After`` lets us come again, a day ahead at most; None where it names none."""
    return retry_after(retry_after_header, now, soonest=_AT_ONCE) if retry_after_header else None
