"""Made-up feeds of every sort of element, and ways to spoil feeds."""

from __future__ import annotations

import re
from random import Random

NAMESPACES = {
    "media": "http://search.yahoo.com/mrss/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "thr": "http://purl.org/syndication/thread/1.0",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "atom": "http://www.w3.org/2005/Atom",
    "georss": "http://www.georss.org/georss",
    "x": "http://x.example/",
    "summary": "http://summary.example/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
}
DECLARED = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())
CORE = {
    "rss": ("title", "link", "pubDate", "guid", "description", "dc:creator", "content:encoded"),
    "atom": ("title", "id", "updated", "published", "link", "summary", "content", "author"),
}
OTHERS = [
    "author",
    "category",
    "comments",
    "enclosure",
    "dc:date",
    "media:content",
    "media:thumbnail",
    "media:title",
    "media:description",
    "media:group",
    "itunes:summary",
    "itunes:author",
    "itunes:subtitle",
    "slash:comments",
    "thr:total",
    "source",
    "atom:link",
    "atom:updated",
    "x:foo",
    "x:bar",
    "media:community",
    "media:statistics",
    "media:starRating",
    "dc:language",
    "language",
    "dcterms:created",
    "media:credit",
    "media:keywords",
    "itunes:image",
    "itunes:category",
    "rights",
    "managingEditor",
    "dc:subject",
    "media:rating",
    "itunes:explicit",
    "generator",
    "copyright",
    "lastBuildDate",
    "title",
    "link",
    "guid",
    "id",
    "description",
    "summary",
    "content",
    "media:title",
    "source",
    "itunes:summary",
    "image",
]
ODD = [
    "image",
    "url",
    "name",
    "body",
    "date",
    "links",
    "tags",
    "georss:point",
    "dc:title",
    "dc:rights",
    "summary:detail",
    "x:title",
    "ttl",
    "sy:updatePeriod",
    "itunes:owner",
    "contributor",
    "textInput",
    "fullitem",
    "abstract",
    "info",
    "newLocation",
    "expirationDate",
    "item",
    "entry",
    "channel",
    "svg",
    "p",
]
HEADS = [
    "title",
    "link",
    "description",
    "language",
    "ttl",
    "sy:updatePeriod",
    "sy:updateFrequency",
    "itunes:summary",
    "itunes:owner",
    "image",
    "category",
    "pubDate",
    "copyright",
    "atom:link",
    "generator",
    "author",
    "itunes:author",
    "itunes:category",
    "dc:language",
    "items",
]
INSIDE = {
    "author": ("name", "uri", "email", "x:foo"),
    "itunes:owner": ("itunes:name", "itunes:email"),
    "image": ("url", "title", "link", "width", "x:foo"),
    "items": ("rdf:Seq", "x:bar"),
    "media:group": ("media:title", "media:description", "media:community", "media:content"),
    "media:content": ("media:title", "media:description", "media:credit", "x:foo"),
    "media:community": ("media:statistics", "media:starRating", "x:bar"),
}
TEXTS = (
    "", "  ", "Hello", "a &amp;amp; b", '&lt;p&gt;Hi &lt;a href="/x"&gt;x&lt;/a&gt;&lt;/p&gt;', "café", "it’s", "5",
    "https://a.example/1?x=1&amp;y=2", "/rel/path", "../up", "tag:a,2026:1", "Tue, 03 Feb 2026 10:00:00 GMT", "en-US",
    "2026-02-03T10:00:00Z", "ann@acme.example (Ann Lee)", "Ann &lt;ann@acme.example&gt;", "ann@acme.example", "hourly",
    "<![CDATA[<b>bold</b> text]]>", "<![CDATA[x]]> y <!-- c --> z", "javascript:alert(1)", "http:///a.example//x",
    "a &lt; b", "&copy; c".replace("&", "&amp;"), "\N{NO-BREAK SPACE}nb ", "longer &lt;br&gt; text than the others",
)  # fmt: skip
ODD_TEXTS = ("Ã©", "\x92x", "&#146;", "<b>bold</b>", "<div>x</div> y")
ATTRIBUTES = (
    'type="html"', 'type="text"', 'type="xhtml"', 'type="TEXT/plain"', 'href="/x"', 'href="https://b.example/y"',
    'href=""', 'rel="alternate"', 'rel="self"', 'isPermaLink="false"', 'isPermaLink="true"', 'term="t"', 'views="12"',
    'url="https://c.example/z"', 'xml:lang="de"', 'xml:lang=""', 'xml:base="https://base.example/d/"', 'lang="fr"',
    'xml:base="sub/"', 'x:href="q"', 'mode="escaped"', 'base="/b/"', 'atom:rel="self"', 'src="s"', 'text="k"',
)  # fmt: skip


