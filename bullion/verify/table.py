"""``gold.analytics_verification``: the latest verification, for the report and any reader.

It is verify's own table, not a model: a build neither makes nor drops it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any, LiteralString

from psycopg import sql

from bullion.verify import rule
from bullion.verify.bank import Connection
from bullion.verify.measure import Compared, Measured
from bullion.verify.rule import Verdict

READERS = ("reader", "pii_reader", "auditor")
COMMENT = (
    "The latest bullion verify: planted truths of the synthetic bank against the warehouse's "
    "estimates, and statistics against other libraries. Grain: one row a check_kind, truth_id and "
    "check_name."
)
COLUMNS: tuple[tuple[LiteralString, LiteralString, str], ...] = (
    ("check_kind", "text not null", "estimate, set, test (p value of what is true) or oracle."),
    ("truth_id", "text not null", "Id of the truth, such as T23; of an oracle its library."),
    ("check_name", "text not null", "What is estimated, found, tested or compared."),
    ("model_name", "text not null", "The gold model that says it."),
    ("planted_value", "double precision", "What the bank has planted; of a set, its size."),
    ("estimate", "double precision", "The warehouse's estimate; of a set, the elements found."),
    ("standard_error", "double precision", "Standard error of the estimate."),
    ("largest_standard_error", "double precision", "The largest standard error allowed."),
    ("ci_low", "double precision", "Lower end of the 95 % interval."),
    ("ci_high", "double precision", "Upper end of the 95 % interval."),
    ("is_covered", "boolean", "Whether the 95 % interval holds the planted value."),
    ("p_value", "double precision", "P value of no effect; of a test, its own."),
    ("difference", "double precision", "Largest difference from the library (oracles)."),
    ("tolerance", "double precision", "The largest difference allowed (oracles)."),
    ("verdict", "text not null", "passed, failed, too small (bank) or not run (library missing)."),
    ("reason", "text", "Why it is not simply passed."),
    ("bank_seed", "bigint not null", "Seed of the synthetic bank."),
    ("is_null_bank", "boolean not null", "Whether the bank has no effects (--null)."),
    ("verified_at", "timestamp not null", "When it was verified (UTC)."),
    ("as_of", "timestamp not null", "The instant that the warehouse shows."),
)


def write(connection: Connection, measured: Measured, compared: Sequence[Compared]) -> int:
    """Replace the table by this verification; returns its rows. One transaction."""
    table = sql.Identifier("gold", "analytics_verification")
    with connection.transaction():
        connection.execute("set local role transformer")
        row = connection.execute("select as_of from silver.int_as_of").fetchone()
        now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
        last = (measured.seed, measured.is_null, now, row[0] if row else now)
        rows = [(*cells, *last) for cells in _rows(measured, compared)]
        _create(connection, table)
        with connection.cursor() as cursor:
            cursor.executemany(
                sql.SQL("insert into {} values ({})").format(
                    table, sql.SQL(", ").join([sql.Placeholder()] * len(COLUMNS))
                ),
                rows,
            )
    return len(rows)


def _create(connection: Connection, table: sql.Identifier) -> None:
    columns = [
        *(sql.SQL("{} ").format(sql.Identifier(name)) + sql.SQL(kind) for name, kind, _ in COLUMNS),
        sql.SQL("primary key (check_kind, truth_id, check_name)"),
    ]
    connection.execute(sql.SQL("drop table if exists {}").format(table))
    connection.execute(sql.SQL("create table {} ({})").format(table, sql.SQL(", ").join(columns)))
    connection.execute(sql.SQL("comment on table {} is {}").format(table, sql.Literal(COMMENT)))
    for name, _, description in COLUMNS:
        connection.execute(
            sql.SQL("comment on column {}.{} is {}").format(
                table, sql.Identifier(name), sql.Literal(description)
            )
        )
    known = connection.execute(
        "select rolname from pg_roles where rolname = any(%s)", (list(READERS),)
    ).fetchall()
    for (role,) in known:
        connection.execute(sql.SQL("grant select on {} to {}").format(table, sql.Identifier(role)))


def _rows(measured: Measured, compared: Sequence[Compared]) -> Iterator[tuple[Any, ...]]:
    full = measured.is_full_size
    for each in measured.estimates:
        yield (
            *("estimate", each.id, each.name, each.model),
            *(each.planted, each.estimate, each.standard_error, each.largest_se),
            *(each.ci_low, each.ci_high, each.is_covered, each.null_p, None, None),
            *_verdict(rule.judge_estimate(each, full)),
        )
    for found in measured.sets:
        yield (
            *("set", found.id, found.name, found.model),
            *(found.planted_count, found.found_count, *[None] * 8),
            *_verdict(rule.judge_set(found, full)),
        )
    for check in measured.checks:
        yield (
            *("test", check.id, check.name, check.model, *[None] * 7, check.p_value, None, None),
            *_verdict(rule.judge_check(check, full)),
        )
    for oracle in compared:
        difference = oracle.largest
        yield (
            *("oracle", oracle.library, oracle.name, oracle.model, *[None] * 8),
            *(difference, oracle.tolerance),
            *_verdict(rule.judge_oracle(oracle)),
        )


def _verdict(verdict: Verdict) -> tuple[str, str | None]:
    return verdict.word, verdict.reason or None
