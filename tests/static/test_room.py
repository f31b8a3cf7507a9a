"""static/shared/room.js: whatever the network does to the frames, the view comes out as the server has it."""

import pytest

from tests.static.conftest import Run

pytestmark = pytest.mark.browser


async def test_events_are_applied_in_order(run: Run) -> None:
    assert await run("""
        const room = lab.room()
        room.receive(lab.ev(2, {a: 2})); room.receive(lab.ev(3, {b: 1}))
        return [room.n, room.view]
    """) == [3, {"a": 2, "b": 1}]


async def test_a_repeated_event_does_nothing(run: Run) -> None:
    assert await run("""
        const room = lab.room()
        room.receive(lab.ev(2, {a: 2})); const again = room.receive(lab.ev(2, {a: 9}))
        return [room.n, room.view, again.changes.length, again.drawn]
    """) == [2, {"a": 2}, 0, False]


async def test_an_early_event_waits_for_the_missing_one(run: Run) -> None:
    assert await run("""
        const room = lab.room()
        const early = room.receive(lab.ev(4, {a: 4})), next = room.receive(lab.ev(3, {a: 3}))
        const waiting = [early.gap, next.gap, room.n]
        const filled = room.receive(lab.ev(2, {a: 2}))
        return [...waiting, filled.changes.map((one) => one.n), room.view.a, room.hasGap]
    """) == [True, True, 1, [2, 3, 4], 4, False]


async def test_a_snapshot_replaces_everything(run: Run) -> None:
    assert await run("""
        const room = lab.room()
        room.receive(lab.ev(9, {a: 9})); room.receive(lab.snap(20, {b: 2}, {e: "y"}))
        return [room.n, room.epoch, room.view, room.hasGap]
    """) == [20, "y", {"b": 2}, False]


async def test_a_heartbeat_with_a_newer_number_asks_for_what_is_missing(run: Run) -> None:
    assert await run("""
        const room = lab.room()
        const ask = (n) => room.receive({t: "ping", r: "table:1", n}).send.map((frame) => [frame.t, frame.n])
        return [ask(1), ask(3)]
    """) == [[], [["sync", 1]]]


async def test_a_command_shows_at_once_and_stays_when_its_event_comes(run: Run) -> None:
    assert await run("""
        const room = lab.room()
        const {frame, done} = room.command("claims.set", {parts: 1}, () => ({a: 7}), 0)
        const before = [room.view.a, room.shown.a]
        room.receive(lab.ev(2, {a: 7}, {m: `me:${frame.id}`})); await done
        return [frame, before, room.view.a, room.pending.size]
    """) == [{"t": "do", "id": 1, "r": "table:1", "k": "claims.set", "d": {"parts": 1}}, [1, 7], 7, 0]


async def test_a_refused_command_is_rolled_back_and_says_why(run: Run) -> None:
    assert await run("""
        const room = lab.room()
        const {done} = room.command("claims.set", {}, () => ({a: 7}), 0)
        room.receive({t: "err", id: 1, r: "table:1", code: "already_paid", msg: "Ana has paid for Tacos"})
        return [room.shown.a, await done.catch((why) => [why.code, why.message])]
    """) == [1, ["already_paid", "Ana has paid for Tacos"]]


async def test_a_command_that_changed_nothing_ends_with_its_answer(run: Run) -> None:
    assert (
        await run("""
        const room = lab.room()
        const {done} = room.command("claims.set", {}, null, 0)
        room.receive({t: "ack", id: 1, r: "table:1", n: 1}); await done
        return room.pending.size
    """)
        == 0
    )


async def test_an_answer_that_overtakes_its_event_keeps_the_change_on_screen(run: Run) -> None:
    assert await run("""
        const room = lab.room()
        room.command("claims.set", {}, () => ({a: 7}), 0)
        room.receive({t: "ack", id: 1, r: "table:1", n: 3})
        const between = room.shown.a
        room.receive(lab.ev(2, {b: 1})); room.receive(lab.ev(3, {a: 7}, {m: "me:1"}))
        return [between, room.shown, room.pending.size]
    """) == [7, {"a": 7, "b": 1}, 0]


