"""Setting up a restaurant: its tables, menu and staff, from one plan that a person can write."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import Field

from app.actions import booking_terms, shapes
from app.actions.desk import Desk
from app.actions.errors import Invalid
from app.actions.shapes import Amount, PolicyRequest, Ppm, Shape
from app.actions.staff import hash_password
from app.domain import menu as domain
from app.domain.commands import Role
from app.domain.money import UnknownCurrency
from app.storage import restaurants, staff
from app.storage.tables import (
    BookingRules,
    DiningTable,
    MenuCategory,
    MenuItem,
    Modifier,
    ModifierGroup,
    Product,
    Restaurant,
    Staff,
)

PASSWORD_CHARS_MIN = 8

Row = DiningTable | MenuCategory | MenuItem | ModifierGroup | Modifier


class BadHouse(Exception):
    """A plan or a person that does not make sense; the message says what and where."""


class ModifierPlan(Shape):
    """An extra, with what it adds to the price."""

    name: str
    price: int = 0


class GroupPlan(Shape):
    """A question about a dish."""

    name: str
    min: Annotated[int, Field(ge=0)] = 0
    max: Annotated[int, Field(ge=1)] = 1
    modifiers: Annotated[list[ModifierPlan], Field(min_length=1)]


class GrantPlan(Shape):
    """What an item sells beside food: a gift card of `value` (else its price), or a pass for `items`.

    Items are named as they stand in the same plan.
    """

    kind: Literal["giftCard", "pass"]
    value: Annotated[int, Field(ge=1)] | None = None
    uses: Annotated[int, Field(ge=1)] | None = None
    valid_days: Annotated[int, Field(ge=1)] | None = None
    items: list[str] = Field(default_factory=list)


class ItemPlan(Shape):
    """A dish. `left` counts portions; `perTable` is how many of it one table may order. `grants` makes it a product."""

    name: str
    description: str = ""
    price: Amount
    tax_rate_ppm: Ppm | None = None
    station: str = "kitchen"
    left: Annotated[int, Field(ge=0)] | None = None
    per_table: Annotated[int, Field(ge=1)] | None = None
    modifier_groups: list[GroupPlan] = Field(default_factory=list)
    grants: GrantPlan | None = None


class CategoryPlan(Shape):
    """A heading of the menu."""

    name: str
    items: list[ItemPlan]


class TablePlan(Shape):
    """A table."""

    label: str
    area: str = ""
    seats: Annotated[int, Field(ge=1, le=100)] = 2


class HousePlan(Shape):
    """A whole restaurant, as `splittable restaurant` reads it."""

    name: str
    address: str = ""
    tax_number: str = ""
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    timezone: str = "UTC"
    tax_inclusive: bool
    service_ppm: Ppm = 0
    service_tax_ppm: Ppm | None = None
    service_from_covers: Annotated[int, Field(ge=0)] = 0
    tip_presets: list[Ppm] = Field(default_factory=list)
    join_policy: Literal["open", "approve", "pin"] = "open"
    tables: Annotated[list[TablePlan], Field(min_length=1)]
    menu: list[CategoryPlan] = Field(default_factory=list)
    booking_policy: PolicyRequest = Field(default_factory=PolicyRequest)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who shall work here."""

    email: str
    name: str
    role: Role
    password: str = field(repr=False)


def read(members: Mapping[str, Any]) -> HousePlan:
    """Check a plan. Raises `BadHouse` that names every wrong member, or the first that does not fit the others."""
    try:
        plan = shapes.read(HousePlan, members)
        wrong = domain.check(_as_menu(plan))
    except Invalid as error:
        raise BadHouse(str(error)) from None
    except UnknownCurrency:
        raise BadHouse(f"currency: {members['currency']} is not known") from None
    if unfit := booking_terms.unfitting(plan.booking_policy, plan.currency, BookingRules(restaurant_id="")):
        raise BadHouse(f"bookingPolicy: {', '.join(unfit)} does not fit")
    if wrong is not None:
        raise BadHouse(f"{wrong.subject}: {wrong.detail}")
    _check_products([item for category in plan.menu for item in category.items])
    return plan


def _check_products(items: Sequence[ItemPlan]) -> None:
    """Tax is due when a gift card is used, not when it is sold; a pass is for dishes that are there."""
    names = {item.name for item in items}
    for item in items:
        if item.grants is None:
            continue
        if item.tax_rate_ppm is not None or item.modifier_groups or not item.price:
            raise BadHouse(f"{item.name}: what sells gift cards has a price, no tax and no modifiers")
        if (item.grants.kind == "pass") != bool(item.grants.items) or not names.issuperset(item.grants.items):
            raise BadHouse(f"{item.name}: a pass names dishes of this menu, a gift card none")


