"""Batches in PostgreSQL: audit, totals, rejects, sameness, thresholds, deletes."""

# Bronze keeps UTC without a zone.
# ruff: noqa: DTZ001

from __future__ import annotations

import gzip
import os
import threading
from datetime import datetime
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from bullion.contract import load_contract
from bullion.errors import BullionError
from bullion.ingest.postgres import ddl, destination, straight
from bullion.ingest.postgres.ddl import ensure_bronze
from bullion.ingest.reading.source import ByteStream
from tests.conftest import Database
from tests.integration.ingest.conftest import Bronze

HEADER = (
    "transaction_id,account_id,customer_id,transaction_at,transaction_type,amount,currency,"
    "channel,status"
)
ADVISORS = "advisor_id,first_name,years_experience\n"


def line(number: int, amount: str = "-1.50", **changes: str) -> str:
    values = {
        "id": f"T{number}",
        "account": "A1",
        "customer": "C1",
        "at": "2024-01-31 10:00:00",
        "type": "Fee",
        "amount": amount,
        "currency": "USD",
        "channel": "Branch",
        "status": "Completed",
    } | changes
    return ",".join(values.values())


def file_of(*lines: str, header: str = HEADER) -> str:
    return "\n".join([header, *lines]) + "\n"


def test_all_tables_are_made_as_the_contract_says(bronze: Bronze) -> None:
    for table in load_contract().values():
        found = bronze.rows(
            """
            select attname, format_type(atttypid, atttypmod) from pg_attribute
            where attrelid = %s::regclass and attnum > 0 order by attnum
            """,
            f"bronze.{table.name}",
        )
        expected = [
            (c.name, c.data_type.replace("timestamp", "timestamp without time zone"))
            for c in table.columns
        ]
        assert found[: len(expected)] == expected
        assert [name for name, _ in found[len(expected) :]] == [
            "_batch_id",
            "_extracted_at",
            "_loaded_at",
            "_source_file",
            "_source_row",
            "_op",
        ]
        indexes = bronze.rows(
            "select indexdef from pg_indexes where schemaname = 'bronze' and tablename = %s",
            table.name,
        )
        assert ["USING brin (_batch_id)" in definition for (definition,) in indexes] == [True]
    ensure_bronze(bronze.connection)


def test_bronze_belongs_to_no_loader_and_readers_see_no_rejects(bronze: Bronze) -> None:
    owners = bronze.rows(
        """
        select distinct pg_get_userbyid(relowner) from pg_class
        where relnamespace = 'bronze'::regnamespace and relkind in ('r', 'S')
        """
    )
    assert owners == [("archivist",)]
    readable = "select has_table_privilege(%s, %s, 'select')"
    assert bronze.value(readable, "transformer", "bronze.transactions") is True
    assert bronze.value(readable, "auditor", "bronze.load_audit") is True
    for role in ("reader", "pii_reader", "auditor"):
        assert bronze.value(readable, role, "bronze.rejected_rows") is False
        assert bronze.value(readable, role, "bronze.customers") is False


def test_straight_path_fills_every_audit_column(bronze: Bronze) -> None:
    outcome = bronze.load("2024-01-31/transactions.csv", file_of(line(1), line(2), line(3, "4.25")))
    assert (outcome.status, outcome.read_path) == ("loaded", "straight")
    rows = bronze.rows(
        "select transaction_id, _batch_id, _extracted_at, _source_file, _source_row, _op, "
        "_loaded_at > now() at time zone 'UTC' - interval '5 minutes' from bronze.transactions"
    )
    at = datetime(2024, 1, 31, 23, 59, 59)
    expected = [
        (f"T{i}", outcome.batch_id, at, "2024-01-31/transactions.csv", i, "upsert", True)
        for i in (1, 2, 3)
    ]
    assert rows == expected
    audit = bronze.rows(
        "select batch_id, table_name, source_file, extracted_at, rows_read, rows_loaded, "
        "rows_rejected, deletes, status, read_path, length(content_hash), "
        "started_at <= finished_at from bronze.load_audit"
    )
    assert audit == [
        (
            *(outcome.batch_id, "transactions", "2024-01-31/transactions.csv", at),
            *(3, 3, 0, 0, "loaded", "straight", 64, True),
        )
    ]
    totals = bronze.rows("select column_name, total from bronze.load_control_totals")
    assert totals == [("amount", Decimal("1.25"))]


