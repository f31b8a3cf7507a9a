import re
import subprocess
from pathlib import Path

import pytest
from dotenv import dotenv_values
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from app.settings import PREFIX, Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
ENV_EXAMPLE = (ROOT / ".env.example").read_text()


def shown(field: FieldInfo) -> str:
    """Write a default as an operator would."""
    match field.default:
        case None:
            return ""
        case SecretStr():
            return str(field.default.get_secret_value())
        case bool():
            return str(field.default).lower()
        case tuple():
            return ",".join(field.default)
        case float():
            return f"{field.default:g}"
        case default:
            return str(default)


@pytest.mark.parametrize("name", Settings.model_fields)
def test_the_readme_tells_each_setting_with_its_default(name: str) -> None:
    field = Settings.model_fields[name]
    default = f"`{shown(field)}`" if shown(field) else ""
    assert f"| `{PREFIX}{name.upper()}` | {default} | {field.description} |\n" in README


def test_the_readme_tells_no_setting_that_does_not_exist() -> None:
    told = set(re.findall(rf"{PREFIX}(\w+)", README + (ROOT / "CONTRIBUTING.md").read_text()))
    assert told == {name.upper() for name in Settings.model_fields}


def test_the_example_file_names_every_setting_with_its_default() -> None:
    named = dict(re.findall(rf"^# {PREFIX}(\w+)=(.*)$", ENV_EXAMPLE, re.MULTILINE))
    assert named == {name.upper(): shown(field) for name, field in Settings.model_fields.items()}


def test_the_example_file_sets_nothing_by_itself() -> None:
    assert dotenv_values(ROOT / ".env.example") == {}


def test_help_names_every_command() -> None:
    told = subprocess.run([ROOT / "run", "help"], check=True, capture_output=True, text=True, cwd="/").stdout
    assert re.findall(r"^\./run (\w+)", told, re.MULTILINE) == ["demo", "test", "lint", "help"]


def test_an_unknown_command_is_refused_with_the_help() -> None:
    done = subprocess.run([ROOT / "run", "dance"], check=False, capture_output=True, text=True)
    assert done.returncode == 2
    assert "./run test" in done.stderr


def test_a_machine_without_python_and_apt_is_told_in_one_line_what_to_install(tmp_path: Path) -> None:
    for tool in ("dirname", "sh"):
        (tmp_path / tool).symlink_to(Path("/usr/bin") / tool)
    done = subprocess.run(
        [ROOT / "run", "demo"], check=False, capture_output=True, text=True, env={"PATH": str(tmp_path)}
    )
    assert done.returncode == 3
    assert done.stderr.startswith("Missing: python3 python3-venv")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_inside_the_repository_lead_somewhere(name: str) -> None:
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", (ROOT / name).read_text())
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_locks_name_no_registry() -> None:
    locks = [*(ROOT / "requirements").glob("*.txt"), ROOT / "package-lock.json"]
    assert [lock.name for lock in locks if re.search(r'--index-url|"resolved"|@ https?://', lock.read_text())] == []
