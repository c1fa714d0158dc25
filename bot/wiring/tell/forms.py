"""The finished forms of a digest for one recipient: text, HTML, JSON, and the charts that the HTML shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from bot.digest.sending.deliver import Forms
from bot.model import Digest
from bot.model.digest import Picture
from bot.model.feedback import FeedbackLink
from config.settings import Settings

OwnLinks = Callable[[str, str, str], Sequence[FeedbackLink]]
"""The links of a digest that a recipient gets under a mention, in that order."""


def _no_links(_digest: str, _recipient: str, _mention: str) -> Sequence[FeedbackLink]:
    return ()


class FormsMaker:
    """Makes the forms that notifiers send; the recipient's own links are the one thing that differs between two.

    The charts of the digest that was asked for last are kept: its recipients come one after the other.
    """

    def __init__(self, settings: Settings, links: OwnLinks = _no_links) -> None:
        self._settings = settings
        self._links = links
        self._drawn: tuple[str, tuple[Picture, ...]] = ("", ())

    def __call__(self, digest: Digest, recipient: str) -> Forms:
        """The forms of ``digest`` as ``recipient`` gets them."""
        from bot.digest.forms import render  # noqa: PLC0415 brings jinja2, css-inline and rich

        body, links, pictures = digest.body, partial(self._links, digest.id, recipient), self._pictures(digest)
        page = f"{self._settings.public_url}/digests/{digest.id}" if self._settings.public_url else None
        html = render.render_html(body, links, pictures)
        return Forms(render.render_text(body, links), html, render.render_json(body), pictures, page)

    def _pictures(self, digest: Digest) -> tuple[Picture, ...]:
        if self._drawn[0] != digest.id:
            from bot.wiring.tell.picturing import pictures_of  # noqa: PLC0415 brings the charts' library

            self._drawn = (digest.id, pictures_of(digest.body))
        return self._drawn[1]
