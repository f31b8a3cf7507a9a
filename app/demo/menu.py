"""The demo restaurant: a small bistro with a menu that shows what a menu can do. Prices are euro cents, gross."""

from typing import Any

from app.domain.commands import Role

FOOD_TAX, DRINK_TAX = 70_000, 190_000
CURRENCY = "EUR"
PASSWORD = "pass-the-salt"  # noqa: S105 - of people who exist on this machine for an evening
STAFF: tuple[tuple[Role, str, str], ...] = (
    ("owner", "olga@demo.example", "Olga"),
    ("manager", "marco@demo.example", "Marco"),
    ("waiter", "wanda@demo.example", "Wanda"),
    ("kitchen", "kai@demo.example", "Kai"),
)


def _dish(name: str, price: int, description: str = "", **more: Any) -> dict[str, Any]:
    return {"name": name, "price": price, "description": description, "taxRatePpm": FOOD_TAX, **more}


def _drink(name: str, price: int, description: str = "", **more: Any) -> dict[str, Any]:
    dish = {"name": name, "price": price, "description": description, "taxRatePpm": DRINK_TAX, "station": "bar"}
    return {**dish, **more}


def _ask(name: str, least: int, most: int, *modifiers: tuple[str, int]) -> dict[str, Any]:
    choices = [{"name": label, "price": price} for label, price in modifiers]
    return {"name": name, "min": least, "max": most, "modifiers": choices}


DONE = _ask("How done?", 1, 1, ("Rare", 0), ("Medium", 0), ("Well done", 0))
SIDES = _ask("Side", 1, 1, ("Fries", 0), ("Salad", 0), ("Truffle mash", 250))
MILK = _ask("Milk", 0, 1, ("Oat", 50), ("Soy", 50), ("None", 0))

MENU = [
    {
        "name": "To share",
        "items": [
            _dish("Sourdough and salted butter", 480, "Baked this morning"),
            _dish("Olives from Sicily", 520),
            _dish("Burrata", 1250, "Heirloom tomatoes, basil oil"),
            _dish(
                "Board of cheese",
                1650,
                "Five of them, fig mustard",
                modifierGroups=[
                    _ask("Extras", 0, 3, ("Walnuts", 150), ("Grapes", 120), ("More bread", 200)),
                ],
            ),
            _dish("Oysters", 390, "Each, with shallot vinegar", left=18, perTable=12),
        ],
    },
    {
        "name": "Mains",
        "items": [
            _dish("Steak frites", 2890, "250 g entrecôte, pepper sauce", modifierGroups=[DONE, SIDES]),
            _dish("Confit duck leg", 2450, "Lentils, orange", modifierGroups=[SIDES]),
            _dish("Sea bream", 2650, "Whole, fennel and lemon"),
            _dish(
                "Mushroom risotto",
                1890,
                "Vegetarian",
                modifierGroups=[
                    _ask("On top", 0, 2, ("Truffle", 600), ("Parmesan crisp", 150)),
                ],
            ),
            _dish("Cassoulet", 2190, "As they make it in Castelnaudary", left=6),
            _dish(
                "Smash burger",
                1690,
                "Two patties, pickles",
                modifierGroups=[
                    _ask("Extras", 0, 3, ("Bacon", 180), ("Cheddar", 120), ("Fried egg", 150)),
                    SIDES,
                ],
            ),
            _dish("Bowl of the day", 1490, "Vegan"),
        ],
    },
    {
        "name": "Sweet",
        "items": [
            _dish("Tiramisu", 750),
            _dish("Crème brûlée", 790),
            _dish("Chocolate fondant", 890, "Twelve minutes that are worth it"),
            _dish(
                "Sorbet",
                320,
                "A scoop",
                modifierGroups=[
                    _ask("Flavour", 1, 1, ("Lemon", 0), ("Raspberry", 0), ("Mango", 0)),
                ],
            ),
        ],
    },
    {
        "name": "Wine and beer",
        "items": [
            _drink("Riesling, glass", 690),
            _drink("Riesling, bottle", 3200, "Mosel, dry"),
            _drink("Côtes du Rhône, glass", 650),
            _drink("Côtes du Rhône, bottle", 2950),
            _drink("Pale ale", 520, "0.4 l"),
            _drink("Beer without alcohol", 450, "0.33 l"),
        ],
    },
    {
        "name": "Soft and hot",
        "items": [
            _drink("Sparkling water", 590, "0.75 l"),
            _drink("Rhubarb spritz", 480),
            _drink("Espresso", 280),
            _drink("Flat white", 390, modifierGroups=[MILK]),
            _drink("Fresh mint tea", 420),
        ],
    },
]

TABLES = [
    {"label": str(number), "area": area, "seats": seats}
    for number, (area, seats) in enumerate(
        [("Window", 2)] * 3 + [("Room", 4)] * 5 + [("Garden", 6)] * 3 + [("Bar", 2)], start=1
    )
]

PLAN: dict[str, Any] = {
    "name": "Chez Margot",
    "address": "Marktstrasse 12, 10115 Berlin",
    "taxNumber": "DE 123 456 789",
    "currency": CURRENCY,
    "timezone": "Europe/Berlin",
    "taxInclusive": True,
    "servicePpm": 100_000,
    "serviceTaxPpm": DRINK_TAX,
    "serviceFromCovers": 6,
    "tipPresets": [50_000, 100_000, 150_000],
    "tables": TABLES,
    "bookingPolicy": {"bookable": True, "tabEstimate": 4000, "noShowAmount": 1500},
    "menu": MENU,
}
