"""requirements*.txt, for plain pip, are what uv.lock says."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib

import pytest

from bullion.paths import PROJECT_DIR

FILES = ["requirements.txt", "requirements-dev.txt", "requirements-spark.txt"]


def test_requirements_are_in_step_with_the_lock() -> None:
    done = subprocess.run(
        [sys.executable, PROJECT_DIR / "scripts" / "lock", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", FILES)
def test_every_requirement_is_pinned_with_hashes(name: str) -> None:
    text = (PROJECT_DIR / name).read_text()
    requirements = [line for line in text.splitlines() if line[:1].isalpha()]
    assert len(requirements) > 50
    for line in requirements:
        assert "==" in line
        assert line.endswith("\\"), f"{line} has no hash"


def test_pyspark_is_only_in_the_file_that_is_named_after_it() -> None:
    with_it = [name for name in FILES if "\npyspark==" in (PROJECT_DIR / name).read_text()]
    assert with_it == ["requirements-spark.txt"]


def test_one_install_brings_what_the_mission_names() -> None:
    project = tomllib.loads((PROJECT_DIR / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["notebook"]]
    names = {re.split(r"[^a-z0-9-]", requirement)[0] for requirement in asked}
    assert {"dbt-core", "dbt-postgres", "psycopg2-binary", "sqlalchemy", "pandas"} <= names
    assert {"plotly", "nbformat", "jupyter"} <= names


def test_no_requirement_asks_for_what_its_file_does_not_pin() -> None:
    # jupyter-events asks for an extra of jsonschema, which brings packages that only it needs.
    text = {name: (PROJECT_DIR / name).read_text() for name in FILES}
    assert "\njsonschema==" in text["requirements.txt"]
    assert "\njsonschema[format-nongpl]==" in text["requirements-dev.txt"]
