"""Names, origins and paths: what is taken for ours."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from starlette.requests import HTTPConnection

from bot.web.origin import comes_from_us, from_this_machine, host_is_ours, host_name, origin_of, own_path
from config.settings import Settings, load_settings

SITE = "https://heard.example.org"


def settings_of(folder: Path, *, public: str | None = SITE, web: str = "") -> Settings:
    path = folder / "heard.toml"
    heard = f'public_url = "{public}"' if public else ""
    path.write_text(f"[heard]\n{heard}\n[web]\n{web}\n", encoding="utf-8")
    return load_settings(path)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return settings_of(tmp_path_factory.mktemp("origin"), web='hosts = ["heard", "inside.example:9000"]')


def connection(host: str, scheme: str = "http", **headers: str) -> HTTPConnection:
    raw = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    return HTTPConnection(
        {
            "type": "http",
            "scheme": scheme,
            "path": "/",
            "query_string": b"",
            "headers": [(b"host", host.encode()), *raw],
        }
    )


@pytest.mark.parametrize(
    "host",
    [
        *(
            "heard.example.org",
            "HEARD.example.org",
            "heard.example.org:443",
            "heard.example.org.",
            "heard",
            "heard:8080",
        ),
        *("inside.example", "127.0.0.1:8080", "localhost:9", "[::1]:8080", "192.168.1.5:8080", "app.localhost"),
    ],
)
def test_our_own_names_and_addresses_in_figures_are_ours(settings: Settings, host: str) -> None:
    assert host_is_ours(host, settings)


@pytest.mark.parametrize(
    "host",
    [
        *("", "evil.example", "heard.example.org.evil.example", "evil.example:8080", "localhost.evil.example"),
        *(
            "127.0.0.1.evil.example",
            "127.0.0.1@evil.example",
            "evil.example@127.0.0.1",
            "heard.example.org/evil",
            "heard.example.org?x",
            "[::1",
        ),
        *("heard.example.org:99999999", "::1]", "a b", "xn--hard-0ra.example.org"),
    ],
)
def test_names_that_an_attacker_may_point_at_us_are_not(settings: Settings, host: str) -> None:
    assert not host_is_ours(host, settings) or host_name(host) == "heard.example.org"


def test_a_name_in_capitals_among_the_hosts_is_found(tmp_path: Path) -> None:
    assert host_is_ours("inside", settings_of(tmp_path, web='hosts = ["INSIDE"]'))


@pytest.mark.parametrize(
    ("host", "scheme", "secure", "private"),
    [
        ("heard.example.org", "http", True, True),  # the proxy in front speaks TLS
        ("127.0.0.1:8080", "http", False, True),
        ("localhost:8080", "http", False, True),
        ("192.168.1.5:8080", "http", False, False),
        ("192.168.1.5:8080", "https", True, True),
        ("heard", "http", False, False),
    ],
)
def test_how_a_request_came(settings: Settings, host: str, scheme: str, secure: bool, private: bool) -> None:
    origin = origin_of(connection(host, scheme), settings)
    assert (origin.secure, origin.private) == (secure, private)
    assert origin.cookie.startswith("__Host-") == origin.form_cookie.startswith("__Host-") == secure


def test_a_public_address_without_tls_keeps_nothing_private_unless_that_is_wanted(tmp_path: Path) -> None:
    plain = settings_of(tmp_path, public="http://heard.example.org")
    assert not origin_of(connection("heard.example.org"), plain).private
    wanted = settings_of(tmp_path, public="http://heard.example.org", web="insecure = true")
    origin = origin_of(connection("heard.example.org"), wanted)
    assert (origin.private, origin.secure) == (True, False)


@pytest.mark.parametrize("public", [None, "http://heard.example.org", "http://localhost:8080"])
@pytest.mark.parametrize(
    ("headers", "private"),
    [
        ({}, True),
        ({"origin": "http://127.0.0.1:8080"}, True),
        ({"origin": "http://[::1]:8080"}, True),
        ({"origin": "null"}, True),
        ({"origin": "https://[::1"}, True),
        ({"origin": "http://heard.example.org"}, False),
        ({"x_forwarded_for": "203.0.113.9"}, False),
        ({"x_forwarded_proto": "https"}, False),  # whoever believes it has the scheme changed by then
        ({"via": "1.1 proxy"}, False),
    ],
)
def test_a_proxy_here_that_changes_the_name_makes_a_network_no_machine(
    tmp_path: Path, public: str | None, headers: dict[str, str], private: bool
) -> None:
    given = settings_of(tmp_path, public=public)
    assert origin_of(connection("127.0.0.1:8080", **headers), given).private is private


@pytest.mark.parametrize(
    ("public", "trusted", "peer", "here"),
    [
        (None, "", "127.0.0.1", True),
        (None, "", "::1", True),
        (None, "", "192.0.2.7", False),
        (None, "", "", False),
        ("http://127.0.0.1:8080", "", "127.0.0.1", True),
        (SITE, "", "127.0.0.1", False),
        ("http://heard.example.org", "", "127.0.0.1", False),
        (SITE, "10.0.0.0/8", "127.0.0.1", False),
        (SITE, "127.0.0.1", "127.0.0.1", True),
        (SITE, "127.0.0.0/8", "127.0.0.1", True),
        (SITE, "127.0.0.1", "::1", False),
        (SITE, "::1", "::1", True),
        (SITE, "10.0.0.0/8", "10.0.0.1", False),
    ],
)
def test_who_counts_as_this_machine(tmp_path: Path, public: str | None, trusted: str, peer: str, here: bool) -> None:
    given = settings_of(tmp_path, public=public, web=f'trusted_proxies = ["{trusted}"]' if trusted else "")
    for name, counts in (("127.0.0.1:8080", here), ("localhost:8080", here), ("heard.example.org", False)):
        request = connection(name)
        request.scope["client"] = (peer, 1234) if peer else None
        assert from_this_machine(request, given) is counts


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({}, True),  # an old browser says nothing; the token decides
        ({"origin": SITE, "sec_fetch_site": "same-origin"}, True),
        ({"origin": f"{SITE}:443"}, True),
        ({"sec_fetch_site": "none"}, True),
        ({"sec_fetch_site": "same-site"}, False),
        ({"sec_fetch_site": "cross-site", "origin": SITE}, False),
        ({"origin": "null"}, False),
        ({"origin": "http://heard.example.org"}, False),
        ({"origin": "https://evil.example"}, False),
        ({"origin": "https://heard.example.org.evil.example"}, False),
        ({"origin": "https://heard.example.org:8443"}, False),
        ({"origin": "https://[::1"}, False),
        ({"origin": ""}, False),
    ],
)
def test_forms_are_taken_from_our_own_pages_only(settings: Settings, headers: dict[str, str], ours: bool) -> None:
    request = connection("heard.example.org", **headers)
    assert comes_from_us(request, origin_of(request, settings), settings) is ours


def test_a_proxy_that_changes_the_name_does_not_lock_its_people_out(settings: Settings) -> None:
    request = connection("127.0.0.1:8080", origin=SITE)
    assert comes_from_us(request, origin_of(request, settings), settings)


@pytest.mark.parametrize(
    "path", ["/", "/till", "/desk?from=2026-03-01&x=a%20b", "/sign-in?next=/desk", "/a//b", "/%2F"]
)
def test_own_paths_are_gone_on_to(path: str) -> None:
    assert own_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        *(
            "",
            None,
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
        ),
        *("/\t/evil.example", "/\n/evil.example", "/\r\nSet-Cookie: a=b", " //evil.example", "evil.example", "///evil"),
        *("/x\\@evil.example", "/\u2044/evil.example", "/\x00", "//[", "data:text/html,x"),
    ],
)
def test_other_sites_are_never_gone_on_to(path: str | None) -> None:
    assert own_path(path, "/home") == "/home"


@given(st.text(alphabet="/\\:@.?#%\t\r\n evil[]ü0", max_size=12))
@example("/%0d%0aLocation:%20//evil.example")
def test_wherever_it_leads_it_is_our_own_site(path: str) -> None:
    target = urljoin(f"{SITE}/sign-in", own_path(path).replace("\\", "/"))
    assert urlsplit(target).netloc == "heard.example.org"
    assert own_path(path).isprintable()
