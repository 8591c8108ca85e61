"""A password is never shown, however badly the address around it is written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.conninfo import make_conninfo

from bullion.db import connect
from bullion.errors import BullionError
from bullion.paths import PROJECT_DIR
from bullion.settings import get_settings

# Never part of what is said anyway.
CORE = "QzXv7JwK"
ODD = st.text(
    st.one_of(st.sampled_from("@/#?:%&=+' \"\\[]{}$,;"), st.characters(min_codepoint=33)),
    max_size=8,
).map(lambda text: text.replace("\0", "").encode("utf-8", "ignore").decode())
PASSWORDS = st.tuples(ODD, ODD).map(lambda parts: parts[0] + CORE + parts[1])
FORMS = [
    "postgresql://bi:{}@127.0.0.1:1/bullion",
    "postgres://bi:{}@127.0.0.1/bullion?sslmode=disable",
    "postgresql+psycopg://bi:{}@127.0.0.1:1",
    "postgresql://bi:{}",
    "postgresql://{}@127.0.0.1:1/bullion?user=bi",
    "postgresql:/bi:{}@127.0.0.1:1/bullion",
    "bi:{}@127.0.0.1:1/bullion",
    "host=127.0.0.1 port=1 user=bi password={}",
    "host=127.0.0.1 port=1 user=bi password='{}'",
    "host=127.0.0.1 port={} user=bi",
]


def said_of(environ: dict[str, str], home: Path) -> str:
    """What a person is told: of a server that is refused, or of one that does not answer."""
    try:
        found = get_settings({"BULLION_HOME": str(home)} | environ)
        connect(found, connect_timeout=2).close()
    except BullionError as error:
        return str(error)
    raise AssertionError("somebody answers on port 1")


def shown(secret: str, said: str) -> list[str]:
    """The parts of the random core of a secret, three characters long, that stand in a message."""
    return [CORE[at : at + 3] for at in range(len(CORE) - 2) if CORE[at : at + 3] in said]


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(secret=PASSWORDS, form=st.sampled_from(FORMS))
def test_no_part_of_a_password_is_shown(tmp_path: Path, secret: str, form: str) -> None:
    said = said_of({"CONNECTION_STRING": form.format(secret)}, tmp_path)
    assert not shown(secret, said), said
    assert "\n" not in said


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    secret=PASSWORDS,
    variable=st.sampled_from(
        ["PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE", "PGUSER", "PGSERVICE"]
    ),
)
def test_no_part_of_a_url_in_another_variable_is_shown(
    tmp_path: Path, secret: str, variable: str
) -> None:
    environ = {"PGHOST": "127.0.0.1", "PGPORT": "1"}
    environ[variable] = f"postgresql://bi:{secret}@127.0.0.1:1/bullion"
    assert not shown(secret, said_of(environ, tmp_path))


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(secret=PASSWORDS)
def test_password_that_is_encoded_arrives(tmp_path: Path, secret: str) -> None:
    from urllib.parse import quote

    environ = {"BULLION_HOME": str(tmp_path)}
    url = f"postgresql://bi:{quote(secret, safe='')}@db.example:6000/bank"
    for text in (url, make_conninfo(host="db.example", user="bi", password=secret)):
        assert get_settings(environ | {"CONNECTION_STRING": text}).password == secret


@pytest.mark.parametrize(
    "text", ["postgresql://bi:p@ss/w#rd@127.0.0.1:5432/bullion", "mysql://x/y"]
)
def test_what_is_refused_says_how_to_write_it(tmp_path: Path, text: str) -> None:
    said = said_of({"CONNECTION_STRING": text}, tmp_path)
    assert "%40" in said
    assert "%2F" in said
    assert "127.0.0.1" not in said


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://ann@[::1]:5432/bank",
        "postgresql://ann:a:b@db-1.example_x/bank?sslmode=require&connect_timeout=3",
        "postgresql://%2Fvar%2Frun%2Fpostgresql/bank",
        "postgresql:///bank",
        "postgresql://",
    ],
)
def test_ordinary_addresses_are_read(tmp_path: Path, text: str) -> None:
    get_settings({"BULLION_HOME": str(tmp_path), "CONNECTION_STRING": text})


def test_all_connections_are_opened_in_one_place() -> None:
    """There they ask for scram, and what goes wrong is told without secrets."""
    opening = re.compile(r"psycopg2?\.connect\(|create_engine\(|Connection\.connect\(")
    found = {
        str(path.relative_to(PROJECT_DIR))
        for path in (PROJECT_DIR / "bullion").rglob("*.py")
        if opening.search(path.read_text(encoding="utf-8"))
    }
    assert found == {"bullion/db.py"}
