"""The wheel alone, in an environment of its own, makes a warehouse from any folder."""

from __future__ import annotations

import os
import site
import subprocess
import sys
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from bullion.paths import PROJECT_DIR
from tests.conftest import TEST_PORT, temporary_home

# What dbt and bullion read of the project.
READ = (
    "dbt_project.yml",
    "profiles.yml",
    "macros/**/*.sql",
    "models/**/*.sql",
    "models/**/*.yml",
    "models/**/*.md",
    "postgres-init/*.sql",
    "seeds/**/*.csv",
    "tests/dbt/**/*.sql",
    "visualizations/*.ipynb",
)
TESTS = ("test", "unit_test")
VERBS = (
    ("up",),
    ("generate", "--customers=40", "--start=2025-01-01", "--end=2025-06-30", "--out=bank"),
    ("load", "bank"),
    # Charts draw targets and campaigns beside what the models say.
    (
        "build",
        "--select=+tag:descriptive +dim_campaign ref_kpi_targets",
        *(f"--exclude-resource-type={x}" for x in TESTS),
    ),
    ("report", "descriptive", "--no-docs"),
    ("down",),
)
# The two packages, and the home where none is named.
PLACES = """
import bullion, dbt_bullion
from bullion.settings import home_dir
print(bullion.__file__, dbt_bullion.__file__, home_dir({}), sep="\\n")
"""


@dataclass(frozen=True)
class Installed:
    """An environment with the wheel, and a folder that commands are run in."""

    python: Path
    packages: Path
    folder: Path
    home: Path

    def run(self, *arguments: str, **variables: str) -> str:
        """Run this environment's Python; a failure fails the test with all that was said."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        done = subprocess.run(
            [self.python, *arguments],
            cwd=self.folder,
            env=kept
            | {"BULLION_HOME": str(self.home), "BULLION_PORT": str(TEST_PORT + 300)}
            | variables,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, f"{arguments}: {done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout

    def files(self) -> set[str]:
        """What is installed, without what Python compiles by itself."""
        paths = self.packages.rglob("*")
        return {str(path) for path in paths if path.suffix != ".pyc" and path.is_file()}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=PROJECT_DIR, check=True, capture_output=True)
    [made] = folder.glob("*.whl")
    return made


def test_the_wheel_holds_every_file_that_dbt_reads(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    read = {file for pattern in READ for file in PROJECT_DIR.glob(pattern)}
    wanted = {f"bullion/project/{file.relative_to(PROJECT_DIR)}" for file in read}
    assert len(wanted) > 300
    assert wanted - held == set()
    assert "bullion/engines/spark/conf/log4j2.properties" in held


def test_the_wheel_holds_nothing_hidden(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        parts = {part for name in archive.namelist() for part in name.split("/")}
    assert not [part for part in parts if part.startswith(".") or part == "__pycache__"]


def test_a_bank_from_another_folder(wheel: Path, tmp_path: Path) -> None:
    with temporary_home() as home:
        installed = _installed(wheel, tmp_path, home)
        before = installed.files()
        for verb in VERBS:
            installed.run("-m", "bullion.cli", *verb)
            if verb == ("load", "bank"):
                _bare_dbt_finds_the_project(installed)
        assert installed.files() == before
        assert (installed.folder / "outputs" / "index.html").exists()
        assert {path.name for path in installed.folder.iterdir()} == {"bank", "outputs"}
        assert (home / "target" / "manifest.json").exists()
        assert (home / "logs" / "dbt.log").exists()


def _bare_dbt_finds_the_project(installed: Installed) -> None:
    lines = installed.run("-m", "bullion.cli", "env").splitlines()
    exported = dict(line.removeprefix("export ").split("=", 1) for line in lines)
    arguments = ["ls", "--quiet", "--select", "fact_transactions", "--resource-type", "model"]
    assert "bullion.gold.facts.fact_transactions" in installed.run(
        "-c", "from dbt.cli.main import cli; cli()", *arguments, **exported
    )


def _installed(wheel: Path, folder: Path, home: Path) -> Installed:
    """The wheel without network: what it depends on is read where the tests have it installed."""
    venv.create(folder / "venv", with_pip=False, symlinks=True)
    python = folder / "venv" / "bin" / "python"
    found = [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    packages = Path(subprocess.check_output(found, text=True).strip())
    options = ["--quiet", "--no-deps", "--no-index", "--target", str(packages)]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, str(wheel)], check=True)
    # A folder named so brings its packages but none of its .pth files: not the editable bullion.
    (packages / "dependencies.pth").write_text("\n".join(site.getsitepackages()) + "\n")
    (folder / "elsewhere").mkdir()
    installed = Installed(python, packages, folder / "elsewhere", home)
    places = installed.run("-c", PLACES).splitlines()
    assert places[:2] == [
        str(packages / name / "__init__.py") for name in ("bullion", "dbt_bullion")
    ]
    assert places[2] == str(installed.folder / ".bullion")
    return installed
