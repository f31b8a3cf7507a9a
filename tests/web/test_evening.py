"""One evening over HTTP, on the embedded defaults and on PostgreSQL with Redis."""

import asyncio
from collections import Counter
from typing import Any

from tests.web.house import V1, House
from tests.web.people import sign_in, sit
from tests.web.test_payments import confirm, ended


async def test_two_guests_order_pay_by_card_and_in_cash_and_the_table_is_settled(any_house: House) -> None:
    house = any_house
    ana = await sit(house, name="Ana")
    ben = await sit(house, table=ana.table, name="Ben")
    waiter = await sign_in(house)
    await ana.order(house.here)
    await ben.order(house.here, "Mint", 90)
    start = (await ana.get()).json()
    waiting = asyncio.create_task(
        ben.get("/events", params={"since": f"{start['epoch']}.{start['version']}", "wait": 20})
    )
    taps = await asyncio.gather(*(ana.pay("double-tap") for _ in range(3)))
    started = next(tap.json() for tap in taps if tap.status_code == 201)
    assert {tap.status_code for tap in taps} <= {201, 409}
    assert (await waiting).json()["events"][0]["k"] == "payment.started"
    await confirm(house, started)
    assert (await ended(ana, started["id"]))["status"] == "succeeded"
    cash = (await ben.pay(paymentMethod="cash", tipAmount=100)).json()
    assert (await waiter.at(ben, f"/payments/{cash['id']}/confirm", {})).status_code == 200
    view = await ana.view()
    assert view["tableSession"]["status"] == "settled"
    assert view["totals"]["settled"] == view["totals"]["total"] == 1579 + 900
    assert (await waiter.at(ana, "/close")).status_code == 200
    assert (await waiter.http.get(f"{V1}/floor")).json()["tables"][ana.table.table_id]["service"] == "to_clean"


async def test_of_two_who_pay_for_the_same_line_exactly_one_wins(any_house: House) -> None:
    house = any_house
    ana = await sit(house, name="Ana")
    ben = await sit(house, table=ana.table, name="Ben")
    line = await ana.order(house.here)
    both = await asyncio.gather(*(guest.pay(pays={"lines": [line]}, paymentMethod="cash") for guest in (ana, ben)))
    assert sorted(answer.status_code for answer in both) == [201, 409]
    loser = next(answer for answer in both if answer.status_code == 409)
    assert loser.json()["code"] == "share_being_paid"


async def test_limits_hold_on_both(any_house: House) -> None:
    guest = await sit(any_house)
    answers: list[Any] = await asyncio.gather(*(guest.pay(f"key-{number}") for number in range(30)))
    codes = Counter(answer.status_code for answer in answers)
    assert set(codes) == {409, 429}
    assert codes[409] >= 10


async def test_text_of_every_kind_survives_the_database(any_house: House) -> None:
    name = "Zoë 💥 \u202eمرحبا 'DROP\\"
    guest = await sit(any_house, name=name)
    assert (await guest.view())["guests"][guest.id]["name"] == name


async def test_health_tells_which_parts_there_are(big_house: House) -> None:
    async with big_house.client() as probe:
        assert (await probe.get("/health/redis")).json() == {"status": "ok"}
        told = (await probe.get("/health")).json()
        assert told["checks"] == {"db": "ok", "redis": "ok", "stripe": "ok", "realtime": "ok"}