def test_ordinals_start_anew_in_every_file(bronze: Bronze) -> None:
    bronze.load("2024-01-30/advisors.csv", ADVISORS + "A1,Ann,1\nA2,Bob,2\n")
    # The first attempt of this file takes ordinals before it is given up.
    bronze.load("2024-01-31/advisors.csv", ADVISORS + "A1,Ann,1\nA2,Bob,NULL\n")
    bronze.load("2024-02-01/advisors.csv", ADVISORS + "A7,Ann,1\nA8,Bob,2\n")
    rows = bronze.rows("select _source_row from bronze.advisors order by _batch_id, _source_row")
    assert rows == [(1,), (2,), (1,), (2,), (1,), (2,)]


TRICKY = {
    "plain": "A1,Ann,5\nA2,Bob,6\n",
    "quoted": 'A1,"Ann, ""the""\nfirst",5\nA2,"",6\n',
    "null word": "A1,NULL,5\nA2,Bob,6\n",
    "single blank": "A1, ,5\nA2,Bob,6\n",
    "quoted blank": 'A1," ",5\nA2,Bob, \n',
    "quote in mid-field": 'A1,An"n"a,5\nA2,Bob,6\n',
    "quotes that swallow a delimiter": 'A1,An"n,5"\nA2,Bob,6\nA3,Cy,7\n',
    "underscore": "A1,Ann,1_000\nA2,Bob,6\n",
    "blank lines": "A1,Ann,5\n\n\nA2,Bob,6\n",
    "crlf": "A1,Ann,5\r\nA2,Bob,6\r\n",
    "mixed line ends": "A1,Ann,5\r\nA2,Bob,6\nA3,Cy,7\r\n",
    "end of copy": "A1,Ann,5\n\\.,x,7\nA2,Bob,6\n",
    "backslash": "A1,An\\n\\,5\nA2,\\N,6\n",
    "thousands": 'A1,Ann,"1,000"\nA2,Bob,6\n',
    "no line end": "A1,Ann,5\nA2,Bob,6",
    "float": "A1,Ann,5.0\nA2,Bob,6\n",
    "letters": "A1,Žofie 🏦,5\nA2,Zoé,6\n",
}