async def test_another_tabs_command_confirms_nothing_of_ours(run: Run) -> None:
    assert await run("""
        const room = lab.room()
        room.command("claims.set", {}, () => ({a: 7}), 0)
        room.receive(lab.ev(2, {a: 3}, {m: "you:1"}))
        return [room.view.a, room.shown.a, room.pending.size]
    """) == [3, 7, 1]


async def test_what_is_pending_goes_out_again_after_a_resume(run: Run) -> None:
    assert await run("""
        const room = lab.room()
        room.command("a.b", {}, null, 0); room.command("c.d", {}, null, 0); room.lost()
        const again = room.receive({t: "resumed", r: "table:1", e: "x", from: 1, to: 2, mid: 1}).send
        room.receive({t: "ack", id: 1, r: "table:1", n: 2, dup: true})
        room.receive(lab.ev(2, {b: 1}))
        return [again.map((frame) => frame.id), [...room.pending.keys()]]
    """) == [[1, 2], [2]]


async def test_a_command_asked_to_wait_is_tried_again_five_times_at_most(run: Run) -> None:
    assert await run("""
        const room = lab.room()
        room.joined = true
        const {done} = room.command("a.b", {}, null, 0)
        let tries = 1
        for (let turn = 0; turn < 9; turn += 1) {
            const {retry} = room.receive({t: "err", id: 1, r: "table:1", code: "too_many", retry: true})
            if (retry !== null && room.again(retry, 0)) tries += 1
        }
        return [tries, await done.catch((why) => why.code)]
    """) == [5, "too_many"]


async def test_presence_with_a_hole_asks_for_everybody(run: Run) -> None:
    assert await run("""
        const room = lab.room()
        room.receive({t: "pres", r: "table:1", pv: 3, on: ["a", "b"], full: true})
        room.receive({t: "pres", r: "table:1", pv: 4, on: ["c"], off: ["a"]})
        const {send} = room.receive({t: "pres", r: "table:1", pv: 6, on: ["d"]})
        return [[...room.present], send.map((frame) => [frame.t, frame.pv])]
    """) == [["b", "c", "d"], [["sync", 4]]]


async def test_a_room_that_does_not_let_us_in_says_so(run: Run) -> None:
    assert await run("""
        const room = lab.room()
        room.receive({t: "err", r: "table:1", code: "forbidden", retry: false})
        return [room.joined, room.barred]
    """) == [False, "forbidden"]


@pytest.mark.parametrize("seed", range(20))
async def test_it_converges_over_a_line_that_drops_repeats_and_reorders(run: Run, seed: int) -> None:
    assert await run(
        """
        const random = lab.chance(given + 1), log = new lab.Log(random)
        const room = lab.room(0, log.view)
        const air = []
        const commands = []
        for (let step = 0; step < 300; step += 1) {
            const act = random(10)
            if (act < 4) air.push(log.change())
            else if (act === 4) { const {frame} = room.command("x.y", {}, () => ({total: -1}), 0)
            commands.push(frame) }
            else if (act === 5 && commands.length) { const frame = commands.shift()
            air.push(log.change(`me:${frame.id}`), {t: "ack", id: frame.id, r: "table:1", n: log.n}) }
            else if (act === 6 && air.length) air.splice(random(air.length), 1)
            else if (act === 7 && air.length) air.push(air[random(air.length)])
            else if (act === 8 && random(8) === 0) { room.lost(); air.length = 0
            room.receive({t: "resumed", r: "table:1", e: "x", from: room.n, to: log.n, mid: 0})
            air.push(...log.after(room.n)) }
            else if (air.length) room.receive(air.splice(random(Math.min(4, air.length)), 1)[0])
        }
        for (const frame of commands) log.change(`me:${frame.id}`)
        for (const event of log.after(room.n)) room.receive(event)
        for (const id of [...room.pending.keys()]) room.receive({t: "ack", id, r: "table:1", n: log.n, dup: true})
        return room.n === log.n && lab.same(room.shown, log.view)
    """,
        seed,
    )
