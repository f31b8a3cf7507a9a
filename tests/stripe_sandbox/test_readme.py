import re
from pathlib import Path

from stripe_sandbox import cards, control, faults
from stripe_sandbox.__main__ import arguments
from stripe_sandbox.sandbox import Sandbox

README = (Path(__file__).parents[2] / "stripe_sandbox" / "README.md").read_text()


def test_every_flag_is_described_with_its_default() -> None:
    given = vars(arguments([]))
    described = dict(re.findall(r"^\| `--([a-z-]+)` \| (\S+) \|", README, re.MULTILINE))
    assert {name.replace("-", "_") for name in described} == set(given)
    for name, default in given.items():
        shown = described[name.replace("_", "-")]
        assert shown == ("none" if default is None else f"{default:g}" if isinstance(default, float) else str(default))


def test_every_control_endpoint_is_described() -> None:
    described = set(re.findall(r"^\| `((?:GET|POST|DELETE) /_sandbox\S+)`", README, re.MULTILINE))
    routes = control.routes(Sandbox())
    there = {f"{method} {route.path}" for route in routes for method in (route.methods or set()) - {"HEAD"}}
    assert described == there


def test_every_fault_is_described() -> None:
    described = set(re.findall(r"^\| `([a-z]+)` \| [^|]*\| [^|]*\|$", README, re.MULTILINE)) - {"fault"}
    assert described == {*faults.CALL_FAULTS, *faults.EVENT_FAULTS}


def test_every_described_card_does_what_its_token_does() -> None:
    rows = re.findall(r"^\| ([\d ]+) \| [^|]+ \| `(pm_card_\w+)` \|$", README, re.MULTILINE)
    assert len(rows) > 15
    for number, token in rows:
        assert cards.BY_NUMBER[number.replace(" ", "")].token == token
