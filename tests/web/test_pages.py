import re
from typing import Any

import orjson
import pytest

from tests.web.house import House
from tests.web.people import Guest, Member, sit

INLINE = re.compile(r"<script(?![^>]*(?:src=|application/json))|<style|\sstyle=|\son[a-z]+=|javascript:")


def inside(text: str) -> dict[str, Any]:
    """What a page brings along for its scripts."""
    return dict(orjson.loads(text.partition('id="page">')[2].partition("</script>")[0]))


async def test_a_code_shows_its_table_and_opens_nothing(house: House, waiter: Member) -> None:
    table = await house.here.table()
    async with house.client() as phone:
        answer = await phone.get(f"/t/{table.code}")
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers
        page = inside(answer.text)
    assert (page["restaurant"]["name"], page["table"]["label"]) == ("Luigi's", table.label)
    assert page["pay"]["publishableKey"] == "pk_test_sandbox"
    assert [dish["name"] for dish in page["menu"]["categories"][1]["items"]] == ["Mint"]
    assert "view" not in page
    assert "me" not in page
    assert "session" not in (await waiter.http.get("/api/v1/floor")).json()["tables"][table.table_id]


async def test_who_sits_there_finds_the_bill_in_the_first_answer(house: House, guest: Guest) -> None:
    line = await guest.order(house.here)
    answer = await guest.http.get(f"/t/{guest.table.code}")
    page = inside(answer.text)
    assert page["me"] == {"id": guest.id, "name": "Ana", "color": page["me"]["color"]}
    assert page["tableSession"]["id"] == guest.stream
    assert page["view"]["lines"][line]["charged"] == 1579
    assert "15.79" in answer.text
    assert len(answer.content) < 50_000


async def test_a_hostile_name_stays_text(house: House, guest: Guest) -> None:
    await sit(house, table=guest.table, name="</script><img src=x>")
    answer = await guest.http.get(f"/t/{guest.table.code}")
    assert "<img src=x" not in answer.text
    assert "</script><img src=x>" in [each["name"] for each in inside(answer.text)["view"]["guests"].values()]


async def test_an_old_phone_finds_its_receipt_and_nothing_of_the_next_party(
    house: House, guest: Guest, waiter: Member
) -> None:
    await guest.order(house.here)
    payment = (await guest.pay(paymentMethod="cash")).json()["id"]
    await waiter.at(guest, f"/payments/{payment}/confirm", {}, key="k-past")
    await waiter.at(guest, "/close")
    page = inside((await guest.http.get(f"/t/{guest.table.code}")).text)
    assert "view" not in page
    receipt = await guest.http.get(page["past"]["receiptUrl"])
    assert receipt.status_code == 200
    assert "$15.79" in receipt.text
    assert not INLINE.findall(receipt.text)


@pytest.mark.parametrize("code", ["nonsense", "A" * 26 + "-1.forged", "x" * 190])
async def test_a_code_that_is_none_gets_a_friendly_page(house: House, code: str) -> None:
    async with house.client() as phone:
        answer = await phone.get(f"/t/{code}")
        assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")


async def test_a_receipt_nobody_has_gets_a_friendly_page(house: House) -> None:
    async with house.client() as phone:
        answer = await phone.get("/receipts/nonsense")
        assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")


async def test_the_bare_address_leads_to_the_door(house: House) -> None:
    async with house.client() as browser:
        answer = await browser.get("/")
        assert (answer.status_code, answer.headers["location"]) == (303, "/staff")


@pytest.mark.parametrize("path", ["/staff/floor", "/staff/kitchen", "/staff/house"])
async def test_strangers_are_sent_to_the_door(house: House, path: str) -> None:
    async with house.client() as browser:
        answer = await browser.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/staff")


async def test_staff_are_let_through_to_a_complete_page(house: House, guest: Guest, waiter: Member) -> None:
    door = await waiter.http.get("/staff")
    assert (door.status_code, door.headers["location"]) == (303, "/staff/floor")
    floor = inside((await waiter.http.get("/staff/floor")).text)
    assert floor["floor"]["tables"][guest.table.table_id]["label"] == guest.table.label
    assert (floor["staff"]["role"], floor["restaurant"]["currency"]) == ("waiter", "USD")
    line = await guest.order(house.here)
    kitchen = inside((await waiter.http.get("/staff/kitchen")).text)
    assert line in {each["id"] for each in kitchen["kitchen"]["lines"]}


async def test_no_page_holds_inline_code_or_style(house: House, guest: Guest, waiter: Member) -> None:
    table = f"/t/{guest.table.code}"
    for http, path in (
        (guest.http, table),
        (guest.http, "/staff"),
        (guest.http, f"/book/{house.here.id}"),
        (waiter.http, "/staff/floor"),
        (waiter.http, "/staff/kitchen"),
        (waiter.http, "/staff/house"),
    ):
        answer = await http.get(path)
        assert answer.status_code == 200, path
        assert not INLINE.findall(answer.text), path
        assert "script-src 'self' http://127.0.0.1" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"


async def test_a_table_is_booked_at_its_restaurants_page(house: House, guest: Guest) -> None:
    page = inside((await guest.http.get(f"/book/{house.here.id}")).text)
    assert (page["restaurant"]["id"], page["currency"]) == (house.here.id, "USD")
    gone = await guest.http.get("/book/nowhere")
    assert (gone.status_code, "There is no such restaurant" in gone.text) == (404, True)
