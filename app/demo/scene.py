"""Twelve tables in different states, made by doing what would lead there: nothing is painted on."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from app.demo.people import Guest, Json, Waiter

LOOKS_MAX, LOOK_PAUSE_S = 100, 0.1
LIVE_TABLE = "4"
"""Where the simulated guests sit."""

Menu = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Stage:
    """What a scene is played with: the codes of the tables by label, the menu by name, and a waiter."""

    restaurant: str
    http: httpx.AsyncClient
    sandbox: str
    codes: Mapping[str, str]
    menu: Menu
    waiter: Waiter

    async def seat(self, table: str, *names: str) -> list[Guest]:
        """People who come together."""
        return [await Guest.join(self.http, self.sandbox, self.codes[table], name) for name in names]

    def item(self, name: str, quantity: int = 1, **chosen: Any) -> Json:
        """A dish as an order names it; questions that must be answered get their first answer."""
        dish = self.menu[name]
        answers = [
            group["modifiers"][place]["id"] for group in dish.get("modifierGroups", []) for place in range(group["min"])
        ]
        return {"menuItemId": dish["id"], "quantity": quantity, "modifierIds": answers, **chosen}


async def play(stage: Stage) -> None:
    """Set the whole floor. The tables are independent of each other."""
    scenes = (_seated, _ordered, _cooking, _served, _bill_asked, _part_paid, _paid, _to_clean, _called)
    for scene in scenes:
        await scene(stage)


async def _seated(stage: Stage) -> None:
    await stage.seat("1", "Nora")


async def _ordered(stage: Stage) -> None:
    ida, per = await stage.seat("2", "Ida", "Per")
    await ida.order(stage.item("Burrata"), stage.item("Côtes du Rhône, bottle"))
    await per.order(stage.item("Steak frites"), stage.item("Sea bream", note="no lemon, please"))


async def _cooking(stage: Stage) -> None:
    (ann,) = await stage.seat("3", "Ann")
    await ann.order(stage.item("Mushroom risotto"), stage.item("Sparkling water"))
    await stage.waiter.move_on(ann.session, "preparing", await ann.look())


async def _served(stage: Stage) -> None:
    guests = await stage.seat("5", "Luc", "Mia", "Tom")
    for guest, dish in zip(guests, ("Cassoulet", "Smash burger", "Bowl of the day"), strict=True):
        await guest.order(stage.item(dish), stage.item("Pale ale"))
    await stage.waiter.move_on(guests[0].session, "served", await guests[0].look())
    await guests[0].call("PUT", f"/table-sessions/{guests[0].session}/split", {"mode": "even"})


async def _bill_asked(stage: Stage) -> None:
    (eva,) = await stage.seat("6", "Eva")
    await eva.order(stage.item("Confit duck leg"), stage.item("Espresso", 2), stage.item("Tiramisu"))
    await stage.waiter.move_on(eva.session, "served", await eva.look())
    await eva.ask("bill")


async def _part_paid(stage: Stage) -> None:
    sam, kim = await stage.seat("7", "Sam", "Kim")
    await sam.order(stage.item("Steak frites"), stage.item("Riesling, glass", 2))
    await kim.order(stage.item("Sea bream"), stage.item("Crème brûlée"))
    await stage.waiter.move_on(sam.session, "served", await sam.look())
    await sam.pay_by_card(tipAmount=400)


async def _paid(stage: Stage) -> None:
    (ole,) = await stage.seat("8", "Ole")
    await ole.order(stage.item("Bowl of the day"), stage.item("Rhubarb spritz"))
    await stage.waiter.move_on(ole.session, "served", await ole.look())
    started = await ole.start_payment(paymentMethod="cash", tipAmount=200)
    await stage.waiter.confirm(ole.session, started["id"])


async def _to_clean(stage: Stage) -> None:
    (zoe,) = await stage.seat("9", "Zoë")
    await zoe.order(stage.item("Flat white"), stage.item("Tiramisu"))
    await stage.waiter.move_on(zoe.session, "served", await zoe.look())
    await zoe.pay_by_card("pm_card_mastercard", pays="everything")
    await _until_settled(zoe)
    await stage.waiter.do(zoe.session, "close")


async def _until_settled(guest: Guest) -> None:
    """The provider's news comes by itself; asking for the payment looks there too."""
    for _ in range(LOOKS_MAX):
        if (await guest.look())["tableSession"]["status"] == "settled":
            return
        await asyncio.sleep(LOOK_PAUSE_S)


async def _called(stage: Stage) -> None:
    leo, amy = await stage.seat("10", "Leo", "Amy")
    # Six sit there with two phones: the service charge for larger parties begins.
    await stage.waiter.call("PUT", f"/table-sessions/{leo.session}/covers", {"covers": 6})
    await leo.order(stage.item("Board of cheese"), stage.item("Riesling, bottle"))
    await amy.ask("waiter")
