"""`bullion adapt`: a first mapping of someone else's layout, right where it is sure and plain where
it is not."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from typer.testing import CliRunner, Result

from bullion.cli import app
from bullion.errors import BullionError
from bullion.ingest.adapters import load_adapter
from bullion.ingest.adapters.guess.match import best_table, spelt
from bullion.ingest.adapters.guess.sample import read_sample
from bullion.ingest.adapters.guess.values import column_values, looks_like_value
from bullion.ingest.adapters.guess.write import first_mapping
from bullion.ingest.adapters.mapping import Mapping
from bullion.ingest.loader import LoadOptions
from bullion.paths import PROJECT_DIR
from tests.unit.ingest.samples import as_csv, as_json_array, as_parquet, as_xlsx

DATA = Path("/work/shared/data")

PAYSIM = """\
step,type,amount,nameOrig,oldbalanceOrg,newbalanceOrig,nameDest,oldbalanceDest,newbalanceDest,\
isFraud,isFlaggedFraud
1,PAYMENT,9839.64,C1231006815,170136.0,160296.36,M1979787155,0.0,0.0,0,0
1,TRANSFER,181.0,C1305486145,181.0,0.0,C553264065,0.0,0.0,1,0
"""
STATEMENT = """\
Umsatzanzeige;Datei erstellt am: 05.02.2024 10:12

IBAN;DE12 3456 7890 1234 5678 90
Saldo;1.234,56;EUR

In der Umsatzübersicht sind die Buchungen.

