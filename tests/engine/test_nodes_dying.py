"""A node dies at the worst moment: under load, between the batch and its answer, between the commit and its message."""

import asyncio
from functools import partial

from tests.engine.form import IS_THOROUGH
from tests.engine.phones import Phone
from tests.engine.town import HEADS_CHECK_S, Town, joined, worked
from tests.nodes import eventually

STORM_TABLES, STORM_PHONES = (25, 25) if IS_THOROUGH else (5, 5)
COMMANDS = 50 if IS_THOROUGH else 4
STORM_WITHIN_S = 300 if IS_THOROUGH else 60


async def test_a_node_dies_before_a_commit_after_it_and_before_its_message_is_sent(built: Town) -> None:
    """Ana's is in no commit, Ben's in one that nobody heard of, Cem's was answered and never published."""
    async with asyncio.timeout(90):
        first = built.nodes[0]
        parties = [await built.party(2) for _ in range(3)]
        (ana, _), (ben, _), (cem, cems) = parties
        before = {phone.name: await _version(built, phone) for phone in (ana, ben, cem)}
        first.bus.is_mute = True
        cem.do()
        await worked([cem], 1)
        first.wires.is_silent = True
        ben.do()
        await eventually(partial(_is_committed, built, ben, before[ben.name]))
        ana.do()
        await eventually(lambda: _is(first.wires.held > 0))
        first.process.kill()
        first.wires.heal()
        first.bus.heal()
        assert (ana.acknowledged, ben.acknowledged) == ({}, {})
        assert await _version(built, ana) == before[ana.name]
        await eventually(lambda: _is(cems.n == before[cem.name] + 1), within_s=20 * HEADS_CHECK_S)
        for party in parties:
            await built.sound(party)
        for phone in (ana, ben, cem):
            assert phone.acknowledged == {1: before[phone.name] + 1}
            assert await _version(built, phone) == before[phone.name] + 1


async def test_a_node_killed_under_load_loses_nothing_and_the_storm_of_its_phones_comes_in_elsewhere(
    built: Town,
) -> None:
    async with asyncio.timeout(2 * STORM_WITHIN_S):
        busy = await built.party(4, 4)
        away: list[Phone] = []
        for _ in range(STORM_TABLES):
            # One table after another: all at once would be sent on to the other node by the limit of joins.
            away += built.phones(await built.seats(8) * STORM_PHONES, 0)
            await joined(away, within_s=STORM_WITHIN_S)
        for phone in busy:
            phone.busy()
        await worked(busy, COMMANDS)
        built.nodes[0].process.kill()
        await eventually(lambda: _is(all(phone.joins["resumed"] for phone in away)), within_s=STORM_WITHIN_S)
        await worked(busy, COMMANDS)
        assert {why for phone in away for why in phone.joins} == {"first", "resumed"}
        # Whose table goes on while they wait for their turn in the storm may have missed more than is sent again.
        assert {why for phone in busy for why in phone.joins} <= {"first", "resumed", "too_far"}
        await built.sound([*busy, *away], within_s=STORM_WITHIN_S)
        assert (await built.nodes[1].figures())["splittable_realtime_sockets"] >= len(away) + len(busy)


async def _version(built: Town, phone: Phone) -> int:
    head = await built.desk.log.head(phone.seat.stream)
    assert head is not None
    return head.version


async def _is_committed(built: Town, phone: Phone, before: int) -> bool:
    """Let the database say one thing more, unless it has already written what nobody has heard of."""
    if await _version(built, phone) > before:
        return True
    built.nodes[0].wires.step()
    return False


async def _is(value: bool) -> bool:
    return value