@pytest.mark.parametrize("name", TRICKY)
def test_straight_and_checked_path_give_the_same(
    bronze: Bronze, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    content = ADVISORS + TRICKY[name]
    query = (
        "select advisor_id, first_name, years_experience, _source_row "
        "from bronze.advisors where _batch_id = %s order by _source_row"
    )
    free = bronze.load("2024-01-01/advisors.csv", content, max_rejected_pct=100)
    monkeypatch.setattr(destination, "can_go_straight", lambda *_: False)
    checked = bronze.load("2024-01-02/advisors.csv", content, max_rejected_pct=100)
    assert (free.status, checked.status, checked.read_path) == ("loaded", "loaded", "checked")
    assert bronze.rows(query, free.batch_id) == bronze.rows(query, checked.batch_id)
    assert free.counts == checked.counts
    if name in {"plain", "quoted", "crlf", "no line end", "letters"}:
        assert free.read_path == "straight"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^"])
def test_a_file_may_need_quotes_only_later(
    bronze: Bronze, monkeypatch: pytest.MonkeyPatch, delimiter: str
) -> None:
    """Its beginning goes by a quicker COPY than its end, and ordinals run on."""
    formats: list[str] = []
    send = straight._send

    def noting(connection: Any, statement: str, blocks: Any) -> int:
        formats.append("text" if "format text" in statement else "csv")
        return send(connection, statement, blocks)

    monkeypatch.setattr(straight, "BLOCK_BYTES", 64)
    monkeypatch.setattr(straight, "_send", noting)
    names = [f"Zoé {number}" for number in range(40)]
    written = list(names)
    names[20], written[20] = f"{delimiter} of\nGent", f'"{delimiter} of\nGent"'
    names[30] = written[30] = "a\\N"
    ages = [None if number % 3 else number + 1 for number in range(40)]
    content = ADVISORS.replace(",", delimiter) + "\n".join(
        delimiter.join([f"A{number}", written[number], str(ages[number] or "")])
        for number in range(40)
    )
    outcome = bronze.load("2024-01-31/advisors.csv", content, delimiter=delimiter)
    assert (outcome.status, outcome.read_path) == ("loaded", "straight")
    # COPY's text format takes not every delimiter.
    assert formats == (["csv"] if delimiter == "^" else ["text", "csv"])
    rows = bronze.rows(
        "select advisor_id, first_name, years_experience, _source_row from bronze.advisors "
        "order by _source_row"
    )
    assert rows == [(f"A{number}", names[number], ages[number], number + 1) for number in range(40)]


def test_a_backslash_is_a_letter_like_any_other(bronze: Bronze) -> None:
    outcome = bronze.load("2024-01-31/advisors.csv", ADVISORS + "A1,a\\N,1\nA2,a\\tb,\nA3,\\.,3\n")
    assert (outcome.status, outcome.read_path) == ("loaded", "straight")
    names = bronze.rows("select first_name from bronze.advisors order by advisor_id")
    assert names == [("a\\N",), ("a\\tb",), ("\\.",)]


@pytest.mark.parametrize(
    "written",
    [
        "2024-01-31 10:00:00+02",
        "2024-01-31T10:00:00Z",
        "20240131",
        "240131",
        "today",
        "infinity",
        "01/02/2024",
        "2024-01-31 10:00:00 PST",
        "Jan 31 2024",
    ],
)
def test_postgres_reads_no_timestamp_that_the_contract_does_not(
    bronze: Bronze, monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    """PostgreSQL alone would take all of these, some of them wrongly."""
    assert bronze.value("select %s::timestamp is not null", written)
    content = file_of(line(1), line(2, at=written))
    query = "select transaction_at from bronze.transactions where _batch_id = %s order by 1"
    free = bronze.load("2024-01-31/transactions.csv", content, max_rejected_pct=100)
    monkeypatch.setattr(destination, "can_go_straight", lambda *_: False)
    checked = bronze.load("2024-02-01/transactions.csv", content, max_rejected_pct=100)
    assert bronze.rows(query, free.batch_id) == bronze.rows(query, checked.batch_id)
    assert free.counts.rows_rejected == (0 if written.endswith(("+02", "Z")) else 1)


def test_offsets_become_utc(bronze: Bronze) -> None:
    bronze.load("2024-01-31/transactions.csv", file_of(line(1, at="2024-01-31T10:00:00+02:00")))
    assert bronze.rows("select transaction_at from bronze.transactions") == [
        (datetime(2024, 1, 31, 8),)
    ]


def test_rejects_are_kept_with_all_that_is_needed(bronze: Bronze) -> None:
    lines = [line(i) for i in range(1, 300)]
    lines[99] = line(100, "ten")
    lines[199] = "T200,A1"
    outcome = bronze.load("2024-01-31/transactions.csv", file_of(*lines))
    assert (outcome.status, outcome.read_path) == ("loaded", "checked")
    assert bronze.value("select count(*) from bronze.transactions") == 297
    rejects = bronze.rows(
        "select batch_id, table_name, source_file, source_row, source_line, column_name, kind, "
        "raw_text from bronze.rejected_rows order by source_row"
    )
    first = (outcome.batch_id, "transactions", "2024-01-31/transactions.csv")
    assert rejects == [
        (*first, 100, 101, "amount", "type", lines[99]),
        (*first, 200, 201, None, "truncated", "T200,A1"),
    ]
    reason = bronze.value("select reason from bronze.rejected_rows where source_row = 100")
    assert "'ten'" in reason
    assert "1234.56" in reason
    assert bronze.rows("select rows_read, rows_loaded, rows_rejected from bronze.load_audit") == [
        (299, 297, 2)
    ]
    assert bronze.value("select sum(amount) from bronze.transactions") == bronze.value(
        "select total from bronze.load_control_totals"
    )


def test_over_the_threshold_nothing_stays(bronze: Bronze) -> None:
    good = [line(i) for i in range(1, 50)]
    outcome = bronze.load("2024-01-31/transactions.csv", file_of(*good, line(50, "ten")))
    assert (outcome.status, outcome.kind) == ("rejected", "threshold")
    assert "1 of 50 records" in outcome.message
    assert [(group.column_name, group.count) for group in outcome.rejects] == [("amount", 1)]
    for name in ("transactions", "load_audit", "load_control_totals", "rejected_rows"):
        assert bronze.value(f"select count(*) from bronze.{name}") == 0
    again = bronze.load("2024-01-31/transactions.csv", max_rejected_pct=2.0)
    assert again.status == "loaded"
    assert again.counts.rows_loaded == 49


def test_same_file_twice_adds_nothing(bronze: Bronze) -> None:
    content = file_of(line(1), line(2))
    first = bronze.load("2024-01-31/transactions.csv", content)
    again = bronze.load("2024-01-31/transactions_2.csv", content)
    assert again.status == "already loaded"
    assert f"batch {first.batch_id}" in again.message
    assert bronze.value("select count(*) from bronze.transactions") == 2
    # The same bytes at another extract time are another statement of the bank.
    assert bronze.load("2024-02-01/transactions.csv", content).status == "loaded"
    assert bronze.value("select count(*) from bronze.load_audit") == 2
    # Other bytes of the same day are another file.
    assert bronze.load("2024-01-31/transactions.csv", content + line(3) + "\n").is_good
    assert bronze.value("select count(*) from bronze.transactions") == 7


def test_empty_file_with_header_is_a_batch_of_no_rows(bronze: Bronze) -> None:
    outcome = bronze.load("2024-01-31/advisors.csv", ADVISORS)
    assert (outcome.status, outcome.read_path) == ("loaded", "straight")
    assert bronze.rows("select rows_read, rows_loaded from bronze.load_audit") == [(0, 0)]


def test_deletes_need_only_the_key(bronze: Bronze) -> None:
    content = file_of(
        line(1) + ",upsert",
        "T2,,,,,,,,,delete",
        line(3, "2.00") + ",upsert",
        header=HEADER + ",_op",
    )
    outcome = bronze.load("2024-01-31/transactions.csv", content)
    assert (outcome.read_path, outcome.counts.deletes) == ("straight", 1)
    assert bronze.rows("select transaction_id, _op from bronze.transactions order by 1") == [
        ("T1", "upsert"),
        ("T2", "delete"),
        ("T3", "upsert"),
    ]
    assert bronze.value("select total from bronze.load_control_totals") == Decimal("0.50")
    assert bronze.value("select deletes from bronze.load_audit") == 1


def test_required_columns_hold_even_for_other_writers(bronze: Bronze) -> None:
    bronze.connection.execute("begin")
    bronze.connection.execute("select set_config('bullion.batch_id', '9', true)")
    with pytest.raises(psycopg.errors.UndefinedObject):
        # Outside a load nobody says which file a row is from.
        bronze.connection.execute("insert into bronze.advisors (advisor_id) values ('A1')")
    bronze.connection.execute("rollback")
    insert = (
        "insert into bronze.accounts (account_id, _batch_id, _extracted_at, _loaded_at, "
        "_source_file, _source_row, _op) values ('A', 1, now(), now(), 'f', 1, %s)"
    )
    with pytest.raises(psycopg.errors.CheckViolation):
        bronze.connection.execute(insert, ["upsert"])
    with pytest.raises(psycopg.errors.CheckViolation):
        bronze.connection.execute(insert, ["remove"])
    bronze.connection.execute(insert, ["delete"])


def test_gzip_goes_straight_and_latin_1_is_said(bronze: Bronze) -> None:
    packed = gzip.compress((ADVISORS + "A1,Ann,1\n").encode())
    assert bronze.load("2024-01-30/advisors.csv.gz", packed).read_path == "straight"
    outcome = bronze.load("2024-01-31/advisors.csv", (ADVISORS + "A2,Zoé,2\n").encode("latin-1"))
    assert outcome.read_path == "checked"
    assert any("Latin-1" in note for note in outcome.notes)
    names = bronze.rows("select first_name from bronze.advisors order by advisor_id")
    assert names == [("Ann",), ("Zoé",)]


def test_extract_time_from_the_newest_event(bronze: Bronze) -> None:
    content = file_of(line(1, at="2024-01-31 10:00:00"), line(2, at="2024-02-03 11:12:13"))
    outcome = bronze.load("transactions.csv", content)
    assert outcome.extracted_at == datetime(2024, 2, 3, 11, 12, 13)
    assert any("newest transaction_at" in note for note in outcome.notes)
    older = bronze.load("transactions_2.csv", file_of(line(3, at="2024-01-01 00:00:00")))
    assert any("rows win over these" in note for note in older.notes)
    typed = bronze.load("transactions_3.csv", file_of(line(4), line(5, at="2204-01-06 10:00:00")))
    assert typed.extracted_at == datetime(2024, 1, 31, 10, 0, 0)
    assert any("1 dates later than today were passed over" in note for note in typed.notes)
    days = bronze.load("economic_indicators.csv", "indicator_date\n2024-01-05\n2024-01-03\n")
    assert days.extracted_at == datetime(2024, 1, 5, 23, 59, 59)
    none = bronze.load("advisors.csv", ADVISORS + "A1,Ann,1\n")
    assert none.status == "failed"
    assert "--extracted-at" in none.message


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"", "empty"), (b"\x00" * 100, "binary"), (b"advisor_id\nA1\n", "header")],
)
def test_files_rejected_as_a_whole(bronze: Bronze, content: bytes, kind: str) -> None:
    outcome = bronze.load("2024-01-31/transactions.csv", content)
    assert (outcome.status, outcome.kind) == ("rejected", kind)
    assert "transactions.csv" in outcome.message
    assert bronze.value("select count(*) from bronze.load_audit") == 0