Buchung;Valuta;Auftraggeber/Empfänger;Buchungstext;Verwendungszweck;Saldo;Währung;Betrag;Währung
05.02.2024;05.02.2024;REWE;Lastschrift;NR1234;1.234,56;EUR;-23,45;EUR
02.02.2024;01.02.2024;Arbeitgeber GmbH;Gehalt;LOHN;1.258,01;EUR;2.100,00;EUR
"""
CZECH = "Datum;Objem;Měna;Typ pohybu;Zpráva pro příjemce\n01.02.2024;-1 200,00;CZK;Platba;x\n"


def write(folder: Path, name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(content.encode(encoding) if isinstance(content, str) else content)
    return path


def guessed(path: Path) -> tuple[str, dict[str, str]]:
    """The table that a file is taken for, and its columns by those of the contract."""
    found = best_table(read_sample(path))
    return found.table.name, {name: guess.field for name, guess in found.guesses.items()}


def adapt(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["adapt", *map(str, arguments)])


@pytest.mark.parametrize(
    ("text", "is_value"),
    [
        ("1.234,56", True),
        ("-1,234.56", True),
        ("12.50 EUR", True),
        ("1'000 $", True),
        ("18.09.2017 10:00", True),
        ("05-Jan-2024", True),
        ("20240105", True),
        ("amount", False),
        ("Betrag EUR", False),
        ("12M", False),
        ("1st_payment", False),
        ("Q1 2024", False),
        ("", False),
    ],
)
def test_what_no_column_is_named(text: str, is_value: bool) -> None:
    assert looks_like_value(text) == is_value


def test_paysim(tmp_path: Path) -> None:
    path = write(tmp_path, "paysim.csv", PAYSIM)
    assert guessed(path) == (
        "transactions",
        {
            "account_id": "nameOrig",
            "merchant_id": "nameDest",
            "transaction_type": "type",
            "amount": "amount",
            "is_fraud": "isFraud",
        },
    )
    text = first_mapping([path])
    assert "null as transaction_at,  -- required: say what it is" in text
    assert 'type" as transaction_type,  -- doubtful: has PAYMENT, TRANSFER, the contract' in text
    assert '--   "oldbalanceOrg"  (number)' in text


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "utf-16"])
def test_a_german_statement(tmp_path: Path, encoding: str) -> None:
    path = write(tmp_path, "Umsaetze 2024.csv", STATEMENT, encoding)
    raw: dict[str, Any] = yaml.safe_load(first_mapping([path]))
    [(name, source)] = raw["sources"].items()
    assert name == "umsaetze_2024"
    assert source.get("encoding") == ("latin-1" if encoding == "latin-1" else None)
    assert (source["skip_lines"], source["delimiter"], source["header"]) == (7, ";", True)
    assert (source["decimal"], source["date_format"]) == (",", "DD.MM.YYYY")
    _, columns = guessed(path)
    assert columns == {
        "transaction_at": "Buchung",
        "transaction_type": "Buchungstext",
        "amount": "Betrag",
        "currency": "Währung",
        "description": "Verwendungszweck",
    }


def test_other_languages(tmp_path: Path) -> None:
    _, columns = guessed(write(tmp_path, "pohyby.csv", CZECH))
    assert columns["transaction_at"] == "Datum"
    assert columns["currency"] == "Měna"
    dutch = 'Datum,Bedrag,Munt,Omschrijving\n2024-02-01,"-1,20",EUR,x\n'
    _, columns = guessed(write(tmp_path, "mutaties.csv", dutch))
    assert columns["amount"] == "Bedrag"
    french = "Date;Libellé;Montant;Devise\n01/02/2024;x;-1,20;EUR\n"
    _, columns = guessed(write(tmp_path, "releve.csv", french))
    assert (columns["description"], columns["amount"]) == ("Libellé", "Montant")
    spanish = "Fecha;Concepto;Importe;Divisa\n01/02/2024;x;-1,20;EUR\n"
    _, columns = guessed(write(tmp_path, "movimientos.csv", spanish))
    assert (columns["transaction_at"], columns["amount"]) == ("Fecha", "Importe")


ROWS: list[list[str | None]] = [["C1", "Ann", "05.01.2024", "x"], ["C2", "Bob", "31.01.2024", "y"]]
NAMES = ("client_no", "vorname", "kunde_seit", "hobby")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("clients.csv", as_csv(NAMES, ROWS, ";").encode()),
        ("clients.csv", ("Export\n\n" + as_csv(NAMES, ROWS, "\t")).encode()),
        ("clients.json", as_json_array(NAMES, ROWS).encode()),
        ("clients.parquet", as_parquet(NAMES, ROWS)),
        ("clients.xlsx", as_xlsx(("Clients",), [[], list(NAMES), *ROWS])),
        ("clients.csv", as_csv((*NAMES, ""), [[*row, ""] for row in ROWS]).encode()),
    ],
)
def test_what_is_complete_loads_at_once(tmp_path: Path, name: str, data: bytes) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    path = write(folder, name, data)
    mapping = tmp_path / "mine.yml"
    result = adapt(path, "-o", mapping)
    assert result.exit_code == 0, result.output
    assert "0 columns to say" in result.output
    lake = tmp_path / "lake"
    [outcome] = load_adapter(str(mapping), folder, LoadOptions(), lake=lake).outcomes
    assert (outcome.status, outcome.message) == ("loaded", "")
    with duckdb.connect() as database:
        rows = database.execute(
            "select customer_id, first_name, signup_date::text, _extracted_at::text "
            f"from read_parquet('{lake}/customers/*.parquet') order by 1"
        ).fetchall()
    assert rows == [
        ("C1", "Ann", "2024-01-05", "2024-01-31 23:59:59"),
        ("C2", "Bob", "2024-01-31", "2024-01-31 23:59:59"),
    ]


def test_the_walk_of_the_docs(tmp_path: Path) -> None:
    """PaySim by what `bullion adapt` finds and what docs/own_data.md says beside it."""
    path = write(tmp_path, "paysim.csv", PAYSIM)
    docs = (PROJECT_DIR / "docs" / "own_data.md").read_text("utf-8")
    [said] = [
        block for block in re.findall(r"```yaml\n(.*?)```", docs, re.DOTALL) if "nameOrig" in block
    ]
    raw = yaml.safe_load(first_mapping([path])) | yaml.safe_load(said)
    mapping = write(tmp_path, "mine.yml", json.dumps(raw))
    lake = tmp_path / "lake"
    [outcome] = load_adapter(str(mapping), path, LoadOptions(), lake=lake).outcomes
    assert (outcome.status, outcome.counts.rows_loaded) == ("loaded", 2)
    with duckdb.connect() as database:
        rows = database.execute(
            "select transaction_id, transaction_at::text, amount::double, transaction_type, "
            "is_fraud "
            f"from read_parquet('{lake}/transactions/*.parquet') order by 1"
        ).fetchall()
    assert rows == [
        ("T1", "2024-01-01 01:00:00", -9839.64, "Purchase", False),
        ("T2", "2024-01-01 01:00:00", -181.0, "Transfer", True),
    ]


def test_what_is_required_must_be_said_before_it_loads(tmp_path: Path) -> None:
    path = write(tmp_path, "paysim.csv", PAYSIM)
    mapping = tmp_path / "paysim.yml"
    mapping.write_text(first_mapping([path]).replace("null::date", "date '2024-01-31'"))
    with pytest.raises(BullionError, match=r"does not say what transaction_id, customer_id, trans"):
        load_adapter(str(mapping), path, LoadOptions(), lake=tmp_path / "lake")


def test_nothing_is_overwritten_unasked(tmp_path: Path) -> None:
    path = write(tmp_path, "paysim.csv", PAYSIM)
    mapping = write(tmp_path, "paysim.yml", "mine")
    result = adapt(path, "-o", mapping)
    assert isinstance(result.exception, BullionError)
    assert mapping.read_text() == "mine"
    assert adapt(path, "-o", mapping, "--force").exit_code == 0
    assert adapt(path).output == mapping.read_text()
    assert "loan_payments:" in adapt(path, "--table", "loan_payments").output


def test_files_of_one_layout_become_a_pattern(tmp_path: Path) -> None:
    paths = [write(tmp_path, f"trans_2024-{month:02}.csv", PAYSIM) for month in (1, 2, 11)]
    paths.append(write(tmp_path, "order.csv", as_csv(NAMES, ROWS)))
    raw = yaml.safe_load(first_mapping(paths))
    assert {name: source["file"] for name, source in raw["sources"].items()} == {
        "trans_2024": "trans_2024-*.csv",
        "source_order": "order.csv",
    }
    assert set(raw["tables"]) == {"transactions", "customers"}


def test_a_file_without_a_header(tmp_path: Path) -> None:
    path = write(
        tmp_path, "trans.csv", "18.09.2017;SHOP A;-1,00;EUR\n19.09.2017;SHOP B;-2,00;EUR\n"
    )
    raw = yaml.safe_load(first_mapping([path]))
    assert raw["sources"]["trans"]["header"] is False
    _, columns = guessed(path)
    assert columns == {"transaction_at": "column1", "amount": "column3"}


@pytest.mark.parametrize(
    ("values", "kind", "formats"),
    [
        (["2024-01-31", "2024-02-01 10:00:00"], "date", ("YYYY-MM-DD",)),
        (["01/02/2024", "03/04/2024"], "date", ("DD/MM/YYYY", "MM/DD/YYYY")),
        (["13/02/2024", "03/04/2024"], "date", ("DD/MM/YYYY",)),
        (["930101", "981231"], "date", ("YYMMDD",)),
        (["1.234,56", "-7"], "number", ()),
        (["1,234.56", "7"], "number", ()),
        (["12", "13", None], "whole", ()),
        (["yes", "No"], "flag", ()),
        (["a", "1"], "text", ()),
        (["", None], "empty", ()),
        (["20240131", "20240201"], "date", ("YYYYMMDD",)),
    ],
)
def test_kinds_of_values(values: list[str | None], kind: str, formats: tuple[str, ...]) -> None:
    found = column_values(values)
    assert (found.kind, found.date_formats) == (kind, formats)


def test_months_first_where_the_point_is_the_decimal_sign(tmp_path: Path) -> None:
    text = "booked,amount\n01/02/2024,1.50\n03/04/2024,2.25\n"
    assert "date_format: MM/DD/YYYY  # doubtful: DD/MM/YYYY" in first_mapping(
        [write(tmp_path, "trans.csv", text)]
    )


def test_names_as_words() -> None:
    assert spelt("nameOrig") == "name orig"
    assert spelt("Begünstigter/Zahlungspflichtiger") == "beguenstigter zahlungspflichtiger"
    assert spelt("Měna") == "mena"


@pytest.mark.parametrize("content", ["", "one\ntwo\nthree\n", "a,b\n", "{}", "%PDF-1"])
def test_what_is_no_table(tmp_path: Path, content: str) -> None:
    result = adapt(write(tmp_path, "x.csv", content))
    assert isinstance(result.exception, BullionError)
    assert "\n" not in str(result.exception)


@pytest.mark.parametrize("name", ['q"uo te', "a: b #c", "ä|{}", "%", "select"])
def test_names_that_need_quotes(tmp_path: Path, name: str) -> None:
    path = write(
        tmp_path, "trans: #1.csv", as_csv((name, "betrag"), [["x", "1.50"], ["y", "2.50"]])
    )
    Mapping.model_validate(yaml.safe_load(first_mapping([path])))


@pytest.mark.skipif(not DATA.exists(), reason="the third-party files are not on this machine")
def test_real_exports() -> None:
    assert guessed(DATA / "berka" / "account.asc")[0] == "accounts"
    name, columns = guessed(DATA / "berka" / "trans.asc")
    assert name == "transactions"
    assert columns["transaction_at"] == "date"
    assert guessed(DATA / "finance_project" / "account_balances.csv")[0] == "account_balances"
    _, columns = guessed(DATA / "finance_project" / "customers.csv")
    assert (columns["customer_id"], columns["city"]) == ("customer_id", "address_city")
    for path in sorted(DATA.glob("*/*.[ac]s[cv]")):
        Mapping.model_validate(yaml.safe_load(first_mapping([path])))
