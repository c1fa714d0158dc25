"""A database's address as people may read it: without what lets anybody in. Needs no driver."""

from __future__ import annotations

import re

_USER = re.compile(r"(?<=://)([^:@/?#]*):[^?#]*@")
_SECRETS = re.compile(r"(?i)(?<=[?&])((?:ssl)?password)=[^&#]*&?")


def shown(address: str) -> str:
    """The address without its passwords, in the user's part or in the query."""
    return _SECRETS.sub("", _USER.sub(r"\1@", address)).rstrip("?&")
