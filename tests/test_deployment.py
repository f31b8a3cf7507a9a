import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from app import settings
from app.settings import PREFIX, Settings

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
NODES = ["app-1", "app-2"]
OPERATOR = {
    "SITE": "bill.example.com",
    "POSTGRES_PASSWORD": "a-password",
    "SPLITTABLE_SECRET_KEY": "k" * 48,
    "SPLITTABLE_DATA_KEY": "d" * 48,
    "SPLITTABLE_STRIPE_SECRET_KEY": "rk_live_1",
    "SPLITTABLE_STRIPE_PUBLISHABLE_KEY": "pk_live_1",
    "SPLITTABLE_STRIPE_WEBHOOK_SECRETS": "whsec_1,whsec_2",
}


def filled(value: str) -> str:
    """Put the operator's values in, as compose does."""

    def fill(found: re.Match[str]) -> str:
        name, operator, rest = found.groups()
        assert operator == ":-" or name in OPERATOR, f"{name} stops the start and is not among the operator's values"
        return OPERATOR.get(name, rest)

    return re.sub(r"\$\{(\w+)(:[-?])([^}]*)\}", fill, value)


def environment(service: str) -> dict[str, str]:
    return {name: filled(str(value)) for name, value in SERVICES[service]["environment"].items()}


@pytest.mark.parametrize("service", [*NODES, "migrate"])
def test_what_a_node_is_given_is_accepted_in_production(service: str) -> None:
    given = {name.removeprefix(PREFIX).lower(): value for name, value in environment(service).items()}
    read = settings.load(None, **given)
    assert (read.production, read.live, read.sqlite) == (True, True, False)
    assert read.redis_url is not None


def test_no_secret_is_written_down() -> None:
    secret = re.compile(r"SECRET|PASSWORD")
    written = [
        f"{service}: {name}"
        for service, shape in SERVICES.items()
        for name, value in shape.get("environment", {}).items()
        if secret.search(name) and not str(value).startswith("${")
    ]
    assert written == []


def test_two_nodes_wait_for_the_migration_and_redis() -> None:
    for node in NODES:
        waits = {name: how["condition"] for name, how in SERVICES[node]["depends_on"].items()}
        assert waits == {"migrate": "service_completed_successfully", "redis": "service_healthy"}


def test_the_migration_waits_for_the_database_and_runs_once() -> None:
    assert SERVICES["migrate"]["command"] == ["splittable", "migrate"]
    assert SERVICES["migrate"]["depends_on"]["postgres"]["condition"] == "service_healthy"
    assert SERVICES["migrate"]["restart"] == "no"


def test_only_the_proxy_can_be_reached_from_the_street() -> None:
    assert [name for name, shape in SERVICES.items() if shape.get("ports")] == ["proxy"]


def test_a_node_may_write_nowhere_and_gain_nothing() -> None:
    for node in NODES:
        shape = SERVICES[node]
        assert (shape["read_only"], shape["cap_drop"]) == (True, ["ALL"])
        assert shape["security_opt"] == ["no-new-privileges:true"]


def test_a_node_has_time_to_drain() -> None:
    longest = Settings.model_fields["shutdown_timeout_s"].default
    for node in NODES:
        assert int(SERVICES[node]["stop_grace_period"].removesuffix("s")) > longest


def test_servers_that_others_wait_for_have_health_checks() -> None:
    for name in ("postgres", "redis"):
        assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"
    waited = {name for shape in SERVICES.values() for name in shape.get("depends_on", {})}
    assert waited <= set(SERVICES)


def test_every_volume_is_declared() -> None:
    used = {volume.split(":")[0] for shape in SERVICES.values() for volume in shape.get("volumes", [])}
    named = {volume for volume in used if not volume.startswith(".")}
    assert named == set(COMPOSE["volumes"])
    assert all((ROOT / volume).exists() for volume in used - named)


def test_the_proxy_knows_both_nodes_and_keeps_figures_inside() -> None:
    caddy = (ROOT / "deploy" / "Caddyfile").read_text()
    assert "reverse_proxy app-1:8000 app-2:8000" in caddy
    assert "@inside path /metrics /health /health/*" in caddy
    assert caddy.count("{") == caddy.count("}")


def test_without_redis_the_proxy_still_has_nodes_to_ask() -> None:
    """`/health/ready` is red on every node while Redis is away; a node that is gone refuses connections anyway."""
    caddy = (ROOT / "deploy" / "Caddyfile").read_text()
    assert re.findall(r"health_uri (\S+)", caddy) == ["/health/live"]
    assert "lb_try_duration 5s" in caddy


def test_the_image_is_made_in_two_stages_and_runs_as_nobody_special() -> None:
    stages = DOCKERFILE.split("\nFROM ")[1:]
    assert len(stages) == 2
    assert "pip install" not in stages[1]
    assert re.search(r"^USER splittable$", stages[1], re.MULTILINE)
    assert stages[1].rindex("USER ") > stages[1].rindex("RUN ")


def test_the_image_serves_and_says_how_it_is() -> None:
    assert 'CMD ["splittable", "serve"]' in DOCKERFILE
    health = re.search(r"^HEALTHCHECK .*\\\n +CMD (.*)$", DOCKERFILE, re.MULTILINE)
    assert health is not None
    assert "http://127.0.0.1:8000/health/live" in health[1]


def test_settings_in_the_image_exist() -> None:
    named = set(re.findall(rf"{PREFIX}(\w+)=", DOCKERFILE))
    assert named <= {name.upper() for name in Settings.model_fields}


def test_what_the_image_copies_is_let_through_and_nothing_else() -> None:
    let_through = re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    copied = [
        source
        for line in re.findall(r"^COPY (?!--from)(.*)$", DOCKERFILE, re.MULTILINE)
        for source in line.split()[:-1]
    ]
    assert sorted(let_through) == sorted(copied)


def test_the_image_installs_with_hashes() -> None:
    assert "pip install --require-hashes --requirement /tmp/run.txt" in DOCKERFILE
