"""Where a letter's HTML finds its pictures: it names each as ``cid:<name>``, and every way out has its own address for
it.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable
from html import escape

from bot.model.digest import Picture


def with_pictures_at(html: str, pictures: Iterable[Picture], address: Callable[[Picture], str]) -> str:
    """``html`` with every picture at its ``address``."""
    for picture in pictures:
        html = html.replace(f'src="cid:{picture.name}"', f'src="{escape(address(picture))}"')
    return html


def with_pictures_inlined(html: str, pictures: Iterable[Picture]) -> str:
    """``html`` that carries its pictures in itself, as a file on its own must."""
    return with_pictures_at(html, pictures, lambda picture: f"data:image/png;base64,{b64encode(picture.png).decode()}")
