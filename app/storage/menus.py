"""A restaurant's menu as the domain's value, and what of it is sold out."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlmodel import SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.domain import menu as domain
from app.domain.voucher import Grant
from app.storage.columns import table_of
from app.storage.database import Database, execute
from app.storage.tables import MenuCategory, MenuItem, Modifier, ModifierGroup, Product, Restaurant

AnyRow = TypeVar("AnyRow", bound=SQLModel)

KEEP: Any = object()
"""Says that something stays as it is, where None means something else."""


async def menu(database: Database, restaurant_id: str) -> domain.Menu | None:
    """The whole menu of a restaurant; None if there is no such restaurant."""
    items = sa.select(col(MenuItem.id)).where(col(MenuItem.restaurant_id) == restaurant_id)
    groups = sa.select(col(ModifierGroup.id)).where(col(ModifierGroup.item_id).in_(items))
    async with database.read() as session:
        restaurant = await session.get(Restaurant, restaurant_id)
        if restaurant is None:
            return None
        return _menu(
            restaurant,
            await _sorted(session, MenuCategory, col(MenuCategory.restaurant_id) == restaurant_id),
            await _sorted(session, MenuItem, col(MenuItem.restaurant_id) == restaurant_id),
            await _sorted(session, ModifierGroup, col(ModifierGroup.item_id).in_(items)),
            await _sorted(session, Modifier, col(Modifier.group_id).in_(groups)),
            (await session.exec(select(Product).where(col(Product.item_id).in_(items)))).all(),
        )


async def item(database: Database, item_id: str) -> MenuItem | None:
    """One dish as it is stored, with the restaurant it belongs to and how many of it a table may order."""
    async with database.read() as session:
        return await session.get(MenuItem, item_id)


async def set_availability(
    database: Database, item_id: str, *, available: bool = KEEP, left: int | None = KEEP
) -> bool:
    """86 a dish or bring it back; count its portions or (None) stop counting. False if there is no such dish."""
    values = {"available": available, "portions": left}
    changed = {name: value for name, value in values.items() if value is not KEEP}
    query = sa.update(MenuItem).where(col(MenuItem.id) == item_id).values(changed or {"id": item_id})
    async with database.write() as session:
        return bool((await execute(session, query.returning(col(MenuItem.id)))).all())


async def _sorted(session: AsyncSession, model: type[AnyRow], which: sa.ColumnElement[bool]) -> Sequence[AnyRow]:
    columns = table_of(model).c
    return (await session.exec(select(model).where(which).order_by(columns.position, columns.id))).all()


def _menu(
    restaurant: Restaurant,
    categories: Iterable[MenuCategory],
    items: Iterable[MenuItem],
    groups: Iterable[ModifierGroup],
    modifiers: Iterable[Modifier],
    products: Iterable[Product],
) -> domain.Menu:
    modifiers_of: dict[str, list[domain.Modifier]] = defaultdict(list)
    for row in modifiers:
        modifiers_of[row.group_id].append(domain.Modifier(row.id, row.name, row.price))
    groups_of: dict[str, list[domain.ModifierGroup]] = defaultdict(list)
    for group in groups:
        chosen = tuple(modifiers_of[group.id])
        groups_of[group.item_id].append(domain.ModifierGroup(group.id, group.name, group.least, group.most, chosen))
    grants = {row.item_id: grant_of(row) for row in products}
    items_of: dict[str, list[domain.MenuItem]] = defaultdict(list)
    for dish in items:
        items_of[dish.category_id].append(_item(dish, tuple(groups_of[dish.id]), grants.get(dish.id)))
    return domain.Menu(
        currency=restaurant.currency,
        tax_inclusive=restaurant.tax_inclusive,
        service=_service(restaurant),
        tip_presets=tuple(restaurant.tip_presets),
        categories=tuple(domain.Category(row.id, row.name, tuple(items_of[row.id])) for row in categories),
    )


def grant_of(row: Product) -> Grant:
    """A product as the bill takes it."""
    return Grant("pass" if row.kind == "pass" else "giftCard", row.value, row.uses, row.valid_days, tuple(row.items))


def _item(row: MenuItem, groups: tuple[domain.ModifierGroup, ...], grants: Grant | None) -> domain.MenuItem:
    return domain.MenuItem(
        id=row.id,
        name=row.name,
        description=row.description,
        price=row.price,
        tax_ppm=row.tax_ppm,
        available=row.available,
        left=row.portions,
        modifier_groups=groups,
        station=row.station,
        grants=grants,
    )


def _service(restaurant: Restaurant) -> domain.ServiceCharge | None:
    if not restaurant.service_ppm:
        return None
    return domain.ServiceCharge(restaurant.service_ppm, restaurant.service_from_covers, restaurant.service_tax_ppm)
