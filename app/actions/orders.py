"""From what a guest chose to lines as the bill takes them: names and prices come from the menu, never from a phone."""

from collections.abc import Iterator, Sequence

from app.actions import errors
from app.actions.desk import Desk
from app.actions.shapes import WantedItem
from app.domain.bill import Bill
from app.domain.commands import WantedLine
from app.domain.menu import Menu, MenuError, MenuItem, choose
from app.domain.refusals import Refusal
from app.storage import menus
from app.storage.log import TakePortions, Write


async def look_up(
    desk: Desk, bill: Bill, wanted: Sequence[WantedItem]
) -> tuple[tuple[WantedLine, ...], tuple[Write, ...]]:
    """Lines for an order, and the portions that it takes in the same append.

    Raises `NotFound` (no such item), `Invalid` (modifiers), `Refused` (`sold_out`, `too_many`).
    """
    menu = await menus.menu(desk.database, bill.restaurant_id)
    if menu is None:
        raise errors.NotFound("this restaurant has no menu")
    check_size(desk, bill, len(wanted))
    lines = tuple(_line(desk, menu, item, place) for place, item in enumerate(wanted))
    await _check_limits(desk, bill, lines)
    return lines, tuple(_portions(menu, lines))


def check_size(desk: Desk, bill: Bill, more: int) -> None:
    """A bill has an end: what it could not be read with on a phone is refused."""
    bound = desk.policies.lines_max
    if len(bill.lines) + more > bound:
        figures = {"max": bound, "left": max(0, bound - len(bill.lines))}
        raise errors.Refused(Refusal("too_many", f"A table's bill has at most {bound} lines.", figures))


def _line(desk: Desk, menu: Menu, item: WantedItem, place: int) -> WantedLine:
    dish = menu.item(item.menu_item_id)
    if dish is None:
        raise errors.NotFound("there is no such item on the menu")
    chosen = choose(dish, tuple(item.modifier_ids))
    if isinstance(chosen, MenuError):
        raise _menu_error(chosen, place)
    return WantedLine(
        id=desk.new_id(),
        menu_item_id=dish.id,
        name=dish.name,
        quantity=item.quantity,
        unit_price=dish.price,
        modifiers=chosen,
        tax_ppm=dish.tax_ppm,
        station=dish.station,
        note=item.note,
        grants=dish.grants,
    )


def _menu_error(error: MenuError, place: int) -> errors.ActionError:
    if error.code == "invalid":
        return errors.Invalid([errors.FieldError(("items", str(place), "modifierIds"), "invalid", error.detail)])
    return errors.Refused(Refusal(error.code, error.detail, {"menuItemId": error.subject}))


async def _check_limits(desk: Desk, bill: Bill, lines: Sequence[WantedLine]) -> None:
    """Some dishes are limited per table; what was ordered before and not taken off counts."""
    for item_id in sorted({line.menu_item_id for line in lines if line.menu_item_id}):
        dish = await menus.item(desk.database, item_id)
        had = sum(line.quantity for line in bill.lines.values() if line.menu_item_id == item_id and not line.voided)
        wants = sum(line.quantity for line in lines if line.menu_item_id == item_id)
        if dish is not None and dish.table_limit is not None and had + wants > dish.table_limit:
            figures = {"menuItemId": item_id, "max": dish.table_limit, "left": max(0, dish.table_limit - had)}
            detail = f"A table can order {dish.name} {dish.table_limit} times at most."
            raise errors.Refused(Refusal("too_many", detail, figures))


def _portions(menu: Menu, lines: Sequence[WantedLine]) -> Iterator[TakePortions]:
    counted: dict[str, MenuItem] = {item.id: item for item in menu.items if item.left is not None}
    for line in lines:
        if line.menu_item_id in counted:
            yield TakePortions(line.menu_item_id, line.quantity)
