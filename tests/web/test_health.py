import pytest

from tests.web.house import House

PATHS = ["", "/live", "/ready", "/startup", "/db", "/stripe"]


@pytest.mark.parametrize("path", PATHS)
async def test_a_running_house_is_well(house: House, path: str) -> None:
    async with house.client() as probe:
        answer = await probe.get(f"/health{path}")
        assert (answer.status_code, answer.json()["status"]) == (200, "ok")
        assert answer.headers["cache-control"] == "no-store"


async def test_without_redis_there_is_none_to_be_ill(house: House) -> None:
    async with house.client() as probe:
        assert (await probe.get("/health/redis")).json() == {"status": "off"}
        assert (await probe.get("/health")).json()["checks"]["redis"] == "off"


async def test_prometheus_gets_figures_by_route_and_never_by_path(house: House) -> None:
    async with house.client() as probe:
        await probe.get("/t/some-secret-code")
        answer = await probe.get("/metrics")
        assert answer.status_code == 200
        assert 'route="/t/{code}"' in answer.text
        assert "some-secret-code" not in answer.text
        assert "splittable_realtime_sockets" in answer.text
