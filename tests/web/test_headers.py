from pathlib import Path

import pytest
from starlette.datastructures import Headers

from app.web.headers import content_policy, etag, matches, security_headers, trace_of
from app.web.site import Site

LIVE = Site(public_url="https://bill.example", static_root=Path())
SANDBOX = Site(public_url="http://192.168.0.7:8000", static_root=Path(), payment_origin="http://192.168.0.7:8100")


def directives(site: Site) -> dict[str, list[str]]:
    return {one.split()[0]: one.split()[1:] for one in content_policy(site).split("; ")}


@pytest.mark.parametrize("site", [LIVE, SANDBOX])
def test_no_page_may_run_inline_code_or_code_from_text(site: Site) -> None:
    assert "unsafe" not in content_policy(site)
    assert directives(site)["default-src"] == directives(site)["object-src"] == ["'none'"]
    assert directives(site)["base-uri"] == directives(site)["frame-ancestors"] == ["'none'"]


def test_in_live_mode_only_stripe_may_join_our_pages() -> None:
    found = directives(LIVE)
    assert found["script-src"] == ["'self'", "https://js.stripe.com", "https://*.js.stripe.com"]
    assert found["frame-src"] == ["https://js.stripe.com", "https://*.js.stripe.com", "https://hooks.stripe.com"]
    assert found["connect-src"] == ["'self'", "wss://bill.example", "https://api.stripe.com"]


def test_with_the_sandbox_only_the_sandbox_may_join_our_pages() -> None:
    found = directives(SANDBOX)
    assert found["script-src"] == ["'self'", "http://192.168.0.7:8100"]
    assert found["frame-src"] == ["http://192.168.0.7:8100"]
    assert found["connect-src"] == ["'self'", "ws://192.168.0.7:8000", "http://192.168.0.7:8100"]
    assert "stripe.com" not in content_policy(SANDBOX)


def test_only_https_sites_demand_https_for_ever() -> None:
    assert "strict-transport-security" in security_headers(LIVE)
    assert "strict-transport-security" not in security_headers(SANDBOX)


TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"x-request-id": "edge-12345678"}, "edge-12345678"),
        ({"traceparent": TRACEPARENT}, "4bf92f3577b34da6a3ce929d0e0e4736"),
        ({"x-request-id": "edge-12345678", "traceparent": TRACEPARENT}, "edge-12345678"),
    ],
)
def test_a_trace_goes_on_where_it_began(given: dict[str, str], expected: str) -> None:
    assert trace_of(Headers(given)) == expected


@pytest.mark.parametrize("given", ["", "short", "x" * 65, "with space1", "new\nline12", "Ünïcödé-1234"])
def test_an_id_that_could_harm_a_log_is_replaced(given: str) -> None:
    assert len(trace_of(Headers(raw=[(b"x-request-id", given.encode())]))) == 26


def test_a_tag_is_recognised_among_others_strong_or_weak() -> None:
    tag = etag("x7f2", 1842)
    assert tag == 'W/"x7f2.1842"'
    assert matches(Headers({"if-none-match": '"a", "x7f2.1842"'}), tag)
    assert matches(Headers({"if-none-match": "*"}), tag)
    assert not matches(Headers({"if-none-match": 'W/"x7f2.1841"'}), tag)
    assert not matches(Headers({}), tag)
