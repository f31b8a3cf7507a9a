"""The menu as the bill sees it, and which modifiers may be chosen with an item."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.domain.money import currency
from app.domain.pricing import ServiceRule
from app.domain.voucher import Grant

__all__ = [
    "Category",
    "Menu",
    "MenuError",
    "MenuItem",
    "Modifier",
    "ModifierGroup",
    "ServiceCharge",
    "check",
    "choose",
]


@dataclass(frozen=True, slots=True)
class MenuError:
    """Why a choice or a menu does not stand; `code` is a code of the API, `subject` the id that it is about."""

    code: str
    detail: str
    subject: str


@dataclass(frozen=True, slots=True)
class Modifier:
    """An extra on an item. Its price is added to the unit price."""

    id: str
    name: str
    price: int = 0


@dataclass(frozen=True, slots=True)
class ModifierGroup:
    """Modifiers of which at least `min` and at most `max` are chosen: doneness is 1 of 1, toppings 0 to 3."""

    id: str
    name: str
    min: int
    max: int
    modifiers: tuple[Modifier, ...]


@dataclass(frozen=True, slots=True)
class MenuItem:
    """Something to order. `tax_ppm` None: untaxed. `left` None: not counted. `station` is where it is made."""

    id: str
    name: str
    description: str
    price: int
    tax_ppm: int | None = None
    available: bool = True
    left: int | None = None
    modifier_groups: tuple[ModifierGroup, ...] = ()
    station: str = ""
    grants: Grant | None = None

    @property
    def is_sold_out(self) -> bool:
        """Whether nobody can order it now."""
        return not self.available or self.left == 0


@dataclass(frozen=True, slots=True)
class Category:
    """A heading of the menu."""

    id: str
    name: str
    items: tuple[MenuItem, ...]


@dataclass(frozen=True, slots=True)
class ServiceCharge:
    """What the house adds to the price of a line once the party has `from_covers` people."""

    ppm: int
    from_covers: int = 1
    tax_ppm: int | None = None

    def rule(self, covers: int) -> ServiceRule | None:
        """The rule for a line ordered by a party of `covers`, or None when the party is too small."""
        return ServiceRule(self.ppm, self.tax_ppm) if covers >= self.from_covers else None


@dataclass(frozen=True, slots=True)
class Menu:
    """A restaurant's menu. Prices are minor units of `currency`; tip presets and rates are parts per million."""

    currency: str
    tax_inclusive: bool
    service: ServiceCharge | None
    tip_presets: tuple[int, ...]
    categories: tuple[Category, ...]

    @property
    def items(self) -> tuple[MenuItem, ...]:
        """All items, in the order of the menu."""
        return tuple(item for category in self.categories for item in category.items)

    def item(self, item_id: str) -> MenuItem | None:
        """The item with this id, if the menu has one."""
        return next((item for item in self.items if item.id == item_id), None)


def choose(menu_item: MenuItem, modifier_ids: tuple[str, ...]) -> tuple[Modifier, ...] | MenuError:
    """Take the modifiers by their ids, in the order of the menu, or say which rule forbids it.

    `sold_out`: nobody can order the item now. `invalid`: an unknown or repeated modifier, too few or too many.
    """
    if menu_item.is_sold_out:
        return MenuError("sold_out", f"{menu_item.name} is sold out.", menu_item.id)
    known = {modifier.id for group in menu_item.modifier_groups for modifier in group.modifiers}
    for index, modifier_id in enumerate(modifier_ids):
        if modifier_id not in known:
            return MenuError("invalid", f"{menu_item.name} has no such modifier.", modifier_id)
        if modifier_id in modifier_ids[:index]:
            return MenuError("invalid", "A modifier can be chosen once.", modifier_id)
    return _chosen(menu_item, frozenset(modifier_ids))


def _chosen(menu_item: MenuItem, wanted: frozenset[str]) -> tuple[Modifier, ...] | MenuError:
    chosen: list[Modifier] = []
    for group in menu_item.modifier_groups:
        taken = [modifier for modifier in group.modifiers if modifier.id in wanted]
        if not group.min <= len(taken) <= group.max:
            return MenuError("invalid", f"Choose {group.min} to {group.max} of {group.name}.", group.id)
        chosen += taken
    return tuple(chosen)


def check(menu: Menu) -> MenuError | None:
    """Say what is wrong with a menu: a price below 0 or not in whole steps of the currency, or impossible groups."""
    step = currency(menu.currency).step
    return next((error for item in menu.items for error in _errors(item, step)), None)


def _errors(item: MenuItem, step: int) -> Iterator[MenuError]:
    priced: list[MenuItem | Modifier] = [item]
    priced += [modifier for group in item.modifier_groups for modifier in group.modifiers]
    for each in priced:
        if each.price < 0 or each.price % step:
            yield MenuError("invalid", f"{each.price} is not a price in steps of {step}.", each.id)
    for group in item.modifier_groups:
        if not 0 <= group.min <= min(group.max, len(group.modifiers)):
            yield MenuError("invalid", f"Nobody can choose {group.min} to {group.max} of {group.name}.", group.id)
