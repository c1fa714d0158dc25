"""What a letter looks like on the way: its parts, its pictures, its thread, and how to leave the list; read back from the
bytes that a real SMTP server received.
"""

from __future__ import annotations

import re
from email.message import EmailMessage, MIMEPart
from email.utils import getaddresses
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from bot.model import Audience, Letter
from bot.model.digest import Picture
from bot.notify.message import Envelope, compose_message, parse_address
from tests.digest.letters import AUDIENCES, html_for, pictures_for, text_for
from tests.notify.test_email import notifier
from tests.support.letters import letter
from tests.support.smtp import parse, smtp_server

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40
HEARD = parse_address("Heard <heard@example.org>")
PAT = parse_address("pat@example.org")
GMAIL_CLIPS = 102_400
MOST = 200_000
"""Bytes of a whole letter, pictures and all, that nobody's mail box notices."""


def digest(audience: Audience) -> Letter:
    """The sample day's letter to an audience."""
    return letter(
        html=html_for(audience), text=text_for(audience), pictures=pictures_for(audience), report=audience.value
    )


def sent(made: Letter, **options: Any) -> tuple[EmailMessage, bytes]:
    with smtp_server() as mailbox:
        notifier(mailbox.port, **options).send(made)
    return mailbox.messages[0], mailbox.envelopes[0][2]


def parts(message: EmailMessage) -> tuple[MIMEPart, MIMEPart, list[MIMEPart]]:
    """The text, the HTML, the pictures."""
    text, page = message.iter_parts()
    if page.get_content_type() == "text/html":
        return text, page, []
    assert page.get_content_type() == "multipart/related"
    assert page.get_param("type") == "text/html"
    html, *images = page.iter_parts()
    return text, html, images


@pytest.mark.parametrize("audience", AUDIENCES, ids=str)
def test_a_digest_arrives_whole_small_and_with_every_picture_at_its_place(audience: Audience) -> None:
    made = digest(audience)
    message, content = sent(made)
    assert not any(part.defects for part in message.walk())
    text, html, images = parts(message)
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert text.get_content().replace("\r\n", "\n") == made.text
    ids = [image["Content-ID"].strip("<>") for image in images]
    tree = HTMLParser(html.get_content())
    assert [node.attributes["src"] for node in tree.css("img")] == [f"cid:{one}" for one in ids]
    assert [image.get_content() for image in images] == [picture.png for picture in made.pictures]
    assert all(image.get_content_disposition() == "inline" for image in images)
    for node in tree.css("a"):
        assert urlsplit(node.attributes["href"] or "").scheme in {"http", "https"}
    assert len(html.get_payload(decode=True)) < GMAIL_CLIPS
    assert len(content) < MOST
    assert max(map(len, content.split(b"\r\n"))) <= 998


def test_a_letter_with_pictures_is_the_same_bytes_each_time() -> None:
    made = digest(Audience.EXECUTIVE)
    first, again = (compose_message(made, Envelope(HEARD), PAT).as_bytes() for _ in range(2))
    assert first == again


def test_pictures_of_two_letters_never_share_an_id() -> None:
    html = '<img src="cid:volume" alt="x">'
    picture = Picture("volume", PNG, "x", 1, 1)
    ids = {
        parts(sent(letter(key=key, html=html, pictures=(picture,)))[0])[2][0]["Content-ID"] for key in ("one", "two")
    }
    assert ids == {"<volume.one@example.org>", "<volume.two@example.org>"}


@pytest.mark.parametrize("name", ["objective-a.b", "x\r\nBcc: all@example.org", "ünïcode", 'a"b', "n" * 500])
def test_a_pictures_name_can_do_no_harm(name: str) -> None:
    made = letter(html=f'<img src="cid:{name}" alt="">', pictures=(Picture(name, PNG, "", 1, 1),))
    message = parse(compose_message(made, Envelope(HEARD), PAT).as_bytes())
    (image,) = parts(message)[2]
    assert {"Bcc"}.isdisjoint([*image.keys(), *message.keys()])
    assert re.fullmatch(r"<[!-;=?A-~]+@example\.org>", image["Content-ID"])
    assert image.get_content() == PNG
    assert f'src="cid:{image["Content-ID"].strip("<>")}"' in parts(message)[1].get_content()


