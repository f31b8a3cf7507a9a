from hypothesis import given
from hypothesis import strategies as st

from realtime.presence import Change, Presence, Report


def presence() -> Presence:
    return Presence(interval_s=0.5, grace_s=12.0, report_s=20.0)


def test_somebody_who_comes_is_shown_once() -> None:
    here = presence()
    here.arrive("ana")
    assert here.change(0.0) == Change(1, ("ana",), ())
    here.arrive("ana")
    assert here.change(9.0) is None
    assert here.shown() == ("ana",)


def test_changes_are_at_least_half_a_second_apart() -> None:
    here = presence()
    here.arrive("ana")
    here.change(0.0)
    here.report(0.0)
    here.arrive("ben")
    here.arrive("cleo")
    assert here.change(0.4) is None
    assert here.wakes_at() == 0.5
    assert here.change(0.5) == Change(2, ("ben", "cleo"), ())


def test_a_phone_that_comes_back_within_the_grace_period_was_never_gone() -> None:
    here = presence()
    here.arrive("ana")
    here.change(0.0)
    here.depart("ana", 1.0)
    assert here.change(12.9) is None
    here.arrive("ana")
    assert here.change(20.0) is None


def test_a_phone_that_stays_away_is_gone_after_the_grace_period() -> None:
    here = presence()
    here.arrive("ana")
    here.change(0.0)
    here.report(0.0)
    here.depart("ana", 1.0)
    here.report(1.0)
    assert here.wakes_at() == 13.0
    assert here.change(13.0) == Change(2, (), ("ana",))
    assert here.wakes_at() == float("inf")


def test_two_tabs_of_one_person_are_one_presence_until_the_last_is_closed() -> None:
    here = presence()
    here.arrive("ana")
    here.arrive("ana")
    here.change(0.0)
    here.depart("ana", 1.0)
    assert here.change(60.0) is None
    here.depart("ana", 61.0)
    assert here.change(73.0) == Change(2, (), ("ana",))


def test_who_was_sent_away_gets_no_grace() -> None:
    here = presence()
    here.arrive("ana")
    here.change(0.0)
    here.depart("ana", 1.0)
    here.dismiss("ana")
    assert here.change(1.0) == Change(2, (), ("ana",))


def test_people_of_other_nodes_count_and_get_the_same_grace() -> None:
    here = presence()
    here.heard("n2", Report(("ben",), ask=False), 0.0)
    assert here.change(0.0) == Change(1, ("ben",), ())
    here.heard("n2", Report((), ask=False), 5.0)
    assert here.change(16.9) is None
    assert here.change(17.0) == Change(2, (), ("ben",))


def test_somebody_who_moves_to_another_node_was_never_gone() -> None:
    here = presence()
    here.arrive("ana")
    here.change(0.0)
    here.depart("ana", 1.0)
    here.heard("n2", Report(("ana",), ask=False), 2.0)
    assert here.change(40.0) is None


def test_a_node_that_says_nothing_for_three_reports_is_dead() -> None:
    here = presence()
    here.heard("n2", Report(("ben",), ask=False), 0.0)
    here.change(0.0)
    assert here.wakes_at() <= 60.0
    assert here.change(59.0) is None
    assert here.change(60.0) == Change(2, (), ("ben",))


def test_a_new_node_asks_and_is_answered() -> None:
    here, there = presence(), presence()
    there.arrive("ana")
    there.report(0.0)
    question = here.report(1.0)
    assert question == Report((), ask=True)
    there.heard("here", question, 1.0)
    assert there.report(1.0) == Report(("ana",), ask=False)


def test_a_node_reports_what_is_new_and_then_now_and_again() -> None:
    here = presence()
    here.report(0.0)
    assert here.report(100.0) is None
    here.arrive("ana")
    assert here.report(100.0) == Report(("ana",), ask=False)
    assert here.report(119.0) is None
    assert here.report(120.0) == Report(("ana",), ask=False)


def test_a_long_poll_counts_as_presence_for_the_grace_period() -> None:
    here = presence()
    here.touch("ana", 0.0)
    assert here.change(0.0) == Change(1, ("ana",), ())
    here.touch("ana", 10.0)
    assert here.change(21.0) is None
    assert here.change(22.0) == Change(2, (), ("ana",))


steps = st.lists(
    st.tuples(
        st.sampled_from(["arrive", "depart", "touch", "heard", "dismiss"]),
        st.sampled_from("abc"),
        st.floats(0.0, 15.0),
    ),
    max_size=40,
)


@given(steps)
def test_the_changes_always_add_up_to_who_is_here_once_it_is_quiet(steps: list[tuple[str, str, float]]) -> None:
    here = presence()
    now, sockets, seen, told = 0.0, {"a": 0, "b": 0, "c": 0}, set[str](), float("-inf")
    for what, name, wait_s in [*steps, ("none", "a", 100.0), ("none", "a", 100.0)]:
        now += wait_s
        match what:
            case "arrive":
                here.arrive(name)
                sockets[name] += 1
            case "depart" if sockets[name]:
                here.depart(name, now)
                sockets[name] -= 1
            case "touch":
                here.touch(name, now)
            case "heard":
                here.heard("n2", Report((name,), ask=False), now)
            case "dismiss":
                here.dismiss(name)
        if change := here.change(now):
            assert change.pv == here.pv
            assert now - told >= 0.5
            assert not seen.intersection(change.on)
            assert seen.issuperset(change.off)
            seen, told = seen.difference(change.off).union(change.on), now
    assert seen == {name for name, count in sockets.items() if count} == set(here.shown())
