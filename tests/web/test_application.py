import httpx2
import pytest

from tests.web.house import V1, House
from tests.web.people import Guest

ALWAYS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "strict-origin-when-cross-origin",
    "cross-origin-resource-policy": "same-origin",
}


@pytest.mark.parametrize(
    "path", [f"{V1}/nothing", "/nothing", f"{V1}/table-sessions/x/", "/static/x/nothing.js", "//evil.example"]
)
async def test_an_address_that_leads_nowhere_is_a_problem_too(house: House, path: str) -> None:
    async with house.client() as anybody:
        answer = await anybody.get(httpx2.URL(house.at.url).copy_with(raw_path=path.encode()))
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", f"{V1}/guest-sessions", "POST"),
        ("POST", f"{V1}/guest-sessions/me", "DELETE, PATCH"),
        ("PUT", f"{V1}/floor", "GET, HEAD"),
        ("PROPFIND", f"{V1}/floor", "GET, HEAD"),
        ("OPTIONS", f"{V1}/table-sessions/x/payment", "POST"),
    ],
)
async def test_a_method_that_an_address_does_not_take_names_those_it_does(
    house: House, method: str, path: str, allowed: str
) -> None:
    async with house.client() as anybody:
        answer = await anybody.request(method, path)
        assert (answer.status_code, answer.json()["code"]) == (405, "wrong_method")
        assert answer.headers["allow"] == allowed


async def test_head_is_get_without_the_body(guest: Guest) -> None:
    answer = await guest.http.head(guest.path)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["etag"]


@pytest.mark.parametrize(
    "path", ["/health/live", "/staff", f"{V1}/docs", f"{V1}/nothing", f"{V1}/openapi.json", "/metrics"]
)
async def test_every_answer_is_armed(house: House, path: str) -> None:
    async with house.client() as anybody:
        headers = (await anybody.get(path)).headers
        assert {name: headers[name] for name in ALWAYS} == ALWAYS
        assert "unsafe" not in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "strict-transport-security" not in headers
        assert "server" not in headers or "uvicorn" in headers["server"]


async def test_what_the_api_says_may_do_nothing_as_a_page(guest: Guest) -> None:
    answer = await guest.get()
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; base-uri 'none'")


async def test_no_other_site_may_read_us(guest: Guest) -> None:
    answer = await guest.get(headers={"origin": "https://evil.example"})
    assert not [name for name in answer.headers if name.startswith("access-control-")]


async def test_the_trace_of_a_request_comes_back_in_header_and_problem(house: House) -> None:
    async with house.client() as script:
        answer = await script.get(f"{V1}/nothing", headers={"x-request-id": "edge-12345678"})
        assert answer.headers["x-request-id"] == answer.json()["traceId"] == "edge-12345678"
        fresh = await script.get(f"{V1}/nothing", headers={"x-request-id": "<script>"})
        assert fresh.headers["x-request-id"] == fresh.json()["traceId"] != "<script>"


async def test_a_body_of_a_megabyte_is_refused_and_the_connection_lives_on(guest: Guest) -> None:
    answer = await guest.http.post(f"{guest.path}/orders", content=b"x" * 2_000_000)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert (await guest.get()).status_code == 200


async def test_the_files_of_the_pages_are_served_under_their_version(house: House) -> None:
    async with house.client() as browser:
        page = (await browser.get("/staff")).text
        address = page.partition('href="/static/')[2].partition('"')[0]
        answer = await browser.get(f"/static/{address}")
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]


async def test_an_exchange_leaves_one_line_that_names_the_route_and_no_secret(
    house: House, guest: Guest, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    await guest.http.get(f"/t/{guest.table.code}", headers={"authorization": f"Bearer {guest.token}"})
    # The client of this test logs addresses too; what counts is what the house says.
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("app.")]
    assert len(lines) == 1
    assert "/t/{code}" in lines[0]
    assert not [secret for secret in (guest.table.code, guest.token) if secret in lines[0]]


async def test_probes_leave_no_lines(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    async with house.client() as probe:
        await probe.get("/health/live")
    assert "answered" not in caplog.text
