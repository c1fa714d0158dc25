"""E-mail against a real SMTP server; what arrives is parsed from the received bytes."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
from email.headerregistry import Address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import SystemClock
from bot.errors import ConfigError, DeliveryError
from bot.notify.email import EmailNotifier, connect
from bot.notify.message import Envelope, compose_message, one_line, parse_address
from bot.ports import Deps
from tests.support.letters import letter
from tests.support.smtp import Mailbox, parse, server_context, smtp_server

PASSWORD = "correct horse"


def deps(password: str = PASSWORD) -> Deps:
    def secret(options, name):
        return password

    def session(**_settings):
        raise AssertionError("mail opens no HTTP session")

    return Deps(session=session, clock=SystemClock(), secret=secret)


def notifier(server_port: int, password: str = PASSWORD, **changes) -> EmailNotifier:
    options = {
        "host": "127.0.0.1",
        "port": server_port,
        "security": "none",
        "from": "Heard <heard@example.org>",
        "to": ["pat@example.org"],
        "timeout": 5.0,
        **changes,
    }
    return connect("mail", options, deps(password))


def refusal(port: int, sent=None, **changes) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        notifier(port, **changes).send(sent or letter())
    return caught.value


def test_a_letter_arrives_as_multipart_alternative_with_both_forms() -> None:
    with smtp_server() as mailbox:
        notifier(mailbox.port).send(letter())
    sender, to, _content = mailbox.envelopes[0]
    (message,) = mailbox.messages
    assert (sender, to) == ("heard@example.org", ["pat@example.org"])
    assert message.get_content_type() == "multipart/alternative"
    text, html = message.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert text.get_content().replace("\r\n", "\n") == letter().text
    assert html.get_content().replace("\r\n", "\n") == letter().html
    assert message["Subject"] == letter().subject_line
    assert message["To"] == "pat@example.org"
    assert message["From"] == "Heard <heard@example.org>"
    assert message["Message-ID"] == "<20260301-abcdefgh2345@example.org>"
    assert message["Date"].datetime == letter().created_at
    assert message["Auto-Submitted"] == "auto-generated"
    assert not message.defects


def test_every_byte_that_is_sent_is_seven_bit_and_no_line_is_too_long() -> None:
    with smtp_server() as mailbox:
        notifier(mailbox.port).send(letter(text="ä" * 5000, html="<p>" + "🍫" * 3000, subject_line="ö " * 500))
    content = mailbox.envelopes[0][2]
    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) <= 998
    assert b"\n" not in content.replace(b"\r\n", b"")


def test_the_same_letter_is_the_same_bytes() -> None:
    with smtp_server() as mailbox:
        for _time in range(2):
            notifier(mailbox.port).send(letter())
    first, second = (content for _sender, _to, content in mailbox.envelopes)
    assert first == second


def test_reply_to_and_unsubscribe_stand_in_the_headers_as_they_are_configured() -> None:
    with smtp_server() as mailbox:
        notifier(mailbox.port, reply_to="pr@example.org", unsubscribe="mailto:stop@example.org?subject=stop").send(
            letter()
        )
        notifier(mailbox.port).send(letter())
    asked, plain = mailbox.messages
    assert asked["Reply-To"] == "pr@example.org"
    assert asked["List-Unsubscribe"] == "<mailto:stop@example.org?subject=stop>"
    assert plain["Reply-To"] is None
    assert plain["List-Unsubscribe"] == "<mailto:heard@example.org?subject=Unsubscribe%20from%20pr>"


@pytest.mark.parametrize(
    "subject",
    [
        "Hello\r\nBcc: everyone@example.org",
        "Hello\nX-Evil: yes",
        "Hello\x00\x0b\x0c\x1c\x85\u2028Bcc: everyone@example.org",
        "Hello\r\n\r\n<script>",
        "half a pair \ud83c",
        "",
    ],
)
def test_no_subject_line_can_add_a_header_or_a_body(subject: str) -> None:
    with smtp_server() as mailbox:
        notifier(mailbox.port).send(letter(subject_line=subject))
    (message,) = mailbox.messages
    assert {"Bcc", "X-Evil"}.isdisjoint(message.keys())
    assert len(mailbox.envelopes[0][1]) == 1
    assert message["Subject"] == one_line(subject)
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=300))
def test_whatever_is_said_is_read_back_as_it_was_said(subject: str, text: str, html: str) -> None:
    sender = parse_address("Heard <heard@example.org>")
    made = letter(subject_line=subject, text=text, html=html)
    content = compose_message(made, Envelope(sender), Address("", "pat", "example.org")).as_bytes()
    message = parse(content)
    first, second = message.iter_parts()
    assert set(message.keys()) == {
        "From", "To", "Subject", "Date", "Message-ID", "List-Id", "List-Unsubscribe", "In-Reply-To", "References",
        "Auto-Submitted", "MIME-Version", "Content-Type",
    }  # fmt: skip
    assert message["Subject"].split() == one_line(subject).split()
    assert _lines(first.get_content()) == _lines(text)
    assert _lines(second.get_content()) == _lines(html)


@pytest.mark.parametrize("name", ["Café – Grüße täglich", "Doe, Pat", "Heard", "🍫 " * 12 + "end", "O'Neil (PR)"])
def test_a_senders_name_is_read_back_as_it_was_written(name: str) -> None:
    sender = parse_address(f"{name} <heard@example.org>")
    made = compose_message(letter(), Envelope(sender, reply_to=sender), sender)
    message = parse(made.as_bytes())
    for header in ("From", "To", "Reply-To"):
        (address,) = message[header].addresses
        assert (address.display_name, address.addr_spec) == (name.strip(), "heard@example.org")


def _lines(text: str) -> str:
    return text.encode("utf-8", "replace").decode().replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")


@pytest.mark.parametrize(
    ("mailbox", "retry"),
    [
        (Mailbox(rcpt=["451 4.7.1 greylisted, come back later"]), True),
        (Mailbox(rcpt=["450 mailbox busy"]), True),
        (Mailbox(rcpt=["550 5.1.1 no such user"]), False),
        (Mailbox(data=["452 4.3.1 disk full"]), True),
        (Mailbox(data=["554 5.7.1 looks like spam"]), False),
    ],
)
def test_what_the_server_answers_says_whether_to_try_again(mailbox: Mailbox, retry: bool) -> None:
    answer = (mailbox.rcpt + mailbox.data)[0]
    with smtp_server(mailbox):
        error = refusal(mailbox.port)
    assert error.retry is retry
    assert not error.in_doubt
    assert answer in str(error)
    assert f"127.0.0.1:{mailbox.port}" in str(error)
    assert not mailbox.envelopes


def test_a_greylisted_letter_is_taken_the_second_time() -> None:
    with smtp_server(Mailbox(rcpt=["451 greylisted", "yes"])) as mailbox:
        assert refusal(mailbox.port).retry
        notifier(mailbox.port).send(letter())
    assert len(mailbox.envelopes) == 1


@pytest.mark.parametrize("taken", [0, 1])
def test_a_connection_that_breaks_before_the_answer_leaves_the_letter_in_doubt(taken: int) -> None:
    with smtp_server(Mailbox(data=[["hang up", "take, then hang up"][taken]])) as mailbox:
        error = refusal(mailbox.port)
        assert (error.retry, error.in_doubt) == (True, True)
        notifier(mailbox.port).send(letter())
    assert [message["Message-ID"] for message in mailbox.messages] == ["<20260301-abcdefgh2345@example.org>"] * (
        taken + 1
    )


@pytest.mark.parametrize("answer", ["what?", "x" * 9000])
def test_an_answer_that_is_none_leaves_the_letter_in_doubt_too(answer: str) -> None:
    with smtp_server(Mailbox(data=[answer])) as mailbox:
        error = refusal(mailbox.port)
    assert (error.retry, error.in_doubt) == (True, True)


def test_a_reply_address_with_other_letters_asks_for_such_a_server_too() -> None:
    with smtp_server(enable_SMTPUTF8=False) as mailbox:
        assert not refusal(mailbox.port, reply_to="jörg@example.org").retry
    assert not mailbox.envelopes


def test_logging_in_works_with_the_right_password() -> None:
    with smtp_server(login=True) as mailbox:
        notifier(mailbox.port, username="bot", password_env="MAIL_PASSWORD").send(letter())
    assert mailbox.logins == [(b"bot", PASSWORD.encode())]
    assert len(mailbox.envelopes) == 1


def test_a_wrong_password_is_not_tried_again_and_is_never_shown() -> None:
    wrong = "battery-staple"
    with smtp_server(login=True) as mailbox, pytest.raises(DeliveryError) as caught:
        notifier(mailbox.port, password=wrong, username="bot", password_env="MAIL_PASSWORD").send(letter())
    assert not caught.value.retry
    assert f"127.0.0.1:{mailbox.port}" in str(caught.value)
    assert "check username and password" in str(caught.value)
    assert wrong not in f"{caught.value!r} {caught.value.__cause__!r}"


def test_a_server_that_wants_a_login_refuses_a_channel_without_one() -> None:
    with smtp_server(login=True) as mailbox:
        assert not refusal(mailbox.port).retry


def test_a_server_that_offers_no_login_is_named() -> None:
    with smtp_server() as mailbox:
        error = refusal(mailbox.port, username="bot", password_env="MAIL_PASSWORD")
    assert not error.retry
    assert "AUTH" in str(error)


def test_nothing_is_sent_in_the_clear_when_the_server_offers_no_tls() -> None:
    with smtp_server() as mailbox:
        error = refusal(mailbox.port, security="starttls")
    assert not error.retry
    assert "STARTTLS" in str(error)
    assert not mailbox.envelopes


def test_a_server_that_is_down_is_worth_another_try() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        error = refusal(port)
    assert error.retry
    assert f"127.0.0.1:{port} did not answer" in str(error)


def _serve_once(answer: bytes) -> tuple[int, threading.Thread, socket.socket]:
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _peer = listener.accept()
        with connection:
            connection.sendall(answer)
            connection.settimeout(3)
            while connection.recv(1024):  # until the client hangs up
                connection.sendall(answer)

    thread = threading.Thread(target=serve)
    thread.start()
    return listener.getsockname()[1], thread, listener


@pytest.mark.parametrize(
    ("answer", "retry"),
    [
        (b"", True),
        (b"220 hi\r\nnonsense", True),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", True),
        (b"421 too many connections\r\n", True),
        (b"554 you are on a list\r\n", False),
        (b"220-" + b"x" * 9000, False),
    ],
)
def test_a_server_that_talks_nonsense_or_nothing_becomes_a_delivery_error(answer: bytes, retry: bool) -> None:
    port, thread, listener = _serve_once(answer)
    with listener:
        error = refusal(port, timeout=0.3)
        thread.join()
    assert error.retry is retry


def test_an_address_with_other_letters_needs_a_server_that_takes_them() -> None:
    with smtp_server(enable_SMTPUTF8=False) as mailbox:
        assert not refusal(mailbox.port, letter(recipient="jörg@example.org")).retry
    with smtp_server(enable_SMTPUTF8=True) as mailbox:
        notifier(mailbox.port).send(letter(recipient="jörg@exämple.org"))
    assert mailbox.envelopes[0][1] == ["jörg@xn--exmple-cua.org"]


@pytest.mark.parametrize(
    "recipient",
    ["", "nobody", "a@b\r\nRCPT TO:<c@d>", "a b@example.org", "a@b, c@d", "<a@b> c@d", "@", "a@", "\ud800@example.org"],
)
def test_a_recipient_that_is_no_address_is_refused_before_anything_is_sent(recipient: str) -> None:
    with smtp_server() as mailbox:
        assert not refusal(mailbox.port, letter(recipient=recipient)).retry
    assert not mailbox.envelopes


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"security": "none", "host": "mail.example.org"}, "allowed only for localhost"),
        ({"security": "ssl"}, "security"),
        ({"to": []}, "'to'"),
        ({"to": ["pat"]}, "write an address like"),
        ({"from": "Heard <heard@example.org>\nBcc: all@example.org"}, "line breaks"),
        ({"username": "bot"}, "password_env or password_file"),
        ({"usernme": "bot"}, "did you mean 'username'"),
        ({"unsubscribe": "javascript:alert(1)"}, "mailto: or https://"),
        ({"unsubscribe": "https://x.example/>\r\nBcc: a@b"}, "mailto: or https://"),
        ({"port": 0}, "port"),
        ({"host": ""}, "mail server's name"),
        ({"host": "mail..example"}, "mail server's name"),
        ({"host": "mail example"}, "mail server's name"),
        ({"ca_file": "/nowhere/ca.pem", "security": "tls"}, "ca_file"),
    ],
)
def test_a_wrong_option_is_named_with_its_channel(changes, said) -> None:
    with pytest.raises(ConfigError) as caught:
        notifier(25, **changes)
    assert "channel 'mail'" in str(caught.value)
    assert said in str(caught.value)


def test_each_security_has_its_usual_port() -> None:
    ports = {}
    for security in ("starttls", "tls", "none"):
        options = {"host": "localhost", "security": security, "from": "a@example.org", "to": ["b@example.org"]}
        ports[security] = connect("mail", options, deps())._port
    assert ports == {"starttls": 587, "tls": 465, "none": 25}


def test_a_recipient_that_is_named_twice_gets_one_letter() -> None:
    assert notifier(25, to=["b@example.org", "a@example.org", "b@example.org"]).recipients == (
        "b@example.org",
        "a@example.org",
    )


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is absent: it makes the test's certificate")
    folder: Path = tmp_path_factory.mktemp("tls")
    paths = str(folder / "cert.pem"), str(folder / "key.pem")
    subprocess.run(
        [
            openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
            "-out", paths[0], "-keyout", paths[1],
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return paths


def test_starttls_sends_to_a_server_whose_certificate_is_trusted_and_to_no_other(certificate) -> None:
    with smtp_server(tls_context=server_context(*certificate), require_starttls=True) as mailbox:
        error = refusal(mailbox.port, security="starttls")
        assert not mailbox.envelopes
        notifier(mailbox.port, security="starttls", ca_file=certificate[0]).send(letter())
    assert error.retry
    assert "certificate" in str(error)
    assert len(mailbox.envelopes) == 1


def test_tls_from_the_first_byte_works_too(certificate) -> None:
    with smtp_server(ssl_context=server_context(*certificate)) as mailbox:
        notifier(mailbox.port, security="tls", ca_file=certificate[0]).send(letter())
    assert len(mailbox.envelopes) == 1
