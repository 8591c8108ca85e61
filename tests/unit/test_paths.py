"""Where an installed bullion reads and writes, and what goes into its wheel."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from bullion import paths, settings
from bullion.errors import BullionError
from bullion.paths import PROJECT_DIR
from bullion.server import initialize
from hatch_build import PROJECT_FILES


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which commands of an installed bullion are run."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(paths, "IS_CHECKOUT", False)
    monkeypatch.setattr(settings, "IS_CHECKOUT", False)
    return tmp_path


def test_a_checkout_is_where_everything_is() -> None:
    assert paths.IS_CHECKOUT
    assert paths.work_dir() == PROJECT_DIR == Path(__file__).parents[2]
    assert settings.target_dir(Path("/home")) == PROJECT_DIR / "target"
    assert settings.project_environ(Path("/home")) == {}
    assert "pip install -e '.[duckdb]'" in paths.install_command("duckdb")


def test_an_installed_bullion_writes_where_it_is_run(installed: Path) -> None:
    home = settings.home_dir({})
    assert home == installed / ".bullion"
    assert settings.target_dir(home) == home / "target"
    assert paths.install_command("duckdb") == "pip install 'bullion[duckdb]'"


def test_an_installed_bullion_leads_dbt_to_its_project(installed: Path) -> None:
    environ = settings.get_settings({"BULLION_HOME": str(installed / "home")}).environ()
    assert environ["PGUSER"] == "bullion"
    assert environ["DBT_PROJECT_DIR"] == environ["DBT_PROFILES_DIR"] == str(PROJECT_DIR)
    written = (environ["BULLION_HOME"], environ["DBT_TARGET_PATH"], environ["DBT_LOG_PATH"])
    assert all(Path(path).is_relative_to(installed / "home") for path in written)


def test_the_wheel_holds_what_dbt_project_names() -> None:
    project = yaml.safe_load((PROJECT_DIR / "dbt_project.yml").read_text(encoding="utf-8"))
    named = [path for key in project if key.endswith("-paths") for path in project[key]]
    assert len(named) >= 3
    assert set(named) <= set(PROJECT_FILES)


def test_a_server_is_not_prepared_from_no_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(initialize, "INIT_DIR", tmp_path)
    for own_server in (True, False):
        with pytest.raises(BullionError, match="holds no SQL files") as told:
            initialize.init_files(own_server)
        assert "\n" not in str(told.value)
