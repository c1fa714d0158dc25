"""Whether a message was signed by somebody who knows the secret; pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence


def signed(message: bytes, given: str | None, secrets: Sequence[str]) -> bool:
    """Whether ``given`` is the base64 of the message's HMAC-SHA-256 under one of ``secrets``.

    Every secret is tried and compared in constant time, so that the time taken tells neither which nor how much fits.
    """
    if not given:
        return False
    told = given.strip().encode("utf-8", "replace")
    fits = [
        hmac.compare_digest(base64.b64encode(hmac.digest(secret.encode(), message, hashlib.sha256)), told)
        for secret in secrets
    ]
    return any(fits)
