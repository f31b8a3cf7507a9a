from app.actions.findings import raise_finding
from tests.web.house import V1, House
from tests.web.people import Member, sign_in


async def test_findings_are_listed_shown_and_closed_by_the_house(house: House) -> None:
    manager = await sign_in(house, "manager")
    await raise_finding(house.desk, "orphan", "pi_lost", restaurant=house.here.id, facts={"received": 5})
    listed = (await manager.http.get(f"{V1}/findings")).json()
    found = next(one for one in listed["findings"] if one["subject"] == "pi_lost")
    assert listed["open"]["orphan"] >= 1
    path = f"{V1}/findings/{found['id']}"
    assert (await manager.http.get(path)).json() == found
    assert (await manager.http.post(f"{path}/close", json={"note": ""})).status_code == 422
    closed = (await manager.http.post(f"{path}/close", json={"note": "a test of ours"})).json()
    assert (closed["state"], closed["note"]) == ("closed", "a test of ours")
    again = await manager.http.post(f"{path}/close", json={"note": "again"})
    assert (again.status_code, again.json()["code"]) == (409, "finding_closed")


async def test_findings_are_not_for_the_floor(house: House, waiter: Member) -> None:
    manager = await sign_in(house, "manager")
    assert (await waiter.http.get(f"{V1}/findings")).status_code == 403
    assert (await manager.http.get(f"{V1}/findings/nobody")).status_code == 404
    assert (await manager.http.get(f"{V1}/findings?state=gone")).status_code == 422
