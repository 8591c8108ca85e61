"""Where a chart's rows come from: a relation, its columns and order, and what can filter them."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from psycopg import sql as composing

# What PostgreSQL takes without quotes.
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")


class Between(NamedTuple):
    """A filter's value: from and to, both included; None is open."""

    low: Any
    high: Any


class Query(NamedTuple):
    """A statement and its parameters."""

    statement: composing.Composed
    parameters: dict[str, Any]

    @property
    def text(self) -> str:
        """The statement as a person reads it."""
        return self.statement.as_string(None)


@dataclass(frozen=True)
class Source:
    """The rows of a chart.

    Attributes:
        relation: a table or view, bare (search_path finds gold).
        columns: what is read of it; empty is all.
        order: columns by which it is sorted, each with ``desc`` after it or not.
        where: a condition that always holds, with named parameters.
        parameters: the values of those.
        filters: by the name of a filter the column that it is about.
        recut: ``filterable`` where the figures can be made anew of fewer facts, ``fixed`` where
            they are statistics that may not be re-cut; a fixed source may still leave out rows.
        sql: a select in place of the relation, where a chart needs two; filters are about its
            columns.
    """

    relation: str = ""
    columns: Sequence[str] = ()
    order: Sequence[str] = ()
    where: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    filters: Mapping[str, str] = field(default_factory=dict)
    recut: Literal["filterable", "fixed"] = "fixed"
    sql: str = ""

    def compiled(self, filters: Mapping[str, Any] | None = None) -> Query:
        """The statement with these filters: a value, several, or :class:`Between`.

        Raises KeyError where the chart has no such filter.
        """
        conditions: list[composing.Composable] = []
        parameters = dict(self.parameters)
        if self.where:
            conditions.append(composing.SQL(self.where))
        for name, value in (filters or {}).items():
            if name not in self.filters:
                raise KeyError(f"there is no filter {name}; there are {', '.join(self.filters)}")
            column = _identifier(self.filters[name])
            conditions += _conditions(name, column, value, parameters)
        parts: list[composing.Composable] = [composing.SQL("select\n    "), self._columns()]
        parts += [composing.SQL("\nfrom "), self._relation()]
        if conditions:
            parts += [composing.SQL("\nwhere "), composing.SQL("\n    and ").join(conditions)]
        if self.order:
            parts += [
                composing.SQL("\norder by "),
                composing.SQL(", ").join(map(_ordered, self.order)),
            ]
        return Query(composing.Composed(parts), parameters)

    def _columns(self) -> composing.Composable:
        if not self.columns:
            return composing.SQL("*")
        if not all(_PLAIN.fullmatch(column) for column in self.columns):
            return composing.SQL(", ").join(map(composing.Identifier, self.columns))
        lines = textwrap.wrap(", ".join(self.columns), 88)
        return composing.SQL("\n    ".join(lines))

    def _relation(self) -> composing.Composable:
        if not self.sql:
            return _identifier(self.relation)
        inner = textwrap.indent(textwrap.dedent(self.sql).strip(), "    ")
        return composing.SQL(f"(\n{inner}\n) as rows")


def _conditions(
    name: str, column: composing.Composable, value: Any, parameters: dict[str, Any]
) -> list[composing.Composable]:
    if isinstance(value, Between):
        found: list[composing.Composable] = []
        for end, sign, bound in (("from", ">=", value.low), ("to", "<=", value.high)):
            if bound is not None:
                parameters[f"{name}_{end}"] = bound
                found.append(
                    column + composing.SQL(f" {sign} ") + composing.Placeholder(f"{name}_{end}")
                )
        return found
    if isinstance(value, str) or not isinstance(value, Sequence):
        parameters[name] = value
        return [composing.Composed([column, composing.SQL(" = "), composing.Placeholder(name)])]
    parameters[name] = list(value)
    return [
        composing.Composed(
            [column, composing.SQL(" = any("), composing.Placeholder(name), composing.SQL(")")]
        )
    ]


def _identifier(name: str) -> composing.Composable:
    return composing.SQL(name) if _PLAIN.fullmatch(name) else composing.Identifier(name)


def _ordered(column: str) -> composing.Composable:
    name, _, way = column.partition(" ")
    if way not in ("", "desc"):
        raise ValueError(f"{column}: a column, and desc after it or nothing")
    return _identifier(name) + composing.SQL(" desc" if way else "")
