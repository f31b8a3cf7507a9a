"""The books over HTTP: who may read them, and that every answer has the shape that is described."""

from typing import Any

import pytest
from pydantic import BaseModel

from app.web import replies as told
from tests.web.house import V1, House
from tests.web.people import Member, keyed, sign_in, sit


@pytest.fixture(scope="session")
async def owner(house: House) -> Member:
    """An owner of the second restaurant, whose books nobody else writes in."""
    return await sign_in(house, "owner", house.elsewhere)


def strictly(reply: type[BaseModel], body: dict[str, Any]) -> dict[str, Any]:
    """The answer, when it has the members of its shape and no others."""
    found = reply.model_validate(body)
    assert not found.model_extra
    return body


async def test_a_day_is_closed_with_its_drawer(house: House, owner: Member) -> None:
    key = keyed()
    opened = await owner.http.post(f"{V1}/drawer/open", json={"float": 5000}, headers=key)
    again = await owner.http.post(f"{V1}/drawer/open", json={"float": 5000}, headers=key)
    assert (opened.status_code, again.status_code, again.json()) == (201, 201, opened.json())
    other = await owner.http.post(f"{V1}/drawer/open", json={"float": 1}, headers=keyed())
    assert (other.status_code, other.json()["code"]) == (409, "drawer_open")
    ana = await sit(house, house.elsewhere, name="Ana")
    await ana.order(house.elsewhere, "Bread")
    started = (await ana.pay(paymentMethod="cash", tipAmount=100)).json()
    await owner.at(ana, f"/payments/{started['id']}/confirm", {"given": 500})
    strictly(told.CurrentDrawer, (await owner.http.get(f"{V1}/drawer")).json())
    counted = await owner.http.post(f"{V1}/drawer/count", json={"counted": 5300, "note": "short"}, headers=keyed())
    assert strictly(told.Drawer, counted.json())["difference"] == -100
    day = strictly(told.DayReport, (await owner.http.get(f"{V1}/reports/day")).json())
    assert (day["payments"]["total"], day["tips"]["collected"], day["balanced"]) == (400, 100, True)
    assert day["drawers"][0]["change"] == 100
    none = await owner.http.post(f"{V1}/drawer/count", json={"counted": 1}, headers=keyed())
    assert (none.status_code, none.json()["code"]) == (409, "no_drawer")


async def test_tips_are_ruled_earned_and_told(house: House, owner: Member) -> None:
    team = strictly(told.Team, (await owner.http.get(f"{V1}/team")).json())["team"]
    rule = {"by": "points", "points": {"waiter": 10}}
    strictly(told.TipRule, (await owner.http.put(f"{V1}/tips/rule", json=rule)).json())
    assert strictly(told.TipRule, (await owner.http.get(f"{V1}/tips/rule")).json())["by"] == "points"
    waiter = next(one["id"] for one in team if one["role"] == "waiter")
    shift = {"staffId": waiter, "date": "2026-11-20", "minutes": 60}
    made = await owner.http.post(f"{V1}/shifts", json=shift)
    assert made.status_code == 201
    strictly(told.Shift, made.json())
    days = {"from": "2026-11-20", "to": "2026-11-21"}
    assert len(strictly(told.Shifts, (await owner.http.get(f"{V1}/shifts", params=days)).json())["shifts"]) == 1
    strictly(told.TipPool, (await owner.http.get(f"{V1}/tips", params=days)).json())
    asked = {**days, "staffId": waiter}
    statement = strictly(told.TipStatement, (await owner.http.get(f"{V1}/tips/statement", params=asked)).json())
    assert (statement["minutes"], statement["role"]) == (60, "waiter")
    assert (await owner.http.delete(f"{V1}/shifts/{made.json()['id']}")).status_code == 204
    assert (await owner.http.delete(f"{V1}/shifts/{made.json()['id']}")).status_code == 404


async def test_an_account_is_set_by_the_owner_and_payouts_need_one(house: House, owner: Member) -> None:
    none = await owner.http.get(f"{V1}/payouts")
    assert (none.status_code, none.json()["code"]) == (409, "not_connected")
    key = {"authorization": "Bearer sk_test_sandbox"}
    async with house.client() as anybody:
        made = await anybody.post(f"{house.sandbox.url}/v1/accounts", data={"type": "express"}, headers=key)
    account = made.json()["id"]
    settings = {"stripeAccount": account, "applicationFeePpm": 15000, "applicationFeeFixed": 0, "dayStartsAt": "04:00"}
    changed = await owner.http.put(f"{V1}/connect", json=settings)
    assert strictly(told.Connection, changed.json()) == settings
    assert (await owner.http.get(f"{V1}/connect")).json() == settings
    assert strictly(told.Payouts, (await owner.http.get(f"{V1}/payouts")).json()) == {"account": account, "payouts": []}
    assert (await owner.http.get(f"{V1}/payouts", params={"limit": "0"})).status_code == 422
    back = await owner.http.put(f"{V1}/connect", json={"dayStartsAt": "04:00"})
    assert "stripeAccount" not in back.json()


async def test_payments_are_told_as_figures_of_ones_own_restaurant(house: House, owner: Member) -> None:
    own = {"restaurantId": house.elsewhere.id, "dateFrom": "2026-11-01"}
    strictly(told.PaymentAnalytics, (await owner.http.get(f"{V1}/analytics/payments", params=own)).json())
    other = await owner.http.get(f"{V1}/analytics/payments", params={"restaurantId": house.here.id})
    assert (other.status_code, other.json()["code"]) == (404, "not_found")
    for wrong in ({"dateFrom": "yesterday"}, {"dateFrom": "2026-11-20", "dateTo": "2026-11-19"}):
        answer = await owner.http.get(f"{V1}/analytics/payments", params=wrong)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


@pytest.mark.parametrize("path", ["reports/day", "payouts", "connect", "tips", "tips/rule", "team", "shifts"])
async def test_a_waiter_reads_none_of_the_houses_books(waiter: Member, path: str) -> None:
    assert (await waiter.http.get(f"{V1}/{path}")).status_code == 403


async def test_money_in_the_drawer_needs_a_key(waiter: Member) -> None:
    answer = await waiter.http.post(f"{V1}/drawer/open", json={"float": 1})
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_required")
