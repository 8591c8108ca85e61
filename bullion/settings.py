"""Which server the warehouse is on: one object, read from the environment.

Three cases, in this order:

* **external**: ``CONNECTION_STRING`` or libpq's ``PGHOST``, ``PGHOSTADDR``, ``PGPORT``,
  ``PGSERVICE`` is set: that server, whatever it is.
* **compose**: nothing is set, this project has no embedded server, and ``docker compose up`` has
  left its passwords in ``secrets/``.
* **embedded**: otherwise the PostgreSQL of ``BULLION_HOME``, started by ``bullion up``.

``eval "$(bullion env)"`` exports PG* variables that point back at the embedded server; they are
recognised by their ``PGPASSFILE``, so that they do not turn it into an external one.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from bullion.connection_string import is_port, read_connection_string, refuse_secrets
from bullion.errors import BullionError
from bullion.paths import IS_CHECKOUT, PROJECT_DIR, absolute, user_passfile, work_dir
from bullion.record import read_record, record_of

DATABASE = "bullion"
LOGIN = "bullion"
LOCALHOST = "127.0.0.1"
DEFAULT_PORT = 5432
# The only way to log in that shows a server nothing of the password, and shows us that it knows it.
REQUIRED_AUTH = "scram-sha-256"
COMPOSE_PASSFILE = PROJECT_DIR / "secrets" / "pgpass"

_NAMING_VARIABLES = ("CONNECTION_STRING", "PGHOST", "PGHOSTADDR", "PGPORT", "PGSERVICE")
_VARIABLE_OF = {
    "service": "PGSERVICE",
    "host": "PGHOST",
    "hostaddr": "PGHOSTADDR",
    "port": "PGPORT",
    "dbname": "PGDATABASE",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "passfile": "PGPASSFILE",
    "options": "PGOPTIONS",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "channel_binding": "PGCHANNELBINDING",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
    "connect_timeout": "PGCONNECT_TIMEOUT",
    "gssencmode": "PGGSSENCMODE",
    "require_auth": "PGREQUIREAUTH",
}
SERVER_VARIABLES = frozenset({"CONNECTION_STRING", *_VARIABLE_OF.values()})


@dataclass(frozen=True)
class Settings:
    """Where the warehouse is and how to log in. ``parameters`` are libpq's names and values.

    ``problem`` says, where that is so, why this home's server cannot be known before 'bullion up'.
    """

    kind: Literal["embedded", "compose", "external"]
    home: Path
    parameters: dict[str, str] = field(repr=False)
    problem: str = ""

    @property
    def host(self) -> str:
        """Host name or address, as libpq would use it."""
        return self.parameters.get("host") or self.parameters.get("hostaddr") or LOCALHOST

    @property
    def port(self) -> int:
        """TCP port."""
        return int(self.parameters.get("port") or DEFAULT_PORT)

    @property
    def database(self) -> str:
        """Name of the warehouse's database."""
        return self.parameters["dbname"]

    @property
    def user(self) -> str:
        """Login role."""
        return self.parameters["user"]

    @property
    def password(self) -> str | None:
        """Password where one was given directly (never for the embedded server)."""
        return self.parameters.get("password")

    @property
    def passfile(self) -> Path | None:
        """libpq password file where one is known."""
        passfile = self.parameters.get("passfile")
        return Path(passfile) if passfile else None

    @property
    def is_embedded(self) -> bool:
        """Whether the server is the one that ``bullion up`` starts."""
        return self.kind == "embedded"

    @property
    def where(self) -> str:
        """Database and address for messages, without secrets."""
        return f"{self.database} on {self.address}"

    @property
    def address(self) -> str:
        """Host and port for messages."""
        return f"{self.host}:{self.port}"

    def check(self) -> None:
        """Raise BullionError where only 'bullion up' finds out which server this is."""
        if self.problem:
            raise BullionError(self.problem)

    def environ(self) -> dict[str, str]:
        """The PG* variables that bring any libpq client (dbt, psql, BI tools) to this server, and
        those that bring dbt to an installed project. Raises BullionError as :meth:`check`."""
        self.check()
        server = {_VARIABLE_OF[name]: value for name, value in self.parameters.items()}
        return server | project_environ(self.home)

    def child_environ(self) -> dict[str, str]:
        """This process's environment with :meth:`environ` instead of its own server variables."""
        kept = {name: value for name, value in os.environ.items() if name not in SERVER_VARIABLES}
        return kept | self.environ() | {"BULLION_HOME": str(self.home)}


def home_dir(environ: Mapping[str, str] | None = None) -> Path:
    """``BULLION_HOME`` as an absolute path; ``.bullion`` of the project, or of the current folder
    for an installed bullion, when it is not set."""
    environ = os.environ if environ is None else environ
    return absolute(environ.get("BULLION_HOME") or work_dir() / ".bullion", "BULLION_HOME")


def target_dir(home: Path) -> Path:
    """What dbt makes of the project: ``target`` of a checkout, or of an installed one's home."""
    return (PROJECT_DIR if IS_CHECKOUT else home) / "target"


def dbt_log_of(home: Path) -> Path:
    """dbt's log: in ``logs`` of a checkout, or of an installed project's home."""
    return (PROJECT_DIR if IS_CHECKOUT else home) / "logs" / "dbt.log"


