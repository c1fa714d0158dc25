"""Whether trying again can help: the one table that every notifier's errors are read from."""

from __future__ import annotations

import errno

_NEVER = 500
_LASTING_FILE_ERRORS = frozenset(
    {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.EINVAL}
)


def worth_retrying_reply(code: int) -> bool:
    """An SMTP reply: 4xx passes (greylisting, a full mailbox, a busy server), 5xx lasts; anything else is a server
    that answers nonsense at the moment. Source: RFC 5321 §4.2.1.
    """
    return not _NEVER <= code < _NEVER + 100


def worth_retrying_file(error: OSError) -> bool:
    """A file that could not be written: a full or failing disk passes; rights and a wrong path wait for a person."""
    return error.errno not in _LASTING_FILE_ERRORS
