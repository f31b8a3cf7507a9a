"""The menu as guests read it, and what is sold out."""

from typing import Any

from app.actions import errors, products
from app.actions.access import StaffAccess
from app.actions.desk import Desk
from app.actions.roles import KITCHEN, check_role
from app.domain.menu import Category, Menu, MenuItem, ModifierGroup
from app.storage import menus
from app.storage.menus import KEEP


async def menu(desk: Desk, restaurant_id: str) -> dict[str, Any]:
    """`GET /menus/{restaurantId}`, camelCase members as in the API. Raises `NotFound`."""
    found = await menus.menu(desk.database, restaurant_id)
    if found is None:
        raise errors.NotFound("there is no such restaurant")
    return _menu(found)


async def set_availability(
    desk: Desk, item_id: str, *, by: StaffAccess, available: bool | None = None, left: int | None = KEEP
) -> None:
    """86 a dish, bring it back, count its portions or (`left` None) stop counting. Raises `NotFound`, `NotAllowed`."""
    dish = await menus.item(desk.database, item_id)
    if dish is None or dish.restaurant_id != by.restaurant_id:
        raise errors.NotFound("there is no such item on the menu")
    check_role(by.role, KITCHEN)
    kept = KEEP if available is None else available
    await menus.set_availability(desk.database, item_id, available=kept, left=left)


def _menu(menu: Menu) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "currency": menu.currency,
        "taxInclusive": menu.tax_inclusive,
        "tipPresets": list(menu.tip_presets),
        "categories": [_category(category) for category in menu.categories],
    }
    if menu.service is not None:
        shown["serviceCharge"] = {"ppm": menu.service.ppm, "fromCovers": menu.service.from_covers}
    return shown


def _category(category: Category) -> dict[str, Any]:
    return {"id": category.id, "name": category.name, "items": [_item(item) for item in category.items]}


def _item(item: MenuItem) -> dict[str, Any]:
    shown = {
        "id": item.id,
        "name": item.name,
        "description": item.description,
        "price": item.price,
        "taxRatePpm": item.tax_ppm,
        "available": not item.is_sold_out,
        "left": item.left,
        "grants": products.shown(item.grants) if item.grants else None,
        "modifierGroups": [_group(group) for group in item.modifier_groups],
    }
    return {name: value for name, value in shown.items() if value is not None}


def _group(group: ModifierGroup) -> dict[str, Any]:
    modifiers = [{"id": each.id, "name": each.name, "price": each.price} for each in group.modifiers]
    return {"id": group.id, "name": group.name, "min": group.min, "max": group.max, "modifiers": modifiers}