def _as_menu(plan: HousePlan) -> domain.Menu:
    """The plan as the domain sees a menu, with names where ids will be."""
    categories = tuple(
        domain.Category(each.name, each.name, tuple(_as_item(item) for item in each.items)) for each in plan.menu
    )
    return domain.Menu(plan.currency, plan.tax_inclusive, None, tuple(plan.tip_presets), categories)


def _as_item(plan: ItemPlan) -> domain.MenuItem:
    groups = tuple(
        domain.ModifierGroup(
            each.name,
            each.name,
            each.min,
            each.max,
            tuple(domain.Modifier(one.name, one.name, one.price) for one in each.modifiers),
        )
        for each in plan.modifier_groups
    )
    return domain.MenuItem(plan.name, plan.name, plan.description, plan.price, modifier_groups=groups)


async def create(desk: Desk, plan: HousePlan) -> str:
    """Make the restaurant with its tables and menu; answers with its id."""
    house = Restaurant(
        id=desk.new_id(),
        created_at=desk.now(),
        **plan.model_dump(exclude={"tables", "menu", "booking_policy"}),
    )
    menu = list(_menu(desk, house.id, plan.menu))
    products = _products(plan.menu, {row.name: row.id for row in menu if isinstance(row, MenuItem)})
    rules = BookingRules(restaurant_id=house.id, **plan.booking_policy.model_dump(exclude_none=True))
    await restaurants.save(desk.database, house, *_tables(desk, house.id, plan.tables), *menu, *products, rules)
    return house.id


def _products(plans: Sequence[CategoryPlan], ids: Mapping[str, str]) -> Iterator[Product]:
    for item in (item for plan in plans for item in plan.items):
        if (grants := item.grants) is not None:
            yield Product(
                item_id=ids[item.name],
                kind=grants.kind,
                value=(grants.value or item.price) if grants.kind == "giftCard" else 0,
                uses=grants.uses,
                valid_days=grants.valid_days,
                items=[ids[name] for name in grants.items],
            )


def _tables(desk: Desk, house: str, plans: Sequence[TablePlan]) -> Iterator[Row]:
    for position, plan in enumerate(plans):
        yield DiningTable(id=desk.new_id(), restaurant_id=house, position=position, **plan.model_dump())


def _menu(desk: Desk, house: str, plans: Sequence[CategoryPlan]) -> Iterator[Row]:
    for position, plan in enumerate(plans):
        category = MenuCategory(id=desk.new_id(), restaurant_id=house, name=plan.name, position=position)
        yield category
        for place, item in enumerate(plan.items):
            yield from _item(desk, category, item, place)


def _item(desk: Desk, category: MenuCategory, plan: ItemPlan, position: int) -> Iterator[Row]:
    item = MenuItem(
        id=desk.new_id(),
        restaurant_id=category.restaurant_id,
        category_id=category.id,
        name=plan.name,
        description=plan.description,
        price=plan.price,
        tax_ppm=plan.tax_rate_ppm,
        station=plan.station,
        portions=plan.left,
        table_limit=plan.per_table,
        position=position,
    )
    yield item
    for place, group in enumerate(plan.modifier_groups):
        yield from _group(desk, item.id, group, place)


def _group(desk: Desk, item: str, plan: GroupPlan, position: int) -> Iterator[Row]:
    group = ModifierGroup(
        id=desk.new_id(), item_id=item, name=plan.name, least=plan.min, most=plan.max, position=position
    )
    yield group
    for place, modifier in enumerate(plan.modifiers):
        yield Modifier(id=desk.new_id(), group_id=group.id, name=modifier.name, price=modifier.price, position=place)


async def add_staff(desk: Desk, house: str, person: Person) -> str:
    """Make an account; answers with its id. Raises `BadHouse`: unknown restaurant, weak password, address in use."""
    if await restaurants.restaurant(desk.database, house) is None:
        raise BadHouse(f"there is no restaurant {house}")
    if len(person.password) < PASSWORD_CHARS_MIN:
        raise BadHouse(f"a password has at least {PASSWORD_CHARS_MIN} characters")
    if await staff.by_email(desk.database, person.email) is not None:
        raise BadHouse(f"{person.email} has an account already")
    account = Staff(
        id=desk.new_id(),
        restaurant_id=house,
        email=person.email,
        name=person.name,
        role=person.role,
        password_hash=await hash_password(person.password),
        created_at=desk.now(),
    )
    await staff.save(desk.database, account)
    return account.id
