"""static/shared/socket.js: staying connected by the rules of the protocol, with a clock moved by hand."""

from typing import Any

import pytest

from tests.static.conftest import Run

pytestmark = pytest.mark.browser


async def test_the_first_frame_is_a_hello_with_what_we_have(run: Run) -> None:
    assert await run("""
        const {world, join} = lab.line(5); join()
        return [world.socket.protocol, world.socket.sent[0]]
    """) == [
        "splittable.v1.json",
        {"t": "hello", "v": 1, "cid": "me", "app": "test", "rooms": [{"r": "table:1", "since": {"e": "x", "n": 5}}]},
    ]


async def test_a_room_we_know_nothing_of_is_joined_without_a_position(run: Run) -> None:
    assert await run("""
        const {world, table, join} = lab.line()
        table.view = undefined; join()
        return world.socket.sent[0].rooms
    """) == [{"r": "table:1"}]


async def test_a_heartbeat_is_answered(run: Run) -> None:
    script = """
        const {world, join} = lab.line()
        join()
        world.socket.hear({t: "ping", r: "table:1", n: 1})
        return world.socket.of("pong")
    """
    assert await run(script) == [{"t": "pong"}]


async def test_a_gap_that_does_not_close_is_asked_for_once_within_400_ms(run: Run) -> None:
    assert await run("""
        const {world, join} = lab.line(); join()
        world.socket.hear(lab.ev(3, {a: 3}))
        world.pass(149); const early = world.socket.of("sync").length
        world.pass(251)
        return [early, world.socket.of("sync").map((frame) => frame.n)]
    """) == [0, [1]]


async def test_a_gap_that_closes_by_itself_is_not_asked_for(run: Run) -> None:
    assert (
        await run("""
        const {world, join} = lab.line(); join()
        world.socket.hear(lab.ev(3, {a: 3})); world.socket.hear(lab.ev(2, {a: 2})); world.pass(400)
        return world.socket.of("sync").length
    """)
        == 0
    )


async def test_after_35_s_of_silence_it_asks_and_after_3_more_it_reconnects(run: Run) -> None:
    assert await run("""
        const {world, join} = lab.line(); join()
        world.pass(34_000); const quiet = world.socket.of("sync").length
        world.pass(2_000); const asked = world.socket.of("sync").length
        const first = world.socket
        world.pass(4_000)
        return [quiet, asked, first.closedWith, world.sockets.length]
    """) == [0, 1, 1000, 2]


async def test_any_frame_is_a_sign_of_life(run: Run) -> None:
    assert await run("""
        const {world, join} = lab.line(); join()
        for (let turn = 0; turn < 5; turn += 1) { world.pass(25_000)
        world.socket.hear({t: "ping", r: "table:1", n: 1}) }
        return [world.socket.of("sync").length, world.sockets.length]
    """) == [0, 1]


async def test_a_command_unanswered_for_3_s_makes_it_ask(run: Run) -> None:
    assert await run("""
        const {world, live, table, join} = lab.line(); join()
        live.command(table, "a.b", {})
        world.pass(2_000); const early = world.socket.of("sync").length
        world.pass(2_000)
        return [world.socket.of("do").length, early, world.socket.of("sync").length]
    """) == [1, 0, 1]


async def test_waking_up_asks_at_once_and_reconnects_when_nothing_comes(run: Run) -> None:
    assert await run("""
        const {world, join} = lab.line(); join()
        world.pass(5_000); world.wake(); const asked = world.socket.of("sync").length
        world.pass(5_000)
        return [asked, world.sockets.length]
    """) == [1, 2]


async def test_back_off_is_full_jitter_up_to_20_s(run: Run) -> None:
    assert await run("""
        const {world} = lab.line()
        world.chance = 1 - 1e-9
        const waits = []
        for (let turn = 0; turn < 8; turn += 1) {
            const before = world.time, count = world.sockets.length
            world.socket.drop(1006)
            while (world.sockets.length === count) world.pass(50)
            waits.push(Math.round((world.time - before) / 100) / 10)
        }
        return waits
    """) == [0.5, 1, 2, 4, 8, 16, 20, 20]


