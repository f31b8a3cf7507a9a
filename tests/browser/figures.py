"""The figures of a visit as every page must show them, taken from the database."""

from collections.abc import Iterable
from typing import Any

View = dict[str, Any]
SIGN = {"EUR": "€", "USD": "$"}
OPEN = ("initiated", "awaiting", "processing", "authorized")


def price(amount: int, currency: str = "USD") -> str:
    """An amount as an English page writes it: "$1,234.50"."""
    euros, cents = divmod(abs(amount), 100)
    return f"{'-' if amount < 0 else ''}{SIGN[currency]}{euros:,}.{cents:02}"


def who(view: View, name: str) -> str:
    """The guest of that name."""
    return str(next(guest for guest, one in view["guests"].items() if one["name"] == name))


def head(view: View) -> list[str]:
    """What stands on top of every guest's page."""
    totals = view["totals"]
    return [
        f"{price(totals['unpaid'])} left to pay",
        f"of {price(totals['total'])}",
        f"{price(totals['settled'])} paid",
        f"{price(totals['reserved'])} being paid",
    ]


def people(view: View, me: str) -> list[list[str]]:
    """What stands under everybody's name on the page of `me`."""
    return [_person(view, guest, me) for guest, one in view["guests"].items() if _takes_part(one)]


def _takes_part(guest: dict[str, Any]) -> bool:
    return not guest.get("left") or bool(guest["settled"] or guest["reserved"] or guest["due"])


def _person(view: View, guest: str, me: str) -> list[str]:
    one = view["guests"][guest]
    paying = any(each.get("guest") == guest and each["status"] in OPEN for each in view["payments"].values())
    is_through = not one["due"] and not one["reserved"] and one["settled"] > 0
    owes = price(one["due"]) if one["due"] else "–"
    return ["You" if guest == me else one["name"], "paying" if paying else "paid" if is_through else owes]


def bill(view: View) -> list[list[str]]:
    """Names and prices of everything that was ordered, as guests see them."""
    return [[line["name"], price(line["price"])] for line in _ordered(view)]


def charges(view: View) -> list[list[str]]:
    """The same with tax and service, as the floor shows it."""
    return [[line["name"], price(line["charged"])] for line in _ordered(view)]


def _ordered(view: View) -> list[dict[str, Any]]:
    return sorted(view["lines"].values(), key=lambda line: int(line["n"]))


def sums(view: View) -> list[str]:
    """What stands on top of a table's bill on the floor."""
    totals = view["totals"]
    reserved = [f"Being paid {price(totals['reserved'])}"] if totals["reserved"] else []
    tips = [f"Tips {price(totals['tips'])}"] if totals["tips"] else []
    total, paid, left = (price(totals[name]) for name in ("total", "settled", "unpaid"))
    return [f"Total {total}", f"Paid {paid}", *reserved, f"Left {left}", *tips]


def owing(view: View) -> list[list[str]]:
    """Who owes what, on the floor."""
    guests = view["guests"].values()
    nobody = view["totals"]["open"]
    taken = [[one["name"], price(one["due"])] for one in guests if not one.get("left") or one["due"] > 0]
    return [*taken, ["Nobody has taken this yet", price(nobody)]] if nobody and taken else taken


def missing(wanted: Iterable[str], shown: Iterable[str]) -> list[str]:
    """The words that are nowhere to be read."""
    text = " ".join(" ".join(shown).split())
    return [f"{words!r} is not in {text!r}" for words in wanted if words not in text]


def unlike(wanted: list[list[str]], shown: list[str]) -> list[str]:
    """The rows that do not say what they should, in their order."""
    if len(wanted) != len(shown):
        return [f"{len(shown)} rows instead of {len(wanted)}: {shown}"]
    return [problem for words, row in zip(wanted, shown, strict=True) for problem in missing(words, [row])]


def balanced(view: View) -> View:
    """The books, after a look at themselves: every cent of the total is unpaid, held or paid."""
    totals = view["totals"]
    assert totals["unpaid"] + totals["reserved"] + totals["settled"] - totals["credit"] == totals["total"]
    return view
