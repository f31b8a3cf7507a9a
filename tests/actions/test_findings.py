import pytest

from app.actions import errors, findings
from tests.actions.evening import APPROVE, Evening


async def test_a_finding_is_shown_to_the_house_until_it_is_gone(evening: Evening) -> None:
    ana = await evening.seat("Ana")
    await findings.raise_finding(evening.desk, "mismatch", "p1", stream=ana.stream, facts={"found": 5})
    await findings.raise_finding(evening.desk, "mismatch", "p1", stream=ana.stream, facts={"found": 5})
    told = await findings.listed(evening.desk, by=evening.team["manager"])
    (shown,) = told["findings"]
    assert (shown["subject"], shown["tableSessionId"], shown["seen"]) == ("p1", ana.stream, 2)
    assert told["open"] == {"mismatch": 1}
    await findings.settle_finding(evening.desk, "mismatch", "p1")
    assert (await findings.listed(evening.desk, by=evening.team["owner"]))["findings"] == []
    (gone,) = (await findings.listed(evening.desk, by=evening.team["owner"], state="resolved"))["findings"]
    assert "closedAt" in gone


async def test_a_manager_says_what_it_was_and_it_stays_closed(evening: Evening) -> None:
    manager = evening.team["manager"]
    await findings.raise_finding(evening.desk, "orphan", "pi_1", restaurant=evening.restaurant, facts={"amount": 5})
    (shown,) = (await findings.listed(evening.desk, by=manager))["findings"]
    closed = await findings.close(evening.desk, shown["id"], "a test of ours", by=manager)
    assert (closed["state"], closed["closedBy"], closed["note"]) == ("closed", "Manager", "a test of ours")
    with pytest.raises(errors.Refused) as refused:
        await findings.close(evening.desk, shown["id"], "again", by=manager)
    assert refused.value.code == "finding_closed"
    await findings.raise_finding(evening.desk, "orphan", "pi_1", restaurant=evening.restaurant, facts={"amount": 5})
    assert (await findings.listed(evening.desk, by=manager))["findings"] == []


async def test_findings_are_for_the_house_they_are_about(evening: Evening) -> None:
    other = await Evening.at(evening.desk, APPROVE)
    await findings.raise_finding(evening.desk, "orphan", "pi_1", restaurant=other.restaurant, facts={})
    await findings.raise_finding(evening.desk, "orphan", "pi_2", facts={})
    assert (await findings.listed(evening.desk, by=evening.team["manager"]))["findings"] == []
    with pytest.raises(errors.NotAllowed):
        await findings.listed(evening.desk, by=evening.team["waiter"])
    with pytest.raises(errors.Invalid):
        await findings.listed(evening.desk, by=evening.team["manager"], state="gone")
    with pytest.raises(errors.NotFound):
        await findings.one(evening.desk, "nobody", by=evening.team["manager"])


async def test_a_kind_without_a_meaning_is_a_mistake(evening: Evening) -> None:
    with pytest.raises(ValueError, match="strange"):
        await findings.raise_finding(evening.desk, "strange", "p1", facts={})
