import asyncio
from itertools import pairwise

import pytest

from app.actions import bills, errors
from app.actions.guests import Joined
from app.domain.commands import SYSTEM, Actor, SetClaim, SetCovers
from app.storage.log import CommandKey
from tests.actions.conftest import MakeDesk
from tests.actions.evening import Evening


def _key(number: int, body: bytes = b"a" * 32) -> CommandKey:
    return CommandKey("c1", number, body)


async def _seat_more(evening: Evening, guest: Joined, number: int) -> bills.Changed:
    """Change how many sit there, under a number of its own."""
    return await bills.change(evening.desk, guest.stream, SetCovers(number + 1), by=SYSTEM, key=_key(number + 1))


async def test_a_command_sent_again_answers_with_its_version_and_does_nothing(evening: Evening) -> None:
    ana = await evening.seat("Ana")
    first = await bills.change(evening.desk, ana.stream, SetCovers(4), by=SYSTEM, key=_key(1))
    await bills.change(evening.desk, ana.stream, SetCovers(5), by=SYSTEM)
    again = await bills.change(evening.desk, ana.stream, SetCovers(4), by=SYSTEM, key=_key(1))
    assert (again.version, again.dup, again.events) == (first.version, True, ())
    assert (await evening.bill(ana.stream)).covers == 5


async def test_a_command_that_changed_nothing_is_remembered_too(evening: Evening) -> None:
    ana = await evening.seat("Ana")
    await bills.change(evening.desk, ana.stream, SetCovers(4), by=SYSTEM)
    first = await bills.change(evening.desk, ana.stream, SetCovers(4), by=SYSTEM, key=_key(1))
    assert first.events == ()
    assert (await bills.change(evening.desk, ana.stream, SetCovers(4), by=SYSTEM, key=_key(1))).dup


async def test_a_number_used_for_another_command_is_refused(evening: Evening) -> None:
    ana = await evening.seat("Ana")
    await bills.change(evening.desk, ana.stream, SetCovers(4), by=SYSTEM, key=_key(1))
    with pytest.raises(errors.Reused):
        await bills.change(evening.desk, ana.stream, SetCovers(5), by=SYSTEM, key=_key(1, b"b" * 32))


async def test_a_command_applied_before_is_known_even_where_it_would_be_refused_now(evening: Evening) -> None:
    ana, ben = await evening.seat("Ana"), await evening.seat("Ben")
    (line,) = await evening.order(ana, "Burger")
    claim, actor = SetClaim(line, ben.guest_id, 1), Actor("guest", ben.guest_id)
    await bills.change(evening.desk, ana.stream, claim, by=actor, key=_key(1))
    await evening.do(evening.team["waiter"], ana.stream, "line.void", line=line, reason="dropped")
    again = await bills.change(evening.desk, ana.stream, claim, by=actor, key=_key(1))
    assert again.dup
    with pytest.raises(errors.Reused):
        await bills.change(evening.desk, ana.stream, claim, by=actor, key=_key(1, b"b" * 32))


async def test_a_refused_command_is_not_remembered_and_decided_anew(evening: Evening) -> None:
    ana = await evening.seat("Ana")
    claim, actor = SetClaim("nowhere", ana.guest_id, 1), Actor("guest", ana.guest_id)
    for _ in range(2):
        with pytest.raises(errors.Refused) as caught:
            await bills.change(evening.desk, ana.stream, claim, by=actor, key=_key(1))
        assert caught.value.code == "not_found"


async def test_a_refusal_is_decided_on_the_newest_bill(make_desk: MakeDesk) -> None:
    one, other = [await Evening.at(await make_desk()) for _ in range(2)]
    ana = await one.seat("Ana")
    await other.bill(ana.stream)
    (line,) = await one.order(ana, "Burger")
    claim = SetClaim(line, ana.guest_id, 2)
    # The other node has not heard of the line yet; it looks before it refuses.
    changed = await bills.change(other.desk, ana.stream, claim, by=Actor("guest", ana.guest_id))
    assert changed.bill.lines[line].claims == {ana.guest_id: 2}