def _element(random: Random, name: str, wild: float, depth: int = 0) -> str:
    attributes = random.sample(
        ATTRIBUTES, random.choice((0, 0, 0, 0, 0, 1, 1, 2)) if random.random() < 0.3 + wild else 0
    )
    unique = {attribute.partition("=")[0]: attribute for attribute in attributes}
    parts = INSIDE.get(name, OTHERS if random.random() < wild else ())
    if parts and depth < 3 and random.random() < 0.7:
        inside = "".join(_element(random, random.choice(parts), wild, depth + 1) for _ in range(random.randint(0, 3)))
    else:
        inside = random.choice(ODD_TEXTS if random.random() < wild else TEXTS)
    return f"<{' '.join((name, *unique.values()))}>{inside}</{name}>"


def made_feed(random: Random, wild: float) -> str:
    """A feed of every sort of element; the wilder (0 to 1), the odder."""
    kind = random.choice(("rss", "rss", "atom", "rdf"))
    core = CORE["atom" if kind == "atom" else "rss"]
    others = OTHERS if wild else [name for name in OTHERS if name not in ("source", "title", "image")]

    def entry() -> str:
        names = [name for name in core if random.random() < 0.8]
        names += [random.choice(ODD if random.random() < wild else others) for _ in range(random.randint(0, 4))]
        random.shuffle(names)
        inside = "\n".join(_element(random, name, wild) for name in names)
        tag = "entry" if kind == "atom" else "item"
        about = ' rdf:about="https://about.example/1"' if random.random() < (0.8 if kind == "rdf" else wild) else ""
        return f"<{tag}{about}>{inside}</{tag}>"

    heads = [_element(random, random.choice(HEADS), wild) for _ in range(random.randint(0, 5))]
    if kind == "rdf":
        heads = [f"<channel>{''.join(heads)}</channel>", *random.choice(((), ("<image><url>u</url></image>",)))]
    parts = heads + [entry() for _ in range(random.randint(1, 3))]
    if random.random() < wild:
        random.shuffle(parts)
    root = random.choice(("", "", 'xml:lang="pt_BR"', 'xml:base="https://root.example/q/"'))
    if kind == "atom":
        return f'<feed xmlns="http://www.w3.org/2005/Atom" {DECLARED} {root}>{"".join(parts)}</feed>'
    if kind == "rdf":
        declared = DECLARED.replace(NAMESPACES["atom"], "http://x.example/") if random.random() > wild else DECLARED
        return f'<rdf:RDF xmlns="http://purl.org/rss/1.0/" {declared} {root}>{"".join(parts)}</rdf:RDF>'
    return f'<rss version="2.0" {DECLARED} {root}><channel>{"".join(parts)}</channel></rss>'


