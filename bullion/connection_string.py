"""Reads CONNECTION_STRING. What cannot be read is refused without a word of it: a password whose
``@``, ``/`` or ``#`` is not encoded would otherwise be shown as part of a host or database."""

from __future__ import annotations

import re
from collections.abc import Mapping

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from bullion.errors import BullionError

_SCHEMES = {"postgresql", "postgres"}
_HOST = r"(?:[A-Za-z0-9._%\-]*|\[[0-9A-Fa-f:.%]+\])(?::(?P<port{}>[^@/?#,\[\]]*))?"
_URL = re.compile(
    r"(?:(?P<user>[^:@/?#]*)(?::(?P<password>[^@/?#]*))?@)?"
    rf"(?P<hosts>{_HOST.format('')}(?:,{_HOST.format('s')})*)"
    r"(?:/(?P<database>[^@/?#]*))?"
    r"(?:\?(?P<options>[^@?#]*))?"
)
_ENCODED = "@ is %40, : %3A, / %2F, ? %3F, # %23, % %25"
_HOW = (
    "CONNECTION_STRING cannot be read: write it as postgresql://USER:PASSWORD@HOST:5432/DATABASE, "
    f"where in a name or password {_ENCODED}."
)
_PORT = (
    "The port in CONNECTION_STRING is not a number from 1 to 65535; where it is part of a "
    f"password, {_ENCODED}."
)
# What is shown in messages: a whole URL put there would show its password.
_ADDRESS = re.compile(r"://|password\s*=|.@", re.IGNORECASE)
# Some sites' names of users have an @ in them.
_NAME = re.compile(r"://|password\s*=", re.IGNORECASE)
_SHOWN = {"service": _NAME, "dbname": _NAME, "user": _NAME, "host": _ADDRESS, "hostaddr": _ADDRESS}


def read_connection_string(text: str) -> dict[str, str]:
    """libpq's names and values of a URL or of ``key=value`` pairs.

    Raises BullionError, which shows nothing of the text, when it is neither or is ambiguous.
    """
    scheme, separator, rest = text.partition("://")
    if separator:
        # SQLAlchemy's spelling of the scheme is common in such variables; libpq does not know it.
        scheme = scheme.partition("+")[0]
        found = _URL.fullmatch(rest)
        if scheme not in _SCHEMES or found is None:
            raise BullionError(_HOW)
        text = f"{scheme}://{rest}"
    try:
        given = conninfo_to_dict(text)
    except (ProgrammingError, UnicodeError):
        # Its words quote the text, and so may this one's traceback.
        raise BullionError(_HOW) from None
    values = {name: str(value) for name, value in given.items() if value is not None}
    if not is_port(values.get("port") or "5432"):
        raise BullionError(_PORT)
    return values


def is_port(text: str) -> bool:
    """Whether that is a TCP port."""
    return text.isascii() and text.isdigit() and 0 < int(text) < 65536


def refuse_secrets(parameters: Mapping[str, str], variables: Mapping[str, str]) -> None:
    """Raise BullionError where a parameter that messages show holds what a password may be in:
    a whole URL, say, in PGHOST. ``variables`` names the variable of each parameter."""
    for name, hidden in _SHOWN.items():
        if hidden.search(parameters.get(name, "")):
            raise BullionError(
                f"{variables[name]} holds more than it should: a whole address with its password "
                "goes into CONNECTION_STRING."
            )
