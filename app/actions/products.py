"""What the menu sells beside food: gift cards and passes, as items that anybody orders."""

from typing import Any

from app.actions import errors
from app.actions.access import StaffAccess
from app.actions.desk import Desk
from app.actions.roles import FLOOR, HOUSE, check_role
from app.actions.shapes import ProductRequest
from app.domain.menu import Menu, MenuItem
from app.domain.money import currency
from app.domain.voucher import Grant
from app.storage import menus, restaurants
from app.storage.tables import MenuCategory, Product
from app.storage.tables import MenuItem as ItemRow

__all__ = ["create", "listed", "shown"]

CATEGORY = "Gift cards"
"""The heading of the menu under which they stand, made with the first of them."""


def shown(grant: Grant) -> dict[str, Any]:
    """What an item grants, as the menu says it."""
    is_pass = grant.kind == "pass"
    members = {
        "kind": grant.kind,
        "value": None if is_pass else grant.value,
        "uses": grant.uses,
        "validDays": grant.valid_days,
        "items": list(grant.items) if is_pass else None,
    }
    return {name: value for name, value in members.items() if value is not None}


async def listed(desk: Desk, *, by: StaffAccess) -> dict[str, Any]:
    """`GET /gift-card-products`. Raises `NotAllowed`."""
    check_role(by.role, FLOOR)
    menu = await _menu(desk, by)
    return {"products": [_told(item) for item in menu.items if item.grants is not None]}


async def _menu(desk: Desk, by: StaffAccess) -> Menu:
    menu = await menus.menu(desk.database, by.restaurant_id)
    if menu is None:
        raise errors.NotFound("there is no such restaurant")
    return menu


def _told(item: MenuItem) -> dict[str, Any]:
    grants = shown(item.grants) if item.grants else {}
    available = not item.is_sold_out
    return {"menuItemId": item.id, "name": item.name, "price": item.price, "available": available, "grants": grants}


async def create(desk: Desk, request: ProductRequest, *, by: StaffAccess) -> dict[str, Any]:
    """`POST /gift-card-products`: a new item of the menu. Raises `NotAllowed`, `Invalid`."""
    check_role(by.role, HOUSE)
    menu = await _menu(desk, by)
    _check(menu, request)
    heading = next((category for category in menu.categories if category.name == CATEGORY), None)
    place = len(menu.categories)
    made = MenuCategory(id=desk.new_id(), restaurant_id=by.restaurant_id, name=CATEGORY, position=place)
    item = ItemRow(
        id=desk.new_id(),
        restaurant_id=by.restaurant_id,
        category_id=heading.id if heading else made.id,
        name=request.name,
        price=request.price,
        station="",
        position=len(heading.items) if heading else 0,
    )
    product = Product(
        item_id=item.id,
        kind=request.kind,
        value=(request.value or request.price) if request.kind == "giftCard" else 0,
        uses=request.uses,
        valid_days=request.valid_days,
        items=request.items or [],
    )
    await restaurants.save(desk.database, *(() if heading else (made,)), item, product)
    return next(_told(each) for each in (await _menu(desk, by)).items if each.id == item.id)


def _check(menu: Menu, request: ProductRequest) -> None:
    step, faults = currency(menu.currency).step, []
    for name, amount in (("price", request.price), ("value", request.value or 0)):
        if amount % step:
            faults.append(errors.FieldError((name,), "step", f"whole steps of {step}"))
    is_pass = request.kind == "pass"
    if is_pass != (request.items is not None):
        faults.append(errors.FieldError(("items",), "one_of", "a pass names what it is for, a gift card does not"))
    if (request.value is not None and is_pass) or (request.uses is not None and not is_pass):
        faults.append(errors.FieldError(("kind",), "one_of", "a gift card has a value, a pass has uses"))
    if any(menu.item(item) is None for item in request.items or ()):
        faults.append(errors.FieldError(("items",), "not_found", "only items of the menu"))
    if faults:
        raise errors.Invalid(faults)