async def test_five_seconds_of_uptime_start_the_back_off_anew(run: Run) -> None:
    assert await run("""
        const {world, live, join} = lab.line()
        for (let turn = 0; turn < 6; turn += 1) { world.socket.drop(1006)
        while (live.socket === null) world.pass(100) }
        const high = live.attempt
        join(); world.pass(5_000); world.socket.drop(1006)
        return [high, live.attempt]
    """) == [6, 1]


async def test_nothing_reconnects_while_nobody_looks(run: Run) -> None:
    assert await run("""
        const {world, join} = lab.line(); join()
        world.isHidden = true; world.socket.drop(1006); world.pass(60_000); const asleep = world.sockets.length
        world.isHidden = false; world.wake()
        return [asleep, world.sockets.length]
    """) == [1, 2]


ENDS = [1000, 1001, 1009, 4500, 4501, 4503, 4504, 4505, 4506, 4513]
RETURNS = [1006, 4400, 4408, 4409, 4410, 4413, 4429, 4441]


@pytest.mark.parametrize("code", ENDS)
async def test_after_these_codes_it_stays_away(run: Run, code: int) -> None:
    script = """
        const {world, live, join} = lab.line()
        join()
        world.socket.drop(given)
        world.pass(60_000)
        return [world.sockets.length, live.end]
    """
    assert await run(script, code) == [1, code]


@pytest.mark.parametrize("code", RETURNS)
async def test_after_these_codes_it_comes_back(run: Run, code: int) -> None:
    script = """
        const {world, join} = lab.line()
        join()
        world.socket.drop(given)
        world.pass(20_000)
        return world.sockets.length > 1
    """
    assert await run(script, code)


@pytest.mark.parametrize(
    ("code", "bye", "least", "most"),
    [(1012, None, 300, 8000), (1013, None, 3000, 10_000), (1006, [200, 400], 200, 400), (1006, None, 0, 500)],
)
async def test_the_wait_lies_between_the_bounds_it_was_given(
    run: Run, code: int, bye: list[int] | None, least: int, most: int
) -> None:
    waits = await run("""
        return [0, 0.5, 1 - 1e-9].map((luck) => {
            const {world, join} = lab.line(); join(); world.chance = luck
            const start = world.time
            if (given[1]) world.socket.hear({t: "bye", code: 1012, retry_ms: given[1]})
            world.socket.drop(given[0])
            while (world.sockets.length === 1) world.pass(10)
            return world.time - start
        })
    """, [code, bye])  # fmt: skip
    assert least <= waits[0] <= least + 10
    assert most - 10 <= waits[2] <= most + 10


async def test_a_bye_counts_more_than_the_code_a_proxy_made_of_it(run: Run) -> None:
    script = """
        const {world, live, join} = lab.line()
        join()
        world.socket.hear({t: "bye", code: 4504})
        world.socket.drop(1006)
        return live.end
    """
    assert await run(script) == 4504


async def test_an_expired_session_is_renewed_before_it_comes_back(run: Run) -> None:
    assert await run("""
        let renewed = 0, sockets
        const {world, join} = lab.line(1, {}, {renew: async () => { renewed += 1
        sockets = world.sockets.length }}); join()
        world.socket.drop(4441); await Promise.resolve(); await Promise.resolve()
        world.pass(1_000)
        return [renewed, sockets, world.sockets.length]
    """) == [1, 1, 2]


async def test_pending_commands_go_out_again_on_the_new_connection(run: Run) -> None:
    assert await run("""
        const {world, live, table, join} = lab.line(); join()
        live.command(table, "a.b", {x: 1}); world.socket.drop(1006); live.command(table, "c.d", {})
        world.pass(1_000); join()
        return world.socket.of("do").map((frame) => [frame.id, frame.k])
    """) == [[1, "a.b"], [2, "c.d"]]


