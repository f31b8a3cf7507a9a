from xml.etree import ElementTree as ET

from app.actions.tables import TableCode
from app.web.tables import draw_sheet
from tests.web.house import V1, House
from tests.web.people import Guest, Member, sign_in

SVG = "{http://www.w3.org/2000/svg}"


def card(label: str) -> TableCode:
    return TableCode("t", label, "Hall", 4, "code", f"https://bill.example/t/{'x' * 60}")


def test_a_sheet_has_one_card_for_each_table_and_no_foreign_parts() -> None:
    drawing = draw_sheet("Luigi's <b>", [card(str(number)) for number in range(7)])
    root = ET.fromstring(drawing)  # noqa: S314 - our own drawing
    assert len(root.findall(f"{SVG}g")) == 7
    assert (root.get("width"), root.get("height")) == ("209mm", "284mm")
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert "Luigi's <b>" in texts
    assert "bill.example" in texts
    assert {element.tag for element in root.iter()} <= {SVG + name for name in ("svg", "g", "rect", "path", "text")}


def test_an_empty_house_has_an_empty_sheet() -> None:
    assert ET.fromstring(draw_sheet("Nobody", [])).findall(f"{SVG}g") == []  # noqa: S314 - our own drawing


async def test_the_sheet_is_printed_for_staff(waiter: Member) -> None:
    answer = await waiter.http.get(f"{V1}/tables/qr.svg")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
    assert "script" not in answer.text


async def test_the_codes_lead_to_the_tables(house: House, waiter: Member) -> None:
    free = house.here.table()
    tables = (await waiter.http.get(f"{V1}/tables")).json()["tables"]
    (table,) = [each for each in tables if each["id"] == free.table_id]
    assert table["url"] == f"{house.settings.public_url}/t/{table['code']}"


async def test_a_rotated_code_leads_nowhere(house: House, guest: Guest) -> None:
    manager = await sign_in(house, "manager")
    path = f"{V1}/tables/{guest.table.table_id}/code"
    fresh = (await manager.http.post(path)).json()["code"]
    async with house.client() as phone:
        old = await phone.post(f"{V1}/guest-sessions", json={"code": guest.table.code})
        assert old.status_code in {403, 404}
        assert (await phone.post(f"{V1}/guest-sessions", json={"code": fresh})).status_code == 201


async def test_only_managers_rotate_codes(house: House, waiter: Member) -> None:
    assert (await waiter.http.post(f"{V1}/tables/{house.here.table().table_id}/code")).status_code == 403


async def test_a_cleaned_table_is_free_again(house: House, guest: Guest, waiter: Member) -> None:
    await waiter.at(guest, "/close")
    path = f"{V1}/tables/{guest.table.table_id}"
    assert (await waiter.http.get(f"{V1}/floor")).json()["tables"][guest.table.table_id]["service"] == "to_clean"
    assert (await waiter.http.patch(path, json={"service": "free"})).status_code == 204
    assert (await waiter.http.get(f"{V1}/floor")).json()["tables"][guest.table.table_id]["service"] == "free"
    assert (await waiter.http.patch(path, json={"service": "seated"})).status_code == 422