def project_environ(home: Path) -> dict[str, str]:
    """The variables by which dbt finds an installed project and writes to ``home``; none in a
    checkout, whose folder is where bullion runs dbt."""
    if IS_CHECKOUT:
        return {}
    return dbt_environ(home)


def dbt_environ(home: Path) -> dict[str, str]:
    """The variables by which dbt, started in any folder, finds the project and what it works on."""
    return {
        "BULLION_HOME": str(home),
        "DBT_PROJECT_DIR": str(PROJECT_DIR),
        "DBT_PROFILES_DIR": str(PROJECT_DIR),
        "DBT_TARGET_PATH": str(target_dir(home)),
        "DBT_LOG_PATH": str(dbt_log_of(home).parent),
    }


def lake_dir(environ: Mapping[str, str] | None = None) -> Path:
    """``BULLION_LAKE`` as an absolute path; ``lake`` of ``BULLION_HOME`` when it is not set."""
    environ = os.environ if environ is None else environ
    return absolute(environ.get("BULLION_LAKE") or home_dir(environ) / "lake", "BULLION_LAKE")


def passfile_of(home: Path) -> Path:
    """The embedded server's password file (0600) in libpq's format."""
    return home / "secrets" / "pgpass"


def get_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of this moment; reads the environment each time, so that tests may change it.

    Raises BullionError, without any part of a password, when ``CONNECTION_STRING`` or a PG*
    variable cannot be read.
    """
    environ = os.environ if environ is None else environ
    home = home_dir(environ)
    if _names_external(environ, home):
        return Settings("external", home, _external_parameters(environ))
    database = environ.get("PGDATABASE") or DATABASE
    refuse_secrets({"dbname": database}, _VARIABLE_OF)
    record = record_of(home)
    if not record.exists() and COMPOSE_PASSFILE.exists() and "BULLION_HOME" not in environ:
        parameters = _local_parameters(_compose_port(), database, COMPOSE_PASSFILE)
        return Settings("compose", home, parameters)
    known = read_record(home)
    passfile = passfile_of(home)
    problem = known.problem
    if not record.exists() and passfile.exists():
        # Its passwords may be a copy, and what listens on the usual port another home's server.
        problem = f"{record} is gone: run 'bullion up' to write it anew."
    parameters = _local_parameters(known.port or DEFAULT_PORT, database, passfile)
    return Settings("embedded", home, parameters, problem)


def _local_parameters(port: int, database: str, passfile: Path) -> dict[str, str]:
    return {
        "host": LOCALHOST,
        "port": str(port),
        "dbname": database,
        "user": LOGIN,
        "passfile": str(passfile),
        "require_auth": REQUIRED_AUTH,
    }


def _compose_port() -> int:
    try:
        return int(COMPOSE_PASSFILE.with_name("port").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return DEFAULT_PORT


def _names_external(environ: Mapping[str, str], home: Path) -> bool:
    if environ.get("CONNECTION_STRING"):
        return True
    passfile = environ.get("PGPASSFILE")
    if passfile and os.path.realpath(passfile) == os.path.realpath(passfile_of(home)):
        return False
    return any(environ.get(name) for name in _NAMING_VARIABLES)


def required_auth(environ: Mapping[str, str]) -> str:
    """How a server that the user names has to log in: one who knows that it asks for less, or for a
    certificate, says so; empty is anything."""
    return environ.get("PGREQUIREAUTH", REQUIRED_AUTH)


def _external_parameters(environ: Mapping[str, str]) -> dict[str, str]:
    parameters = {
        name: environ[variable] for name, variable in _VARIABLE_OF.items() if environ.get(variable)
    }
    if not is_port(parameters.get("port", str(DEFAULT_PORT))):
        raise BullionError("PGPORT is not a number from 1 to 65535: set it to one, such as 5432.")
    parameters["require_auth"] = required_auth(environ)
    text = environ.get("CONNECTION_STRING")
    if text:
        given = read_connection_string(text)
        unknown = sorted(set(given) - set(_VARIABLE_OF) - {"application_name"})
        if unknown:
            raise BullionError(
                f"CONNECTION_STRING sets {', '.join(unknown)}, which has no PG* variable that dbt "
                "could read: leave it out."
            )
        if given.get("host") or given.get("hostaddr"):
            parameters.pop("host", None)
            parameters.pop("hostaddr", None)
            parameters.pop("service", None)
        parameters |= {
            name: value for name, value in given.items() if value and name in _VARIABLE_OF
        }
    if "service" not in parameters:
        parameters.setdefault("host", parameters.get("hostaddr", LOCALHOST))
        parameters.setdefault("port", str(DEFAULT_PORT))
    parameters.setdefault("dbname", DATABASE)
    parameters.setdefault("user", LOGIN)
    refuse_secrets(parameters, _VARIABLE_OF)
    local = parameters.get("host") in {LOCALHOST, "localhost", "::1"}
    known = "password" in parameters or "passfile" in parameters
    own = user_passfile()
    if local and not known and COMPOSE_PASSFILE.exists() and not (own and own.exists()):
        # Compose's server named by PGHOST: its password is in this project's secrets folder.
        parameters["passfile"] = str(COMPOSE_PASSFILE)
    return parameters
