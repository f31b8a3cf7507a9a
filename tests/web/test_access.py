from pathlib import Path

import httpx2
import pytest
from starlette.responses import Response

from app.ids import new_id
from app.web import access
from app.web.site import Site
from tests.web.house import PASSWORD, V1, House
from tests.web.people import Guest, Member, keyed, sign_in, sit
from tests.web.requests import request

CALLS = [
    ("GET", ""),
    ("POST", "/orders"),
    ("PUT", "/split"),
    ("POST", "/payment"),
    ("GET", "/payment-status"),
    ("POST", "/close"),
]


@pytest.mark.parametrize(("method", "path"), CALLS)
async def test_without_a_session_there_is_nothing(house: House, guest: Guest, method: str, path: str) -> None:
    async with house.client() as stranger:
        answer = await stranger.request(method, guest.path + path)
        assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")


@pytest.mark.parametrize(("method", "path"), CALLS)
async def test_another_tables_session_looks_like_none(house: House, guest: Guest, method: str, path: str) -> None:
    neighbour = await sit(house)
    answer = await neighbour.http.request(method, guest.path + path, content=b"not even json")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(("method", "path"), CALLS)
async def test_another_restaurants_session_looks_like_none(house: House, guest: Guest, method: str, path: str) -> None:
    stranger = await sign_in(house, "owner", house.elsewhere)
    answer = await stranger.http.request(method, guest.path + path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("stream", ["unknown", "%00", "a" * 201, "..%2f..", "%F0%9F%92%A5", "a%20b"])
async def test_an_id_nobody_has_is_not_found(guest: Guest, stream: str) -> None:
    assert (await guest.http.get(f"{V1}/table-sessions/{stream}")).status_code == 404


@pytest.mark.parametrize("token", ["nonsense", "💥".encode().decode("latin-1"), "x" * 4000])
async def test_a_bearer_token_that_is_nobodys_is_no_session(house: House, guest: Guest, token: str) -> None:
    async with house.client(headers={"authorization": f"Bearer {token}".encode("latin-1")}) as script:
        assert (await script.get(guest.path)).status_code == 401


async def test_a_seats_token_works_as_bearer(house: House, guest: Guest) -> None:
    async with house.client(headers={"authorization": f"Bearer {guest.token}"}) as script:
        assert (await script.get(guest.path)).status_code == 200


async def test_staff_read_every_table_of_their_own_restaurant(guest: Guest, waiter: Member) -> None:
    assert (await waiter.at(guest, "", method="GET")).status_code == 200


async def test_staff_calls_need_staff(house: House, guest: Guest) -> None:
    for path in ("/floor", "/kitchen", "/tables", "/tables/qr.svg", "/staff/me"):
        assert (await guest.http.get(V1 + path)).status_code == 403
        async with house.client() as stranger:
            assert (await stranger.get(V1 + path)).status_code == 401


async def test_another_restaurants_things_look_like_none(house: House) -> None:
    stranger = await sign_in(house, "owner", house.elsewhere)
    table, item = (await house.here.table()).table_id, house.here.items["Tacos"]
    answers = [
        await stranger.http.patch(f"{V1}/tables/{table}", json={"service": "free"}),
        await stranger.http.post(f"{V1}/tables/{table}/code", json={}),
        await stranger.http.patch(f"{V1}/menu-items/{item}", json={"available": False}),
        await stranger.http.post(f"{V1}/table-sessions", json={"tableId": table}),
    ]
    assert [answer.status_code for answer in answers] == [404] * 4


async def test_another_guests_payment_looks_like_none(house: House, guest: Guest) -> None:
    await guest.order(house.here)
    payment = (await guest.pay()).json()["id"]
    second, stranger = await sit(house, table=guest.table), await sit(house)
    for other in (second, stranger):
        for path in ("", "/receipt", "/receipt.html"):
            assert (await other.http.get(f"{V1}/payments/{payment}{path}")).status_code == 404
        assert (await other.http.post(f"{V1}/payments/{payment}/cancel")).status_code in {403, 404}
    assert (await guest.http.get(f"{V1}/payments/{payment}")).status_code == 200


async def test_a_payment_nobody_has_is_401_to_strangers_and_404_to_guests(house: House, guest: Guest) -> None:
    async with house.client() as stranger:
        assert (await stranger.get(f"{V1}/payments/{new_id()}")).status_code == 401
    assert (await guest.http.get(f"{V1}/payments/{new_id()}")).status_code == 404


# Pages of other sites

ELSEWHERE = {"origin": "https://evil.example"}
FOREIGN = [ELSEWHERE, {"origin": "null"}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}]