async def test_two_nodes_that_write_at_once_lose_nothing(make_desk: MakeDesk) -> None:
    nodes = [await Evening.at(await make_desk()) for _ in range(2)]
    ana = await nodes[0].seat("Ana")
    orders = [node.do(ana, ana.stream, "companion.add") for node in nodes for _ in range(8)]
    done = await asyncio.gather(*orders)
    assert sorted(one.version for one in done) == list(range(3, 19))
    assert len((await nodes[1].bill(ana.stream)).guests) == 17


async def test_commands_of_one_bill_share_their_transactions(evening: Evening) -> None:
    ana = await evening.seat("Ana")
    before = evening.desk.log.stats.batches
    done = await asyncio.gather(*(_seat_more(evening, ana, number) for number in range(16)))
    assert [each.version for each in done] == list(range(3, 19))
    assert evening.desk.log.stats.batches - before <= 4
    assert (await evening.bill(ana.stream)).version == 18


async def test_what_was_decided_on_a_command_that_failed_is_decided_again(make_desk: MakeDesk) -> None:
    one, other = [await Evening.at(await make_desk()) for _ in range(2)]
    ana = await one.seat("Ana")
    await other.bill(ana.stream)
    # The other node has not heard of it: all that it decides meanwhile stands on a bill that is no more.
    await _seat_more(one, ana, 40)
    done = await asyncio.gather(*(_seat_more(other, ana, number) for number in range(5)))
    assert sorted(each.version for each in done) == [4, 5, 6, 7, 8]
    assert (await one.bill(ana.stream)).covers == (await other.bill(ana.stream)).covers
    steps = [step for advance in other.ear.advances for step in advance.steps]
    assert [step.event.seq for step in steps][-5:] == [4, 5, 6, 7, 8]


async def test_a_repeated_command_does_not_take_those_behind_it_down(evening: Evening) -> None:
    ana = await evening.seat("Ana")
    first = await _seat_more(evening, ana, 0)
    again, *others = await asyncio.gather(*(_seat_more(evening, ana, number) for number in (0, 1, 2)))
    assert (again.version, again.dup) == (first.version, True)
    assert sorted(each.version for each in others) == [first.version + 1, first.version + 2]


async def test_what_was_committed_is_told_although_its_sender_went_away(evening: Evening) -> None:
    ana = await evening.seat("Ana")
    sender = asyncio.create_task(_seat_more(evening, ana, 0))
    for _ in range(3):
        await asyncio.sleep(0)  # As far as the queue of the log.
    assert evening.desk.shelf.take(ana.stream).last is not None
    sender.cancel()
    await asyncio.gather(sender, return_exceptions=True)
    await _seat_more(evening, ana, 1)
    steps = [step for advance in evening.ear.advances for step in advance.steps]
    assert [step.event.seq for step in steps] == [1, 2, 3, 4]


async def test_what_was_committed_is_announced_once_and_in_order(evening: Evening) -> None:
    ana = await evening.seat("Ana")
    await asyncio.gather(*(evening.do(ana, ana.stream, "companion.add") for _ in range(5)))
    steps = [step for advance in evening.ear.advances for step in advance.steps]
    assert [step.event.seq for step in steps] == list(range(1, 8))
    assert all(before.after == after.before for before, after in pairwise(steps))


async def test_a_refusal_says_the_name_of_whom_it_is_about(evening: Evening) -> None:
    ana, ben = await evening.seat("Ana"), await evening.seat("Ben")
    (line,) = await evening.order(ana, "Burger")
    await evening.pay(ana, ana.stream, paymentMethod="cash")
    with pytest.raises(errors.Refused) as caught:
        await evening.do(ben, ben.stream, "claims.set", line=line, guest=ben.guest_id, parts=1)
    assert caught.value.detail == "Ana is paying for Burger right now."


async def test_a_stream_that_is_not_there_is_not_found(evening: Evening) -> None:
    with pytest.raises(errors.NotFound):
        await bills.change(evening.desk, "nowhere", SetCovers(4), by=SYSTEM)
    with pytest.raises(errors.NotFound):
        await bills.newest(evening.desk, "nowhere")