def tampered(body: bytes, random: Random) -> bytes:
    """Another name for an element, elements in another order, or a piece twice: mostly still well-formed."""
    names = sorted(set(re.findall(rb"</([\w:]+)>", body)))
    if not names:
        return body
    name = random.choice(names)
    match random.randrange(4):
        case 0:
            other = random.choice([*names, *(word.encode() for word in (*CORE["rss"], *CORE["atom"], *ODD))])
            return re.sub(rb"(</?)%s\b" % re.escape(name), rb"\g<1>" + other, body)
        case 1:
            pieces = re.split(rb"(<%s\b.*?</%s>)" % (re.escape(name), re.escape(name)), body, flags=re.DOTALL)
            pieces[1::2] = random.sample(pieces[1::2], len(pieces) // 2)
            return b"".join(pieces)
        case 2:
            return re.sub(rb"<%s\b.*?</%s>" % (re.escape(name), re.escape(name)), rb"\g<0>\g<0>", body, flags=re.DOTALL)
        case _:
            return re.sub(rb"(<%s\b)" % re.escape(name), rb"\1 " + random.choice(ATTRIBUTES).encode(), body, count=2)


BYTES = (
    b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\xc3", b"\xed\xa0\x80", b"\x1a", b"\x80", b"<", b">", b"&", b"]]>", b"<![CDATA[",
    b"<!--", b"-->", b"--", b"<?", b"?>", b"<!DOCTYPE rss [", b"<!ENTITY a 'b'>", b"<!ENTITY % p SYSTEM 'file:///x'>", b"&a;",
    b"&nbsp;", b"&#0;", b"&#xD800;", b"&#x110000;", b"&#99999999999999;", b"&#", b"&amp;amp;", b"&lt;script&gt;", b"</",
    b"<div>", b"</item>", b"<item>", b"<entry>", b"<title>", b"</title>", b"<link href='", b'"', b"'", b"\r", b"\x0b",
    b' xmlns="http://www.w3.org/1999/xhtml"', b' xml:base="//["', b' type="xhtml"', b' mode="base64"', b' type="image/png"',
    b"<svg>", b"<math>", b"<pubDate>9999-99-99T99:99:99Z</pubDate>", b"<pubDate>00000000</pubDate>", b"\xe2\x80\xa8",
    b"<link>http://[</link>", b"<guid>\x00</guid>", b"<enclosure url='a' length='-1e999'/>", b"{", b"}", b'{"version":',
)  # fmt: skip
"""What breaks parsers: halves of signs, characters that are none, entities, markup out of its place."""

PIECES = (
    b"&amp;", b"&#38;", b"&amp;amp;", b"&lt;b>", b"&#xA0;", b"&#8217;", b"&#x92;", b"<![CDATA[<p>x</p> & y]]>", b"<!-- x -->",
    b"<?x y?>", "\u00e9\u2028\u00a0".encode(), "\u00c3\u00a9".encode(), b"\t\r\n", b" ", b"<x/>", b"<x:foo/>", b"<p>one</p>",
    b"<title/>", b"<link/>", b"<guid/>", b"<description/>", b"<content/>", b"<author/>", b"<image/>", b"<source/>",
)  # fmt: skip
"""What leaves a document well-formed when it is put behind a tag."""

ENCODINGS = tuple(b"utf-16 utf-32 us-ascii iso-8859-1 shift_jis gb2312 utf-7 idna x-none hex".split())
TRUE_ENCODINGS = ("utf-16", "utf-16-le", "utf-32", "latin-1", "cp037")


def spoiled(body: bytes, other: bytes, random: Random) -> bytes:  # noqa: PLR0911 a table
    """The body with one thing wrong that happens to feeds, or that somebody does to them."""
    start, end = sorted((random.randrange(len(body) + 1), random.randrange(len(body) + 1)))
    match random.randrange(11):
        case 0:  # a byte flipped
            at = random.randrange(max(1, len(body)))
            return body[:at] + bytes((random.randrange(256),)) + body[at + 1 :]
        case 1:
            return body[:end]
        case 2:  # a piece is missing
            return body[:start] + body[end:]
        case 3:  # a piece twice
            return body[:end] + body[start:end] + body[end:]
        case 4:  # two feeds grown together
            return body[:start] + other[random.randrange(len(other) + 1) :]
        case 5 | 6:
            return body[:start] + random.choice(BYTES) + body[start:]
        case 7:  # a lie about the encoding
            declaration = b'<?xml version="1.0" encoding="%s"?>' % random.choice(ENCODINGS)
            return declaration + re.sub(rb"^\s*<\?xml.*?\?>", b"", body, flags=re.DOTALL)
        case 8:  # something very long
            return body[:start] + random.choice(BYTES) * random.choice((30, 300, 1000)) + body[start:]
        case 9:  # another encoding in fact
            return body.decode("utf-8", "replace").encode(random.choice(TRUE_ENCODINGS), "replace")
        case _:
            return tampered(body, random)


def altered(body: bytes, random: Random) -> bytes:
    """The body changed in a way that leaves most documents well-formed."""
    places = [found.end() for found in re.finditer(b">", body)]
    if not places or random.random() < 0.5:
        return tampered(body, random)
    at = random.choice(places)
    return body[:at] + random.choice(PIECES) + body[at:]