def test_the_days_of_a_digest_are_one_thread_and_each_has_its_own_id() -> None:
    monday, tuesday, other = (
        sent(letter(key=key, report=report))[0] for key, report in (("mon", "pr"), ("tue", "pr"), ("mon2", "ops"))
    )
    assert monday["References"] == monday["In-Reply-To"] == tuesday["References"] == "<heard-pr@example.org>"
    assert other["References"] == "<heard-ops@example.org>"
    assert len({one["Message-ID"] for one in (monday, tuesday, other)}) == 3
    assert monday["Message-ID"] != monday["References"]
    assert (monday["List-Id"], other["List-Id"]) == ("<pr.heard.example.org>", "<ops.heard.example.org>")


def test_notices_stand_alone_in_a_list_of_their_own() -> None:
    notice = sent(letter(key="notice-abc", report="notice-abc"))[0]
    assert notice["List-Id"] == "<notices.heard.example.org>"
    assert notice["References"] is notice["In-Reply-To"] is None


def test_without_configuration_a_letter_to_who_answers_is_the_way_out() -> None:
    message = sent(letter(), reply_to="Pat's desk <pr+desk@example.org>")[0]
    address = urlsplit(message["List-Unsubscribe"].strip("<>"))
    assert (address.scheme, unquote(address.path)) == ("mailto", "pr+desk@example.org")
    assert parse_qs(address.query) == {"subject": ["Unsubscribe from pr"]}
    assert message["List-Unsubscribe-Post"] is None


def test_an_https_way_out_works_with_one_click_and_has_a_letter_beside_it() -> None:
    message = sent(letter(), unsubscribe="https://example.org/leave?list=a,b")[0]
    ways = re.findall(r"<([^>]*)>", message["List-Unsubscribe"])
    assert ways[0] == "https://example.org/leave?list=a,b"
    assert ways[1].startswith("mailto:heard@example.org?")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert sent(letter(), unsubscribe="mailto:stop@example.org")[0]["List-Unsubscribe-Post"] is None


@pytest.mark.parametrize("recipient", ["pat@example.org", "jörg@example.org"])
def test_long_ids_and_addresses_are_sent_as_they_are(recipient: str) -> None:
    domain = "sub." * 20 + "example.org"
    envelope = Envelope(parse_address(f"heard@{domain}"), unsubscribe=f"https://example.org/{'x' * 400}")
    made = letter(report="r" * 300, html='<img src="cid:v">', pictures=(Picture("v", PNG, "", 1, 1),))
    content = compose_message(made, envelope, parse_address(recipient)).as_bytes()
    for name in (b"List-Id", b"List-Unsubscribe", b"References", b"In-Reply-To", b"Message-ID", b"Content-ID"):
        (value,) = re.findall(rb"(?m)^%s: (.*(?:\r\n .*)*)" % name, content)
        assert b"=?" not in value
    assert max(map(len, content.split(b"\r\n"))) <= 998


@pytest.mark.parametrize("report", ["a\r\nBcc: all@example.org", "<x>@y", "ünï", "", "\ud83c", "p" * 1000])
def test_no_digests_id_can_add_a_header(report: str) -> None:
    message = parse(compose_message(letter(report=report), Envelope(HEARD), PAT).as_bytes())
    assert "Bcc" not in message
    for name in ("List-Id", "References", "In-Reply-To"):
        assert re.fullmatch(r"<[A-Za-z0-9._-]+(@[A-Za-z0-9._-]+)?>", message[name])
    assert getaddresses([message["To"]]) == [("", "pat@example.org")]