def keys_alive(bronze: Bronze, at: str = "9999-01-01") -> list[Any]:
    return [
        key
        for (key,) in bronze.rows(
            """
            select advisor_id from (
                select distinct on (advisor_id) advisor_id, _op from bronze.advisors
                where _extracted_at <= %s
                order by advisor_id, _extracted_at desc, _source_file desc, _source_row desc
            ) as latest where _op = 'upsert' order by 1
            """,
            at,
        )
    ]


EXTRACTS = [
    ("2024-01-01/advisors.csv", "A1,Ann,1\nA2,Bob,2\nA3,Cy,3\n", True),
    ("2024-01-02/advisors.csv", "A4,Di,4\n", False),
    ("2024-01-03/advisors.csv", "A1,Ann,9\nA4,Di,4\n", True),
    ("2024-01-04/advisors.csv", "A2,Bob,2\n", False),
]


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1), (1, 3, 0, 2)])
def test_full_extracts_delete_what_they_do_not_hold(bronze: Bronze, order: tuple[int, ...]) -> None:
    for position in order:
        name, rows, is_full = EXTRACTS[position]
        assert bronze.load(name, ADVISORS + rows, is_full_extract=is_full).is_good
    assert keys_alive(bronze, "2024-01-02 23:59:59") == ["A1", "A2", "A3", "A4"]
    assert keys_alive(bronze, "2024-01-03 23:59:59") == ["A1", "A4"]
    assert keys_alive(bronze) == ["A1", "A2", "A4"]
    assert bronze.value("select sum(absence_deletes) from bronze.load_audit") == bronze.value(
        "select count(*) from bronze.advisors where _op = 'delete'"
    )
    duplicates = bronze.rows(
        "select _batch_id, _source_row from bronze.advisors group by 1, 2 having count(*) > 1"
    )
    assert duplicates == []


