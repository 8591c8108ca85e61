"""Which server is used, decided from the environment alone."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from bullion import settings as module
from bullion.db import connect
from bullion.errors import BullionError
from bullion.paths import PROJECT_DIR
from bullion.record import Record, read_record, record_of, record_text
from bullion.server.layout import recorded_base
from bullion.settings import get_settings, home_dir, lake_dir, passfile_of


@pytest.fixture(autouse=True)
def _no_compose(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "COMPOSE_PASSFILE", tmp_path / "compose" / "pgpass")


def embedded_environ(home: Path) -> dict[str, str]:
    return {"BULLION_HOME": str(home)}


def test_nothing_set_is_the_embedded_server(tmp_path: Path) -> None:
    found = get_settings(embedded_environ(tmp_path))
    assert (found.kind, found.host, found.port) == ("embedded", "127.0.0.1", 5432)
    assert (found.database, found.user, found.password) == ("bullion", "bullion", None)
    assert found.passfile == passfile_of(tmp_path)


def test_default_home_is_in_the_project() -> None:
    assert get_settings({}).home == PROJECT_DIR / ".bullion"


def test_port_is_the_one_recorded(tmp_path: Path) -> None:
    record_of(tmp_path).write_text(json.dumps({"port": 5440, "base": "x"}))
    assert get_settings(embedded_environ(tmp_path)).port == 5440


DAMAGE = {
    "empty": b"",
    "half": b"{",
    "list": b"[]",
    "null": b"null",
    "text": b'"x"',
    "wrong types": b'{"port": "5440", "base": 1}',
    "no port": b'{"port": 0, "base": "postgres"}',
    "wrong home": b'{"port": 5440, "base": "postgres", "home": 7}',
    "binary": bytes(range(256)),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_record_is_no_way_to_a_server(tmp_path: Path, damage: str) -> None:
    """'bullion up' can use the settings, and all others are told to run it."""
    record_of(tmp_path).write_bytes(DAMAGE[damage])
    found = get_settings(embedded_environ(tmp_path))
    assert found.port == 5432
    for use in (found.environ, lambda: connect(found)):
        with pytest.raises(BullionError, match="damaged: run 'bullion up'"):
            use()


def test_lost_record_beside_passwords_is_no_way_to_a_server(tmp_path: Path) -> None:
    """The passwords may have been copied from a home whose server has the usual port."""
    passfile_of(tmp_path).parent.mkdir()
    passfile_of(tmp_path).write_text("")
    with pytest.raises(BullionError, match="run 'bullion up'"):
        connect(get_settings(embedded_environ(tmp_path)))


@pytest.mark.parametrize("is_old", [False, True])
def test_record_of_a_copy_names_the_original_and_that_of_a_moved_home_is_its_own(
    tmp_path: Path, is_old: bool
) -> None:
    original, copy, moved = (tmp_path / name for name in ("original", "copy", "moved"))
    (original / "postgres").mkdir(parents=True)
    (original / "secrets").mkdir()
    text = record_text(original, 5440, original / "postgres")
    if is_old:
        text = json.dumps({"port": 5440, "base": str(original / "postgres")})
    record_of(original).write_text(text)
    shutil.copytree(original, copy)
    assert read_record(original) == Record(5440, original / "postgres")
    found = read_record(copy)
    assert (found.port, found.base) == (None, None)
    assert f"copy of {original}" in found.problem
    with pytest.raises(BullionError, match="copy of"):
        connect(get_settings(embedded_environ(copy)))
    original.rename(moved)
    assert read_record(moved).port == 5440
    assert recorded_base(moved) == moved / "postgres"
    # Another home in the old place takes nothing from the moved one.
    original.mkdir()
    assert read_record(moved).port == 5440


def test_own_exports_lead_back_to_the_embedded_server(tmp_path: Path) -> None:
    record_of(tmp_path).write_text(json.dumps({"port": 5440, "base": "x"}))
    exported = get_settings(embedded_environ(tmp_path)).environ()
    # The server has since moved to another port: the shell's variables are out of date.
    record_of(tmp_path).write_text(json.dumps({"port": 5441, "base": "x"}))
    found = get_settings(embedded_environ(tmp_path) | exported)
    assert (found.kind, found.port) == ("embedded", 5441)


@pytest.mark.parametrize(
    "variable",
    [{"PGHOST": "db"}, {"PGPORT": "5433"}, {"CONNECTION_STRING": "postgresql://db/x"}],
)
def test_server_variables_name_an_external_server(tmp_path: Path, variable: dict) -> None:
    assert get_settings(embedded_environ(tmp_path) | variable).kind == "external"


def test_user_alone_does_not_leave_the_embedded_server(tmp_path: Path) -> None:
    found = get_settings(embedded_environ(tmp_path) | {"PGUSER": "root", "PGPASSWORD": "x"})
    assert (found.kind, found.user, found.password) == ("embedded", "bullion", None)


def test_connection_string_becomes_variables_for_dbt(tmp_path: Path) -> None:
    found = get_settings(
        embedded_environ(tmp_path)
        | {"CONNECTION_STRING": "postgresql://ann:p%40ss@db.example:6000/bank?sslmode=require"}
    )
    assert found.environ() == {
        "PGHOST": "db.example",
        "PGPORT": "6000",
        "PGDATABASE": "bank",
        "PGUSER": "ann",
        "PGPASSWORD": "p@ss",
        "PGSSLMODE": "require",
        "PGREQUIREAUTH": "scram-sha-256",
    }
    assert "p@ss" not in repr(found)


def test_connection_string_wins_over_variables(tmp_path: Path) -> None:
    environ = embedded_environ(tmp_path) | {
        "CONNECTION_STRING": "postgresql://one.example/bank",
        "PGHOST": "two.example",
        "PGUSER": "ann",
    }
    found = get_settings(environ)
    assert (found.host, found.database, found.user) == ("one.example", "bank", "ann")


def test_sqlalchemy_scheme_is_understood(tmp_path: Path) -> None:
    environ = {"CONNECTION_STRING": "postgresql+psycopg://ann:x@db:5432/bank"}
    assert get_settings(embedded_environ(tmp_path) | environ).user == "ann"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("postgresql://db:notaport/x", "not a number"),
        ("mysql+x://db/bank", "cannot be read"),
        ("postgresql://db/bank?keepalives_idle=9", "keepalives_idle"),
    ],
)
def test_bad_connection_string_says_what_to_do(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(BullionError, match=words) as raised:
        get_settings(embedded_environ(tmp_path) | {"CONNECTION_STRING": text})
    assert "\n" not in str(raised.value)


def test_compose_passwords_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "work_dir", lambda: tmp_path)
    module.COMPOSE_PASSFILE.parent.mkdir()
    module.COMPOSE_PASSFILE.write_text("127.0.0.1:5432:*:bullion:x\n")
    found = get_settings({})
    assert (found.kind, found.passfile) == ("compose", module.COMPOSE_PASSFILE)


def test_compose_does_not_replace_an_embedded_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "work_dir", lambda: tmp_path)
    module.COMPOSE_PASSFILE.parent.mkdir()
    module.COMPOSE_PASSFILE.write_text("127.0.0.1:5432:*:bullion:x\n")
    (tmp_path / ".bullion").mkdir()
    record_of(tmp_path / ".bullion").write_text(json.dumps({"port": 5440, "base": "x"}))
    assert get_settings({}).kind == "embedded"


def test_child_environ_drops_what_would_mislead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", "of another server")
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    environ = get_settings(embedded_environ(tmp_path)).child_environ()
    assert "PGPASSWORD" not in environ
    assert "PGSSLMODE" not in environ
    assert environ["PGPASSFILE"] == str(passfile_of(tmp_path))
    assert environ["PATH"]


@pytest.mark.parametrize(
    ("variables", "wanted"),
    [
        ({}, "scram-sha-256"),
        ({"PGREQUIREAUTH": "md5,scram-sha-256"}, "md5,scram-sha-256"),
        ({"PGREQUIREAUTH": ""}, ""),
        ({"CONNECTION_STRING": "postgresql://db/x?require_auth=none"}, "none"),
    ],
)
def test_another_server_logs_in_by_scram_unless_one_says_otherwise(
    tmp_path: Path, variables: dict[str, str], wanted: str
) -> None:
    found = get_settings(embedded_environ(tmp_path) | {"PGHOST": "db"} | variables)
    assert found.environ()["PGREQUIREAUTH"] == wanted


def test_own_server_logs_in_by_scram_whatever_the_shell_says(tmp_path: Path) -> None:
    found = get_settings(embedded_environ(tmp_path) | {"PGREQUIREAUTH": "none"})
    assert found.environ()["PGREQUIREAUTH"] == "scram-sha-256"


@pytest.mark.parametrize("variable", ["BULLION_HOME", "BULLION_LAKE"])
def test_home_of_nobody_is_one_clear_line(tmp_path: Path, variable: str) -> None:
    environ = embedded_environ(tmp_path) | {variable: "~nobody-has-this-name/x"}
    with pytest.raises(BullionError, match=f"{variable} begins with a home folder"):
        (home_dir if variable == "BULLION_HOME" else lake_dir)(environ)
