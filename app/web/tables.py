"""Physical tables: their codes, the sheet to print, and the one that was cleaned."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from itertools import groupby

import segno
from starlette.responses import Response

from app.actions import tables
from app.actions.shapes import ServiceRequest
from app.actions.tables import TableCode
from app.storage import restaurants
from app.web import answers
from app.web.calls import Asked
from app.web.shapes import Nothing

COLUMNS = 3
CARD_WIDTH_MM, CARD_HEIGHT_MM = 63, 88
CODE_MM = 46
MARGIN_MM = 10
CODES_KEPT = 1024
MASK = 2
"""Codes end in a signature, which is as good as random: no mask of the eight is worth the time of trying them all."""


async def listed(asked: Asked[Nothing]) -> Response:
    """List the tables with their codes."""
    codes = await tables.qr_codes(asked.desk, asked.staff.restaurant_id)
    return answers.json({"tables": [_told(code) for code in codes]})


async def change(asked: Asked[ServiceRequest]) -> Response:
    """Say that a table was cleaned."""
    await tables.set_service(asked.desk, asked.path("table"), asked.body.service, by=asked.staff)
    return answers.nothing()


async def rotate(asked: Asked[Nothing]) -> Response:
    """Make the printed code of a table stop working and get a new one."""
    return answers.json(_told(await tables.rotate_code(asked.desk, asked.path("table"), by=asked.staff)))


async def sheet(asked: Asked[Nothing]) -> Response:
    """Print the codes of all tables: an SVG in millimetres, to be cut into cards."""
    restaurant = await restaurants.restaurant(asked.desk.database, asked.staff.restaurant_id)
    codes = await tables.qr_codes(asked.desk, asked.staff.restaurant_id)
    # Some milliseconds for each code that was not drawn before: nobody else waits for them.
    drawing = await asyncio.to_thread(draw_sheet, restaurant.name if restaurant else "", codes)
    return Response(
        drawing, media_type="image/svg+xml", headers={"content-disposition": 'inline; filename="tables.svg"'}
    )


def draw_sheet(name: str, codes: list[TableCode]) -> str:
    """The cards of all tables, three in a row, on a sheet as long as it takes."""
    cards = [_card(name, code, _place(number)) for number, code in enumerate(codes)]
    rows = -(-len(codes) // COLUMNS) or 1
    width, height = 2 * MARGIN_MM + COLUMNS * CARD_WIDTH_MM, 2 * MARGIN_MM + rows * CARD_HEIGHT_MM
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}mm" height="{height}mm" viewBox="0 0 {width} {height}"'
    )
    ground = f'<rect width="{width}" height="{height}" fill="#fff"/>'
    return f'{head} font-family="system-ui, sans-serif" text-anchor="middle">{ground}{"".join(cards)}</svg>\n'


@dataclass(frozen=True, slots=True)
class _Place:
    x: int
    y: int


def _place(number: int) -> _Place:
    row, column = divmod(number, COLUMNS)
    return _Place(MARGIN_MM + column * CARD_WIDTH_MM, MARGIN_MM + row * CARD_HEIGHT_MM)


def _card(name: str, code: TableCode, place: _Place) -> str:
    middle = CARD_WIDTH_MM / 2
    drawing = _code(code.url)
    texts = (
        _text(middle, 10, 4.2, name, weight=600),
        _text(middle, CARD_HEIGHT_MM - 15, 7, code.label, weight=700),
        _text(middle, CARD_HEIGHT_MM - 9, 3, "Scan to order, split and pay"),
        # So that a guest can compare what the phone opens with what the house printed.
        _text(middle, CARD_HEIGHT_MM - 4.5, 2.2, code.url.partition("://")[2].partition("/")[0]),
    )
    frame = f'<rect width="{CARD_WIDTH_MM}" height="{CARD_HEIGHT_MM}" fill="none" stroke="#bbb" stroke-width=".2"/>'
    return f'<g transform="translate({place.x} {place.y})">{frame}{drawing}{"".join(texts)}</g>'


@lru_cache(maxsize=CODES_KEPT)
def _code(url: str) -> str:
    rows = segno.make(url, error="m", micro=False, mask=MASK).matrix
    scale, left = CODE_MM / len(rows), (CARD_WIDTH_MM - CODE_MM) / 2
    dark = "".join(_dark(row, y) for y, row in enumerate(rows))
    # Without smoothing there are no hairlines between the rows for a camera to stumble over.
    path = f'<path d="{dark}" shape-rendering="crispEdges"/>'
    return f'<g transform="translate({left} 15) scale({scale:.5f})">{path}</g>'


def _dark(row: Iterable[int], y: int) -> str:
    """The dark runs of one row, as rectangles one unit high."""
    x, drawn = 0, ""
    for is_dark, modules in groupby(row):
        width = len(list(modules))
        drawn += f"M{x} {y}h{width}v1h-{width}z" if is_dark else ""
        x += width
    return drawn


def _text(x: float, y: float, size: float, text: str, *, weight: int = 400) -> str:
    return f'<text x="{x}" y="{y}" font-size="{size}" font-weight="{weight}">{escape(text)}</text>'


def _told(code: TableCode) -> dict[str, object]:
    place = {"id": code.table_id, "label": code.label, "area": code.area, "seats": code.seats}
    return place | {"code": code.code, "url": code.url}
