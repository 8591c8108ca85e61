"""The seeds: what every engine reads alike, and that what they say of the world is so."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import iso18245
import pytest
import yaml
from pandas.tseries.holiday import USFederalHolidayCalendar

from bullion.paths import PROJECT_DIR
from bullion.synth.market import merchants
from tools.derived import reference
from tools.derived.reference import FIRST_YEAR, LAST_YEAR, SEEDS, Rows, holidays, observed, rows

NAMES = sorted(path.stem for path in SEEDS.glob("*.csv"))
DESCRIBED = {
    seed["name"]: seed
    for seed in yaml.safe_load((SEEDS / "_seeds.yml").read_text(encoding="ascii"))["seeds"]
}
NUMBER = re.compile(r"-?\d+(\.\d+)?")
WRITTEN_AS = {
    "integer": re.compile(r"-?\d{1,9}"),
    "date": re.compile(r"\d{4}-\d{2}-\d{2}"),
    "text": re.compile(r"\S(.*\S)?"),
    "decimal": NUMBER,
}
CODES = 10_000


def by(found: Rows, name: str) -> dict[str, Rows]:
    """Rows by the value of a column."""
    return {value: [row for row in found if row[name] == value] for value in column(found, name)}


def column(found: Rows, name: str) -> list[str]:
    """A column of rows."""
    return [row[name] for row in found]


def test_every_seed_is_described() -> None:
    assert sorted(DESCRIBED) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_columns_have_their_types(name: str) -> None:
    described: dict[str, Any] = DESCRIBED[name]
    types = {each["name"]: each["data_type"] for each in described["columns"]}
    header = (SEEDS / f"{name}.csv").read_text(encoding="ascii").splitlines()[0].split(",")
    assert list(types) == header
    declared = described["config"]["column_types"]
    assert list(declared) == header
    for each, written in declared.items():
        assert written == types[each] or ("string" in written and types[each] == "text")


@pytest.mark.parametrize("name", NAMES)
def test_cells_are_read_alike_on_every_engine(name: str) -> None:
    """Nothing is empty, which a Spark session would make text of; numbers are plain and short."""
    types = {each["name"]: each["data_type"] for each in DESCRIBED[name]["columns"]}
    found = rows(name)
    assert found
    for row in found:
        for each, cell in row.items():
            kind = types[each].split("(")[0]
            assert WRITTEN_AS[kind].fullmatch(cell), f"{each}: {cell!r}"
            assert kind in {"text", "date"} or len(re.sub(r"\D", "", cell)) <= 15


def test_bands_ascend() -> None:
    for name, bands in by(rows("ref_bands"), "band_set").items():
        bounds = [Decimal(row["lower_bound"]) for row in bands]
        assert len(bounds) > 1
        assert all(low < high for low, high in pairwise(bounds)), name
        assert len({row["unit"] for row in bands}) == 1, name


def test_holidays_are_those_of_pandas() -> None:
    """pandas keeps Veterans Day on November 11 in all years, so it is asked from 1978 on."""
    found = [row["observed_date"] for row in rows("ref_us_holidays")]
    theirs = USFederalHolidayCalendar().holidays("1978-01-01", f"{LAST_YEAR}-12-31")
    assert [day for day in found if day >= "1978"] == [f"{day:%Y-%m-%d}" for day in theirs]


def test_holidays_of_years_that_are_known() -> None:
    found = by(rows("ref_us_holidays"), "holiday_name")
    assert "1971-10-25" in column(found["Veterans Day"], "holiday_date")
    assert "1978-11-11" in column(found["Veterans Day"], "holiday_date")
    assert min(column(found["Martin Luther King Jr. Day"], "holiday_date")) == "1986-01-20"
    assert min(column(found["Juneteenth"], "holiday_date")) == "2021-06-19"
    # A Saturday: offices are closed on the last day of the year before.
    [new_year] = [r for r in found["New Year's Day"] if r["holiday_date"] == "2022-01-01"]
    assert new_year["observed_date"] == "2021-12-31"


def test_no_year_after_the_last_is_observed_within() -> None:
    assert observed(holidays(LAST_YEAR + 1)["New Year's Day"]).year == LAST_YEAR + 1
    assert observed(holidays(FIRST_YEAR)["New Year's Day"]).year == FIRST_YEAR


def test_merchant_codes_are_covered_once() -> None:
    found = rows("ref_merchant_category_groups")
    covered = [
        code for row in found for code in range(int(row["from_code"]), int(row["to_code"]) + 1)
    ]
    assert covered == list(range(CODES))
    assert all(len(row[end]) == 4 for row in found for end in ("from_code", "to_code"))


def test_merchant_ranges_cross_no_border_of_the_standard() -> None:
    for row in rows("ref_merchant_category_groups"):
        first, last = (iso18245.get_mcc_range(row[end]) for end in ("from_code", "to_code"))
        assert first == last, row


def test_codes_of_the_synthetic_bank_have_a_group() -> None:
    groups = {
        code: row["group_name"]
        for row in rows("ref_merchant_category_groups")
        for code in range(int(row["from_code"]), int(row["to_code"]) + 1)
    }
    for category, codes in merchants.MCC_CODES.items():
        named = {groups[int(code)] for code in codes}
        assert "Reserved" not in named, category
    assert {groups[int(code)] for code in merchants.MCC_CODES["Restaurant"]} == {
        "Restaurants and bars"
    }


def test_states_are_all_there() -> None:
    found = rows("ref_us_states")
    assert len(found) == 51
    assert sum(int(row["adult_count"]) for row in found) == 260_836_730
    assert len({(row["tile_row"], row["tile_column"]) for row in found}) == 51
    sizes = {name: len(states) for name, states in by(found, "census_region").items()}
    assert sizes == {"Northeast": 9, "Midwest": 12, "South": 17, "West": 13}
    regions = {(row["census_division"], row["census_region"]) for row in found}
    assert len(regions) == len({division for division, _ in regions}) == 9


def test_targets_are_of_figures_that_there_are() -> None:
    models = {
        model["name"]: {each["name"] for each in model["columns"]}
        for path in (PROJECT_DIR / "models" / "gold" / "analytics").rglob("_*.yml")
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", [])
    }
    for row in rows("ref_kpi_targets"):
        assert row["metric"] in models[row["model_name"]], row
        assert "period" in models[row["model_name"]]
        is_change = row["metric"].endswith("_change_rate")
        assert row["period"] == ("prior_year" if is_change else "current"), row


@pytest.mark.parametrize(
    ("line", "words"),
    [("x,2,Low,0,u,d", "count up from 1"), ("x,1,It's low,0,u,d", "neither quotes")],
)
def test_seeds_that_make_no_macro(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, words: str
) -> None:
    head = "band_set,band_number,band_name,lower_bound,unit,description"
    (tmp_path / "ref_bands.csv").write_text(f"{head}\n{line}\n")
    monkeypatch.setattr(reference, "SEEDS", tmp_path)
    with pytest.raises(ValueError, match=words):
        reference.files()