@pytest.mark.parametrize(
    "headers", [ELSEWHERE, {"origin": "null"}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}]
)
async def test_a_page_of_another_site_cannot_act_with_a_guests_cookie(guest: Guest, headers: dict[str, str]) -> None:
    answer = await guest.post("/requests", {"kind": "water"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "wrong_origin")
    assert (await guest.view())["requests"] == {}


async def test_our_own_page_can(house: House, guest: Guest) -> None:
    headers = {"origin": house.at.url, "sec-fetch-site": "same-origin"}
    assert (await guest.post("/requests", {"kind": "water"}, headers=headers)).status_code == 201


async def test_a_phone_that_knows_us_by_another_name_can_too(guest: Guest) -> None:
    headers = {"host": "bill.lan:8000", "origin": "http://bill.lan:8000"}
    cookies = "; ".join(f"{name}={value}" for name, value in guest.http.cookies.items())
    answer = await guest.post("/requests", {"kind": "water"}, headers={**headers, "cookie": cookies})
    assert answer.status_code == 201


async def test_a_token_needs_no_origin(house: House, guest: Guest) -> None:
    headers = {"authorization": f"Bearer {guest.token}", **ELSEWHERE}
    async with house.client(headers=headers) as script:
        assert (await script.post(f"{guest.path}/requests", json={"kind": "water"})).status_code == 201


async def test_another_sites_page_cannot_log_anybody_in(house: House) -> None:
    login = {"email": house.here.people["waiter"], "password": PASSWORD}
    async with house.client(headers=ELSEWHERE) as browser:
        assert (await browser.post(f"{V1}/staff/login", json=login)).status_code == 403


# One browser with both


@pytest.fixture
async def both(house: House, guest: Guest) -> httpx2.AsyncClient:
    """The guest's browser, in which a waiter signed in as well."""
    login = {"email": house.here.people["waiter"], "password": PASSWORD}
    assert (await guest.http.post(f"{V1}/staff/login", json=login)).status_code == 200
    return guest.http


async def test_a_browser_with_both_acts_as_the_guest(house: House, guest: Guest, both: httpx2.AsyncClient) -> None:
    line = await guest.order(house.here)
    assert (await guest.view())["lines"][line]["claims"] == {guest.id: 1}
    assert (await both.get(f"{V1}/floor")).status_code == 200


async def test_unless_it_says_otherwise(house: House, guest: Guest, both: httpx2.AsyncClient) -> None:
    wanted = {"items": [{"menuItemId": house.here.items["Tacos"], "quantity": 1}]}
    answer = await both.post(f"{guest.path}/orders", json=wanted, headers={"x-acting-as": "staff"})
    assert answer.status_code == 201
    (line,) = (await guest.view())["lines"].values()
    assert line["claims"] == {}


async def test_who_acts_as_staff_and_is_none_does_nothing(house: House, guest: Guest) -> None:
    wanted = {"items": [{"menuItemId": house.here.items["Tacos"], "quantity": 1}]}
    answer = await guest.post("/orders", wanted, headers={"x-acting-as": "staff"})
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")


def test_on_https_cookies_are_bound_to_the_host_and_secure() -> None:
    site = Site(public_url="https://bill.example", static_root=Path())
    answer = Response()
    access.keep_seat(answer, site, "s1", "token")
    access.keep_staff(answer, site, "token")
    for cookie in answer.headers.getlist("set-cookie"):
        assert cookie.startswith("__Host-")
        assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
        assert "Domain" not in cookie


def test_on_https_a_cookie_without_the_prefix_is_somebody_elses() -> None:
    site = Site(public_url="https://bill.example", static_root=Path())
    sent = request(headers={"cookie": "splittable_staff=forged; __Host-splittable_seat_s1=mine"})
    cookies = access.Cookies.of(sent, site)
    assert (cookies.staff, cookies.seat("s1"), list(cookies.seats())) == (None, "mine", ["mine"])


# Order of the checks


async def test_shape_comes_after_rights_and_before_state(house: House, guest: Guest, waiter: Member) -> None:
    await waiter.at(guest, "/close")
    huge = b'"' + b"x" * 1_000_000 + b'"'
    post = guest.http.post
    json = {"content-type": "application/json"}
    assert (await post(f"{guest.path}/orders", content=huge)).status_code == 413
    assert (
        await post(f"{guest.path}/orders", content=b"{}", headers={"content-type": "text/plain"})
    ).status_code == 415
    assert (await post(f"{guest.path}/orders", content=b"{", headers=json)).status_code == 400
    assert (await guest.post("/orders", {"items": []})).status_code == 422
    wanted = {"items": [{"menuItemId": house.here.items["Tacos"], "quantity": 1}]}
    assert (await guest.post("/orders", wanted)).json()["code"] == "session_closed"
    assert (await guest.post("/payment", {"paymentMethod": "card"})).json()["code"] == "idempotency_key_required"
    assert (await guest.post("/payment", {"paymentMethod": "x"}, headers=keyed())).status_code == 422


@pytest.mark.parametrize("path", ["/lines", "/lines/x/void", "/discounts", "/move", "/close", "/payments/x/confirm"])
async def test_a_role_that_may_not_is_told_so_before_its_body_is_read(house: House, guest: Guest, path: str) -> None:
    cook = await sign_in(house, "kitchen")
    told = await cook.http.post(guest.path + path, content=b"{", headers={"content-type": "application/json"})
    assert (told.status_code, told.json()["code"]) == (403, "forbidden")
    unknown = await cook.http.post(f"{V1}/table-sessions/{new_id()}{path}", content=b"{")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")
    seating = await cook.http.post(f"{V1}/table-sessions", content=b"{")
    assert (seating.status_code, seating.json()["code"]) == (403, "forbidden")
