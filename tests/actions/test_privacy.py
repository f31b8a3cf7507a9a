import json

import pytest
import sqlalchemy as sa

from app.actions import payments, privacy, proof
from app.actions.access import GuestAccess, StaffAccess
from app.actions.errors import NotAllowed, NotFound, Refused
from app.actions.guests import Joined
from app.storage import audit, heads
from app.storage.verify import verify
from tests.actions.conftest import MakeDesk
from tests.actions.evening import PIN, Evening

NAME = "Zacharias Quibble"


async def dined(evening: Evening) -> Joined:
    """Somebody who ordered, paid in cash and sits there still."""
    guest = await evening.seat(NAME)
    await evening.order(guest, "Burger")
    started = await evening.pay(guest, guest.stream, paymentMethod="cash")
    await evening.do(evening.team["waiter"], guest.stream, "payment.confirm", payment=started.id)
    return guest


def me(evening: Evening, guest: Joined) -> GuestAccess:
    return GuestAccess(guest.guest_id, guest.stream, evening.restaurant)


async def everything(evening: Evening) -> str:
    """All that lies in the database, as text."""
    found = []
    for table in ("guest_names", "events", "payments", "table_sessions", "audit_entries", "commands", "reviews"):
        for row in await evening.desk.database.rows(sa.text(f"SELECT * FROM {table}")):
            found += [bytes(each).decode(errors="replace") if isinstance(each, bytes) else str(each) for each in row]
    return "\n".join(found)


async def test_a_guest_is_told_everything_that_is_kept_of_them(evening: Evening) -> None:
    guest = await dined(evening)
    told = await privacy.export(evening.desk, guest.stream, guest.guest_id, by=me(evening, guest))
    assert told["guest"] == {"id": guest.guest_id, "name": NAME, "color": guest.color}
    assert [(one["method"], one["amount"], one["state"]) for one in told["payments"]] == [("cash", 1579, "succeeded")]
    assert len(told["sessions"]) == 1
    assert "order.placed" in [one["kind"] for one in told["events"]]
    assert (told["contacts"], told["reviews"]) == ([], [])
    (entry,) = await audit.newest(evening.desk.database, evening.restaurant)
    assert (entry.entry.what, entry.entry.by, entry.entry.role) == ("person.exported", guest.guest_id, "guest")


async def test_f59_an_erased_guest_is_nowhere_and_the_books_still_prove_themselves(
    evening: Evening, make_desk: MakeDesk
) -> None:
    guest = await dined(evening)
    database = evening.desk.database
    kept = [head async for head in heads.heads(database)]
    before = await payments.status(evening.desk, guest.stream)
    erased = await privacy.erase(evening.desk, guest.stream, guest.guest_id, by=evening.team["manager"])
    assert (erased["names"], erased["sessions"]) == (1, 1)
    assert NAME not in await everything(evening)
    told = await privacy.export(evening.desk, guest.stream, guest.guest_id, by=evening.team["manager"])
    assert NAME not in json.dumps(told, default=str)
    after = await payments.status(await make_desk(), guest.stream)
    assert {**after, "payments": [payment["id"] for payment in after["payments"]]} == {
        **before,
        "payments": [payment["id"] for payment in before["payments"]],
    }
    report = await verify(database, proof.replay)
    assert report.faults == []
    assert await heads.differences(database, kept) == []
    told_of = [one.entry.what for one in await audit.newest(database, evening.restaurant, limit=2)]
    assert told_of == ["person.exported", "person.erased"]


async def test_whoever_erases_themselves_at_the_table_has_left_it(evening: Evening) -> None:
    guest = await dined(evening)
    await privacy.erase(evening.desk, guest.stream, guest.guest_id, by=me(evening, guest))
    assert (await evening.bill(guest.stream)).guests[guest.guest_id].left
    assert evening.ear.gone == [guest.guest_id]
    names = [advance.names.get(guest.guest_id) for advance in evening.ear.advances[-2:]]
    assert NAME not in names


async def test_nobody_is_erased_while_their_money_is_under_way(evening: Evening) -> None:
    guest = await evening.seat(NAME)
    await evening.order(guest, "Burger")
    await evening.pay(guest, guest.stream, paymentMethod="cash")
    with pytest.raises(Refused) as refused:
        await privacy.erase(evening.desk, guest.stream, guest.guest_id, by=me(evening, guest))
    assert refused.value.code == "payment_open"
    assert not (await evening.bill(guest.stream)).guests[guest.guest_id].left


async def test_nobody_else_is_told_or_erases(evening: Evening) -> None:
    other = await evening.seat("Ben")
    guest = await dined(evening)
    elsewhere = await Evening.at(evening.desk, PIN)
    stranger = StaffAccess("stranger", elsewhere.restaurant, "owner", "Stranger")
    for who in (me(evening, other), stranger, GuestAccess(guest.guest_id, other.stream + "x", evening.restaurant)):
        for act in (privacy.export, privacy.erase):
            with pytest.raises(NotFound):
                await act(evening.desk, guest.stream, guest.guest_id, by=who)
    with pytest.raises(NotAllowed):
        await privacy.export(evening.desk, guest.stream, guest.guest_id, by=evening.team["waiter"])
    with pytest.raises(NotFound):
        await privacy.export(evening.desk, guest.stream, "nobody", by=evening.team["owner"])


async def test_erasing_twice_is_erasing_once(evening: Evening) -> None:
    guest = await dined(evening)
    for count in (1, 0):
        erased = await privacy.erase(evening.desk, guest.stream, guest.guest_id, by=evening.team["owner"])
        assert erased["names"] == count