def test_batch_numbers_become_visible_in_order(
    bronze: Bronze, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second loader waits until the first has committed, before it draws its number."""
    with database.connect() as other:
        ddl.lock_loads(other)
        monkeypatch.setenv("BULLION_LOCK_WAIT_SECONDS", "0.3")
        with pytest.raises(BullionError, match=r"Another load is running: process .* since 2"):
            bronze.load("2024-01-31/advisors.csv", ADVISORS + "A1,Ann,1\n")
    assert bronze.load("2024-01-31/advisors.csv").status == "loaded"


def test_schema_suffix_keeps_warehouses_apart(
    bronze: Bronze, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BULLION_SCHEMA_SUFFIX", "_other")
    ensure_bronze(bronze.connection)
    assert bronze.load("2024-01-31/advisors.csv", ADVISORS + "A1,Ann,1\n").status == "loaded"
    assert bronze.value("select count(*) from bronze_other.advisors") == 1
    assert bronze.value("select count(*) from bronze.advisors") == 0


def test_a_lost_server_is_said(bronze: Bronze, database: Database) -> None:
    with database.server.admin() as admin, database.connect() as other:
        ddl.lock_loads(other)
        pid = bronze.connection.info.backend_pid
        killer = threading.Timer(0.5, lambda: admin.execute(f"select pg_terminate_backend({pid})"))
        killer.start()
        with pytest.raises(BullionError, match=r"server was lost .*same command again"):
            bronze.load("2024-01-31/advisors.csv", ADVISORS + "A1,Ann,1\n")
        killer.join()


@pytest.mark.parametrize("path", ["straight", "checked"])
def test_what_goes_wrong_with_a_file_is_its_own_end(
    bronze: Bronze, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """Both paths: a file that is cut off while it is read, and an error that nobody expected."""
    content = file_of(*(line(number) for number in range(9)))
    if path == "checked":
        content = content.replace("-1.50", '"-1,000.50"')
    name = "2024-01-31/transactions.csv"
    file = bronze.write(name, content)
    real = ByteStream.content_hash

    def cut(stream: ByteStream) -> str:
        os.truncate(file, len(content) // 2)
        return real(stream)

    def fail(_: ByteStream) -> str:
        raise MemoryError

    monkeypatch.setattr(ByteStream, "content_hash", cut)
    outcome = bronze.load(name)
    assert (outcome.status, outcome.kind) == ("rejected", "changed")
    file.write_text(content)
    monkeypatch.setattr(ByteStream, "content_hash", fail)
    outcome = bronze.load(name)
    assert outcome.status == "failed"
    assert "could not be read: MemoryError; nothing of it was loaded" in outcome.message
    assert bronze.value("select count(*) from bronze.transactions") == 0
    assert bronze.value("select count(*) from bronze.load_audit") == 0
    monkeypatch.setattr(ByteStream, "content_hash", real)
    outcome = bronze.load(name)
    assert (outcome.status, outcome.read_path, outcome.counts.rows_loaded) == ("loaded", path, 9)
