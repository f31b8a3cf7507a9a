"""What every phone at the table sees, and what the floor shows."""

from datetime import timedelta
from functools import cache
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import commands as cm
from app.domain.bill import EMPTY, Bill
from app.domain.events import FACTS, Event, HoldPlaced
from app.domain.evolve import evolve
from app.domain.tile import summary
from app.domain.view import merge, patch, timestamp, view
from tests.domain.evening import load, replay
from tests.domain.visit import MANAGER, START, WAITER, Visit, has_null, me, sharing, table_of

NAMES = {"ana": "Ana", "bob": "Bob"}


@cache
def examples() -> dict[str, list[tuple[Bill, Event]]]:
    """Every event of the written evening by its kind, with the bill that it happened to."""
    bills: dict[str, Bill] = {}
    found: dict[str, list[tuple[Bill, Event]]] = {}
    for turn in (turn for turns in replay(load()["steps"]) for turn in turns):
        for event in turn.events:
            bill = bills.get(turn.stream, EMPTY)
            found.setdefault(event.fact.kind, []).append((bill, event))
            bills[turn.stream] = evolve(bill, event)
    return found


@pytest.mark.parametrize("kind", sorted(FACTS))
def test_old_view_and_patch_make_the_new_view(kind: str) -> None:
    for bill, event in examples()[kind]:
        old, new = view(bill, NAMES), view(evolve(bill, event), NAMES)
        change = orjson.loads(orjson.dumps(patch(old, new)))
        assert merge(old, change) == new
        assert merge(merge(old, change), change) == new
        assert not has_null(new)


@pytest.mark.parametrize("kind", sorted(FACTS))
def test_a_view_and_a_tile_are_plain_json(kind: str) -> None:
    for bill, event in examples()[kind]:
        after = evolve(bill, event)
        assert orjson.loads(orjson.dumps(view(after, NAMES))) == view(after, NAMES)
        assert orjson.loads(orjson.dumps(summary(after))) == summary(after)
        assert not has_null(summary(after))


def test_the_members_of_the_view_are_those_of_the_api() -> None:
    visit = sharing(3000, "ana", "bob")
    payment = visit.pay("ana", tip=100)
    shown = view(visit.bill, NAMES)
    assert shown["tableSession"] == {
        "id": "visit",
        "status": "settling",
        "covers": 2,
        "table": {"id": "table of visit", "label": "7"},
        "restaurant": {"id": "restaurant", "name": "Chez Nous"},
        "currency": "USD",
        "taxInclusive": False,
        "openedAt": timestamp(visit.log[0].at),
        "expiresAt": timestamp(visit.log[-1].at.replace(second=0) + timedelta(hours=3, minutes=1)),
    }
    assert shown["guests"]["ana"] == {
        "name": "Ana",
        "color": "teal",
        "due": 0,
        "reserved": 0,
        "settled": 1500,
        "tip": 100,
        "left": False,
    }
    assert shown["split"] == {"mode": "items", "parts": {}, "consumed": {}, "amounts": {}}
    assert shown["payments"][payment]["allocations"] == {"wine": {"ana": 1500}}
    line = shown["lines"]["wine"]
    assert (line["n"], line["claims"], line["charged"], line["unpaid"]) == (1, {"ana": 1, "bob": 1}, 3000, 1500)
    assert "discounts" in shown
    assert shown["holds"] == {}


def test_totals_add_up_with_discounts_service_and_tax() -> None:
    visit = Visit(tax_ppm=88_750, service_ppm=180_000, covers=2)
    visit.order(None, burger=1450, soup=900, tea=333)
    visit.do(cm.VoidLine("soup", "cold", "v"))
    visit.do(cm.SetDiscount("d", "birthday", "all", ppm=100_000), MANAGER)
    totals = visit.view["totals"]
    assert totals["discount"] == 145 + 33
    assert totals["subtotal"] + totals["tax"] + totals["service"] - totals["discount"] == totals["total"]
    assert totals["taxes"] == {"88750": totals["tax"]}


def test_prices_with_tax_inside_add_up_too() -> None:
    visit = Visit(tax_ppm=200_000, inclusive=True)
    visit.order(None, burger=1200)
    visit.do(cm.DiscountLine("burger", "cold", "d", amount=600), MANAGER)
    totals = visit.view["totals"]
    assert (totals["subtotal"] + totals["tax"] - totals["discount"], totals["total"]) == (600, 600)


def test_a_guest_who_was_removed_is_shown_as_gone_with_what_they_paid() -> None:
    visit = sharing(3000, "ana", "bob")
    visit.pay("bob")
    visit.do(cm.RemoveGuest("bob", "rude"), MANAGER)
    assert visit.view["guests"]["bob"]["left"] is True
    assert visit.view["guests"]["bob"]["settled"] == 1500


def test_a_voided_and_a_comped_line_say_so_with_the_reason() -> None:
    visit = table_of("ana")
    visit.order(None, soup=900, cake=500)
    visit.do(cm.VoidLine("soup", "cold", "v"))
    visit.do(cm.CompLine("cake", "birthday", "c"), MANAGER)
    shown = {name: (line["status"], line["reason"], line["charged"]) for name, line in visit.view["lines"].items()}
    assert shown == {"soup": ("voided", "cold", 0), "cake": ("comped", "birthday", 0)}


