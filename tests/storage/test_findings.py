from datetime import timedelta
from typing import Any

from app.ids import new_id
from app.storage import findings
from app.storage.database import Database
from app.storage.tables import Finding
from tests.storage.making import HOUSE, NOON

LATER = NOON + timedelta(hours=1)


def finding(subject: str = "pi_1", kind: str = "mismatch", **more: Any) -> Finding:
    usual: dict[str, Any] = {"facts": {"found": 1}, "restaurant_id": HOUSE, "first_seen_at": NOON, "last_seen_at": NOON}
    return Finding(id=new_id(), kind=kind, subject=subject, **(usual | more))


async def test_one_finding_is_open_for_a_kind_and_subject(database: Database) -> None:
    first = await findings.raise_open(database, finding())
    again = await findings.raise_open(database, finding(facts={"found": 2}, last_seen_at=LATER))
    assert first is not None
    assert again is not None
    assert (again.id, again.seen, again.facts, again.last_seen_at) == (first.id, 2, {"found": 2}, LATER)
    await findings.raise_open(database, finding("pi_2"))
    await findings.raise_open(database, finding(kind="orphan"))
    assert await findings.counts(database) == {"mismatch": 2, "orphan": 1}
    assert await findings.subjects(database, "mismatch") == {"pi_1", "pi_2"}


async def test_what_is_gone_is_resolved_and_may_come_back(database: Database) -> None:
    await findings.raise_open(database, finding())
    assert await findings.resolve(database, "mismatch", "pi_1", LATER)
    assert not await findings.resolve(database, "mismatch", "pi_1", LATER)
    back = await findings.raise_open(database, finding())
    assert back is not None
    assert back.seen == 1
    states = [row.state for row in await findings.listed(database, restaurant=HOUSE)]
    assert states == ["open", "resolved"]


async def test_what_a_person_closed_comes_back_only_with_other_facts(database: Database) -> None:
    first = await findings.raise_open(database, finding())
    assert first is not None
    assert await findings.close(database, first.id, by="s1", note="returned by hand", now=LATER)
    assert not await findings.close(database, first.id, by="s1", note="again", now=LATER)
    assert await findings.raise_open(database, finding()) is None
    assert await findings.raise_open(database, finding(facts={"found": 9})) is not None


async def test_a_restaurant_sees_its_own_page_by_page(database: Database) -> None:
    made = [await findings.raise_open(database, finding(f"pi_{n}")) for n in range(findings.PAGE + 1)]
    await findings.raise_open(database, finding("pi_x", restaurant_id=None))
    page = await findings.listed(database, restaurant=HOUSE, state="open")
    rest = await findings.listed(database, restaurant=HOUSE, state="open", before=page[-1].id)
    assert [row.id for row in (*page, *rest)] == [row.id for row in reversed(made) if row]
    assert (await findings.listed(database))[0].subject == "pi_x"
    assert await findings.counts(database, HOUSE) == {"mismatch": findings.PAGE + 1}
