"""What a person is shown, without the secrets in it: the last guard before a log, an error and a terminal."""

from __future__ import annotations


def without_secrets(text: str) -> str:
    """The text as it may be shown: secrets masked, by their surroundings and because this process has read them."""
    from bot.http import redact

    try:
        from config.secrets import hide
    except ImportError:  # another project's package is found first, and has read no secret
        return redact(text)
    return hide(redact(text))