def test_named_amounts_and_shares_stand_where_the_api_says() -> None:
    visit = sharing(3000, "ana", "bob")
    visit.do(cm.SetSplit("even", 3))
    visit.pay("ana")
    assert visit.view["split"] == {
        "mode": "even",
        "shares": 3,
        "parts": {"ana": 1, "bob": 1},
        "consumed": {"ana": 1},
        "amounts": {},
    }
    visit.do(cm.SetSplit("amounts"))
    visit.do(cm.SetParts("bob", amount=700), me("bob"))
    assert visit.view["split"] == {"mode": "amounts", "parts": {}, "consumed": {}, "amounts": {"bob": 700}}


def test_money_that_staff_took_for_nobody_has_a_name_in_the_view() -> None:
    visit = sharing(3000, "ana")
    visit.order(None, water=500)
    payment = visit.pay(None, cm.PayEverything(), "cash")
    assert visit.view["payments"][payment]["allocations"]["water"] == {"open": 500}
    assert visit.view["lines"]["water"]["paidBy"] == {"open": 500}


def test_a_visit_that_ended_expires_no_more() -> None:
    visit = table_of("ana")
    visit.do(cm.CloseSession("done"))
    assert "expiresAt" not in visit.view["tableSession"]


def test_times_are_utc_with_microseconds() -> None:
    assert timestamp(START) == "2026-03-06T19:00:00.000000Z"


# The floor


def tile(visit: Visit) -> tuple[str, str, list[str]]:
    shown = summary(visit.bill)
    return shown["service"], shown["money"], shown["session"]["attention"]


def test_a_tile_follows_the_evening() -> None:
    visit = table_of("ana", "bob")
    assert tile(visit) == ("seated", "none", [])
    visit.order("ana", soup=900)
    visit.order("bob", cake=500)
    assert tile(visit) == ("ordering", "none", [])
    visit.do(cm.SetLineStatus(("soup",), "preparing"))
    assert tile(visit)[0] == "cooking"
    visit.do(cm.SetLineStatus(("soup", "cake"), "served"))
    visit.do(cm.MakeRequest("r", "bill", "ana"), me("ana"))
    assert tile(visit) == ("served", "bill_asked", ["called"])
    visit.do(cm.AnswerRequest("r"), WAITER)
    payment = visit.start("ana")
    assert tile(visit)[1] == "paying"
    visit.succeed(payment)
    assert tile(visit)[1] == "part_paid"
    visit.pay("bob")
    assert tile(visit)[1] == "paid"


def test_a_table_whose_last_phone_left_with_money_unpaid_needs_attention() -> None:
    visit = sharing(3000, "ana")
    visit.do(cm.LeaveGuest("ana"), me("ana"))
    assert tile(visit)[1:] == ("attention", ["left"])


def test_cash_that_waits_and_a_surplus_call_somebody_over() -> None:
    visit = sharing(3000, "ana", "bob")
    late = visit.start("ana")
    visit.do(cm.ReleasePayment(late, "phone died"), MANAGER)
    cash = visit.start("bob", cm.PayEverything(), "cash")
    assert tile(visit)[1:] == ("paying", ["cash"])
    assert summary(visit.bill)["session"]["cashSince"] == timestamp(visit.payment(cash).at)
    visit.do(cm.ConfirmPayment(cash))
    assert "cashSince" not in summary(visit.bill)["session"]
    visit.succeed(late)
    assert tile(visit)[1:] == ("attention", ["surplus"])


def test_a_tile_counts_phones_and_not_companions() -> None:
    visit = table_of("ana")
    visit.do(cm.JoinGuest("kid", "red", companion_of="ana"), me("ana"))
    shown = summary(visit.bill)["session"]
    assert (shown["phones"], shown["covers"]) == (1, 2)


def test_a_hold_is_shown_with_its_guest() -> None:
    visit = table_of("ana")
    visit.record(HoldPlaced("tab", "ana", 5000))
    assert visit.view["holds"] == {"tab": {"guest": "ana", "amount": 5000, "status": "placed"}}


# Merge patches

plain: st.SearchStrategy[Any] = st.recursive(
    st.booleans() | st.integers(0, 3) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text("abc", max_size=1), inner, max_size=3),
    max_leaves=8,
)
documents = st.dictionaries(st.text("abc", max_size=1), plain, max_size=4)


@given(documents, documents)
def test_a_patch_turns_any_document_into_any_other(old: dict[str, Any], new: dict[str, Any]) -> None:
    change = patch(old, new)
    assert merge(old, change) == new
    assert merge(merge(old, change), change) == new
    assert (change == {}) == (old == new)


def test_the_examples_of_the_rfc() -> None:
    assert merge({"a": "b", "c": {"d": "e", "f": "g"}}, {"a": "z", "c": {"f": None}}) == {"a": "z", "c": {"d": "e"}}
    assert merge({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}) == {"a": {"b": "d"}}
    assert merge({"a": "b"}, ["c"]) == ["c"]
    assert merge("a", {"b": None, "c": 1}) == {"c": 1}
