import re
from xml.etree import ElementTree as ET

import segno
from playwright.async_api import Browser

from app.actions.tables import TableCode
from app.web.tables import CARD_WIDTH_MM, CODE_MM, MASK, draw_sheet
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


def test_a_drawn_code_is_dark_where_the_code_is() -> None:
    root = ET.fromstring(draw_sheet("Luigi's", [card("1")]))  # noqa: S314 - our own drawing
    (path,) = root.iter(f"{SVG}path")
    drawn = {
        (int(x) + step, int(y))
        for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", path.get("d", ""))
        for step in range(int(width))
    }
    rows = segno.make(card("1").url, error="m", micro=False, mask=MASK).matrix
    assert drawn == {(x, y) for y, row in enumerate(rows) for x, module in enumerate(row) if module}


def test_a_code_keeps_the_quiet_zone_that_cameras_need() -> None:
    modules = len(segno.make(card("1").url, error="m", micro=False).matrix)
    assert 4 * CODE_MM / modules <= (CARD_WIDTH_MM - CODE_MM) / 2


async def test_a_printed_sheet_shows_the_codes(house: House, waiter: Member, browser: Browser) -> None:
    drawing = (await waiter.http.get(f"{V1}/tables/qr.svg")).text
    page = await browser.new_page(viewport={"width": 300, "height": 300})
    await page.set_content(f'<body style="margin:0">{drawing}')
    code = await page.screenshot(clip={"x": 70, "y": 95, "width": 170, "height": 170})
    await page.set_content("")
    nothing = await page.screenshot(clip={"x": 70, "y": 95, "width": 170, "height": 170})
    await page.close()
    assert len(code) > 2 * len(nothing)


def test_an_empty_house_has_an_empty_sheet() -> None:
    assert ET.fromstring(draw_sheet("Nobody", [])).findall(f"{SVG}g") == []  # noqa: S314 - our own drawing


async def test_the_sheet_is_printed_for_staff(waiter: Member) -> None:
    answer = await waiter.http.get(f"{V1}/tables/qr.svg")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
    assert "script" not in answer.text


async def test_the_codes_lead_to_the_tables(house: House, waiter: Member) -> None:
    free = await house.here.table()
    tables = (await waiter.http.get(f"{V1}/tables")).json()["tables"]
    (table,) = [each for each in tables if each["id"] == free.table_id]
    assert table["url"] == f"{house.settings.public_url}/t/{table['code']}"


async def test_a_rotated_code_leads_nowhere(house: House, guest: Guest) -> None:
    manager = await sign_in(house, "manager")
    path = f"{V1}/tables/{guest.table.table_id}/code"
    fresh = (await manager.http.post(path)).json()["code"]
    async with house.client() as phone:
        old = await phone.post(f"{V1}/guest-sessions", json={"code": guest.table.code})
        assert (old.status_code, old.json()["code"]) == (403, "expired_code")
        assert (await phone.post(f"{V1}/guest-sessions", json={"code": fresh})).status_code == 201


async def test_only_managers_rotate_codes(house: House, waiter: Member) -> None:
    assert (await waiter.http.post(f"{V1}/tables/{(await house.here.table()).table_id}/code")).status_code == 403


async def test_a_cleaned_table_is_free_again(house: House, guest: Guest, waiter: Member) -> None:
    await waiter.at(guest, "/close")
    path = f"{V1}/tables/{guest.table.table_id}"
    assert (await waiter.http.get(f"{V1}/floor")).json()["tables"][guest.table.table_id]["service"] == "to_clean"
    assert (await waiter.http.patch(path, json={"service": "free"})).status_code == 204
    assert (await waiter.http.get(f"{V1}/floor")).json()["tables"][guest.table.table_id]["service"] == "free"
    assert (await waiter.http.patch(path, json={"service": "seated"})).status_code == 422