async def test_many_pending_commands_go_out_no_faster_than_the_server_takes_them(run: Run) -> None:
    assert await run("""
        const {world, live, table, join} = lab.line()
        for (let turn = 0; turn < 40; turn += 1) live.command(table, "a.b", {turn})
        join()
        const sent = () => world.socket.of("do").length
        const counts = [sent()]
        for (const ms of [249, 1, 1_000, 2_000, 2_000, 2_000]) { world.pass(ms)
        world.socket.hear({t: "ping", r: "table:1", n: 1})
        counts.push(sent()) }
        return [counts, world.socket.of("do").every((frame, at) => frame.id === at + 1), world.sockets.length]
    """) == [[15, 15, 16, 20, 28, 36, 40], True, 1]


async def test_quick_taps_keep_their_order_behind_what_waits(run: Run) -> None:
    assert await run("""
        const {world, live, table, join} = lab.line(); join()
        for (let turn = 0; turn < 16; turn += 1) live.command(table, "a.b", {})
        world.pass(249); live.command(table, "last", {}); world.pass(501)
        return world.socket.of("do").map((frame) => frame.id)
    """) == list(range(1, 18))


async def test_a_waiting_command_that_is_already_confirmed_is_not_sent(run: Run) -> None:
    assert (
        await run("""
        const {world, live, table, join} = lab.line(); join()
        for (let turn = 0; turn < 16; turn += 1) live.command(table, "a.b", {})
        world.socket.hear(lab.ev(2, {a: 2}, {m: "me:16"})); world.pass(2_000)
        return world.socket.of("do").length
    """)
        == 15
    )


async def test_what_waited_on_a_lost_connection_starts_anew_on_the_next(run: Run) -> None:
    assert await run("""
        const {world, live, table, join} = lab.line(); join()
        for (let turn = 0; turn < 17; turn += 1) live.command(table, "a.b", {})
        world.socket.drop(1006); world.pass(1_000); join()
        const first = world.socket.of("do").length
        world.pass(500)
        return [first, world.socket.of("do").map((frame) => frame.id)]
    """) == [15, list(range(1, 18))]


async def test_a_patient_command_is_sent_again_with_the_same_number(run: Run) -> None:
    assert await run("""
        const {world, live, table, join} = lab.line(); join()
        live.command(table, "a.b", {})
        world.socket.hear({t: "err", id: 1, r: "table:1", code: "too_many", retry: true})
        world.pass(2_000)
        return world.socket.of("do").map((frame) => frame.id)
    """) == [1, 1]


async def test_staleness_is_told_in_whole_seconds_and_ends_with_the_next_frame(run: Run) -> None:
    lates: list[Any] = await run("""
        const {world, statuses, join} = lab.line(); join()
        world.pass(3_000); world.socket.drop(1006); world.isHidden = true; world.pass(9_000)
        world.isHidden = false; world.wake(); join()
        return statuses.map((status) => status.late)
    """)
    assert lates[-1] is None
    assert 12_000 in lates
    assert all(late is None or late % 1000 == 0 for late in lates)


async def test_several_rooms_share_one_line(run: Run) -> None:
    assert await run("""
        const {world, live, join} = lab.line(); join()
        const {Room} = await use("shared/room.js")
        live.add(new Room("floor:1", lab.sender()))
        join(); world.socket.hear({t: "snap", r: "floor:1", e: "b", n: 7, mid: 0, why: "first", d: {tables: {}}})
        return [world.socket.sent[0].rooms, live.rooms.get("floor:1").view]
    """) == [[{"r": "table:1", "since": {"e": "x", "n": 1}}, {"r": "floor:1"}], {"tables": {}}]


async def test_stopping_closes_the_line_and_leaves_no_timer(run: Run) -> None:
    script = """
        const {world, live, join} = lab.line()
        join()
        live.stop()
        return [world.sockets[0].closedWith, world.timers.length]
    """
    assert await run(script) == [1000, 0]
