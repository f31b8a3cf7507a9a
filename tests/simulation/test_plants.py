import ast
import re

from tests.simulation.plants import PLANTS, ROOT

README = ROOT / "tests" / "simulation" / "README.md"


def test_every_mistake_can_still_be_made() -> None:
    for plant in PLANTS:
        ast.parse(plant.planted(ROOT))


def test_every_mistake_has_a_name_of_its_own_and_a_finder() -> None:
    assert len({plant.name for plant in PLANTS}) == len(PLANTS) >= 15
    assert [
        plant.finder for plant in PLANTS if plant.finder != "simulation" and not (ROOT / plant.finder).exists()
    ] == []


def test_the_readme_lists_them() -> None:
    listed = re.findall(r"^\| (.+?) \| `(.+?)` \|$", README.read_text(), re.MULTILINE)
    assert listed == [(plant.name, plant.finder) for plant in PLANTS]
