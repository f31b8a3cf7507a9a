from hypothesis import given
from hypothesis import strategies as st

from app.domain.tipping import Rule, Shares, VisitTips, Work, share

MIA, WIM, KIM = Work("mia", "manager", 240), Work("wim", "waiter", 480), Work("kim", "kitchen", 480)
PEOPLE = ["mia", "wim", "kim", "zoe"]
rules = st.builds(
    Rule,
    st.sampled_from(["hours", "points", "served"]),
    st.dictionaries(st.sampled_from(["waiter", "kitchen"]), st.integers(0, 20)),
)
visits = st.lists(
    st.builds(
        VisitTips,
        st.integers(-500, 5000).map(lambda n: n * 10),
        st.dictionaries(st.sampled_from(PEOPLE), st.integers(0, 9)),
    ),
    max_size=6,
)
works = st.lists(
    st.builds(Work, st.sampled_from(PEOPLE), st.sampled_from(["waiter", "kitchen", "owner"]), st.integers(1, 600)),
    max_size=4,
    unique_by=lambda work: work.staff,
)


@given(rules, visits, works, st.sampled_from([1, 10]), st.integers(0, 1000))
def test_a_pool_adds_up_whoever_shares_it_and_how(
    rule: Rule, tips: list[VisitTips], work: list[Work], step: int, rotation: int
) -> None:
    shares = share(rule, tips, work, step=step, rotation=rotation)
    assert sum(shares.staff.values()) + shares.undistributed == sum(each.amount for each in tips)
    assert all(amount % step == 0 for amount in shares.staff.values())


def test_by_hours_everybody_is_paid_for_their_time() -> None:
    assert share(Rule("hours"), [VisitTips(1000)], [MIA, WIM, KIM]) == Shares({"mia": 200, "wim": 400, "kim": 400}, 0)


def test_by_points_the_role_counts_too() -> None:
    rule = Rule("points", {"waiter": 10, "kitchen": 5})
    assert share(rule, [VisitTips(900)], [MIA, WIM, KIM]) == Shares({"wim": 600, "kim": 300}, 0)


def test_by_who_served_a_visits_tips_go_to_its_people_and_the_rest_by_hours() -> None:
    tips = [VisitTips(900, {"wim": 2, "mia": 1}), VisitTips(120)]
    assert share(Rule("served"), tips, [WIM, KIM]) == Shares({"wim": 660, "mia": 300, "kim": 60}, 0)


def test_the_odd_cent_meets_another_person_every_day() -> None:
    shares = [share(Rule("hours"), [VisitTips(1)], [WIM, KIM], rotation=day).staff for day in (0, 1)]
    assert shares == [{"kim": 1}, {"wim": 1}]


def test_where_nobody_worked_the_tips_wait() -> None:
    assert share(Rule("hours"), [VisitTips(900)], []) == Shares({}, 900)


def test_a_tip_that_was_given_back_is_taken_from_those_who_got_it() -> None:
    assert share(Rule("hours"), [VisitTips(-300)], [MIA, WIM]) == Shares({"mia": -100, "wim": -200}, 0)
