"""Reddit's HTML and Markdown as plain text."""

from __future__ import annotations

from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from connectors.plain import SURROGATE, clean

_BLOCKS = "p,div,li,blockquote,pre,h1,h2,h3,h4,h5,h6,tr,hr"
_OWN_HOSTS = ("reddit.com", "redd.it", "redditmedia.com", "redditstatic.com")


def parsed(html: str) -> LexborHTMLParser:
    """The tree of a piece of HTML, whatever characters are in it."""
    return LexborHTMLParser(SURROGATE.sub("\ufffd", html))


def html_text(html: str) -> tuple[str, tuple[str, ...]]:
    """The text of a piece of HTML, one line a block, and the outside addresses that it links to."""
    tree = parsed(html)
    for node in tree.css("script,style"):
        node.decompose()
    links = [outside(node.attributes.get("href")) for node in tree.css("a[href]")]
    for node in tree.css("br"):
        node.replace_with("\n")
    for node in tree.css(_BLOCKS):
        node.insert_after("\n")
    text = tree.body.text() if tree.body is not None else ""
    lines = (" ".join(line.split()) for line in text.splitlines())
    return clean("\n".join(filter(None, lines))), tuple(dict.fromkeys(filter(None, links)))


def outside(address: object) -> str | None:
    """``address`` when it is a web address that leads away from Reddit, else None."""
    if not isinstance(address, str):
        return None
    address = clean(address)
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").lower()
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not host:
        return None
    own = any(host == name or host.endswith("." + name) for name in _OWN_HOSTS)
    return None if own else address
