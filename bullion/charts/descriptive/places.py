"""Where the customers live."""

from __future__ import annotations

import pandas as pd

from bullion.charts.floors import LEAST_UNITS, enough, leads, poisson, stands_out
from bullion.charts.formats import count, counted, is_missing, label, listed, name, number, percent
from bullion.charts.forms.ranked_bars import Bars, ranked_bars
from bullion.charts.forms.tile_map import tile_map
from bullion.charts.registry import chart
from bullion.charts.rows import is_true, keys_of, numbers, row_of_most, top_and_other
from bullion.charts.source import Source
from bullion.charts.view import Strength, View

# Names of states among the highest.
_MOST_NAMED = 3
_PER = 100_000


@chart(
    id="customers_by_state",
    category="descriptive",
    title="Customers by state",
    question="Where do the customers live, and where is the bank strong for its population?",
    reading="Each tile is a state, roughly in its place; its number is the customers who live "
    "there. The stronger the colour, the more of them for each 100,000 adults; empty tiles have "
    "none. Small states differ by chance: the finding names one as the highest only where its 95 % "
    "interval lies above those of all others.",
    model="analytics_customer_by_geography",
    source=Source(
        relation="analytics_customer_by_geography",
        columns=(
            "state",
            "state_name",
            "customer_count",
            "adult_count",
            "customers_per_100k_adults",
            "tile_row",
            "tile_column",
            "as_of",
        ),
        order=("state_rank",),
        filters={"state": "state"},
        recut="filterable",
    ),
    subject="customers",
    relation="spatial",
    form="tile_map",
    weight=6,
    needs=("customers",),
    window="today",
    keywords=("map", "geography", "region", "market share", "density"),
)
def customers_by_state(data: pd.DataFrame) -> View | None:
    """A tile grid of the United States; bars where the bank's states are others."""
    data = numbers(data, "customer_count", "adult_count", "tile_row", "tile_column")
    data = data.reset_index(drop=True)
    people = data["customer_count"].sum()
    if not people:
        return None
    placed = data.dropna(subset=["tile_row", "tile_column"])
    tiles = placed.drop_duplicates(["tile_row", "tile_column"])
    n = counted(people, "customer")
    if not tiles["customer_count"].sum():
        return _state_bars(data, n)
    if people > tiles["customer_count"].sum():
        elsewhere = people - tiles["customer_count"].sum()
        n += f", of whom {count(elsewhere)} live elsewhere or where is not known"
    hovers = [
        f"<b>{label(row.state_name)}</b><br>{counted(row.customer_count, 'customer')}"
        f"<br>{_density(row.customers_per_100k_adults)}"
        for row in tiles.itertuples()
    ]
    peopled = tiles[tiles["customer_count"] > 0].nlargest(12, "customer_count")
    picture = tile_map(
        tiles["tile_column"].tolist(),
        tiles["tile_row"].tolist(),
        tiles["customers_per_100k_adults"].where(tiles["customer_count"] > 0).tolist(),
        [
            f"<b>{label(row.state, 3)}</b><br>{count(row.customer_count)}"
            if row.customer_count > 0
            else label(row.state, 3)
            for row in tiles.itertuples()
        ],
        hovers,
        keys_of(tiles, "state"),
        axis="Customers; colour: for each 100,000 adults",
        words=[
            (
                name(row.state_name),
                _peopled(row.customer_count, row.customers_per_100k_adults),
            )
            for row in peopled.itertuples()
        ],
    )
    strong = enough(people)
    said = (
        _states_said(data) if strong else f"{counted(people, 'customer')} by the state they live in"
    )
    return picture.view(said, n, Strength.WEAK if strong else Strength.PLAIN, keys=("state",))


def _peopled(customers: float, rate: float) -> str:
    return f"{counted(customers, 'customer')}, {_density(rate)}"


def _density(rate: float) -> str:
    if is_missing(rate):
        return "adult population not known"
    return f"{number(rate)} for each 100,000 adults"


def _state_bars(data: pd.DataFrame, n: str) -> View:
    rows = top_and_other(data, "state_name", "customer_count")
    total = rows["customer_count"].sum()
    names = [label(value) for value in rows["state_name"]]
    texts = [count(value) for value in rows["customer_count"]]
    hovers = [
        f"<b>{shown}</b><br>{text} customers ({percent(value / total)})"
        for shown, text, value in zip(names, texts, rows["customer_count"], strict=True)
    ]
    bars = Bars("", rows["customer_count"].tolist(), texts, hovers, "count", "Customers")
    return ranked_bars(names, [bars], keys_of(rows, "state_name")).view(
        _most_said(data) if enough(total) else f"{counted(total, 'customer')} by where they live",
        n,
        Strength.PLAIN,
        keys=("state_name",),
    )


def _most_said(data: pd.DataFrame) -> str:
    most = row_of_most(data, "customer_count")
    if most is None:
        return "No state has a known number of customers"
    state, customers = name(most["state_name"]), count(most["customer_count"])
    if not leads(data["customer_count"]):
        return f"No state has more customers than {state} ({customers})"
    return f"{state} has the most customers ({customers})"


def _states_said(data: pd.DataFrame) -> str:
    """The largest, and the densest of those with enough customers."""
    said = _most_said(data)
    known = data.dropna(subset=["customers_per_100k_adults"])
    known = known[is_true(known["customer_count"] >= LEAST_UNITS) & known["adult_count"].gt(0)]
    known = known.sort_values("customers_per_100k_adults", ascending=False)
    if len(known) < 2:
        return said
    ends = [poisson(value) for value in known["customer_count"]]
    known = known.assign(
        ci_low=[low / adults * _PER for (low, _), adults in _with(ends, known)],
        ci_high=[high / adults * _PER for (_, high), adults in _with(ends, known)],
    )
    first = known.iloc[0]
    if stands_out(known):
        rate = number(first["customers_per_100k_adults"])
        return (
            f"{said}; {name(first['state_name'])} the most for its population, {rate} per 100,000"
        )
    if not stands_out(known.iloc[[0, -1]]):
        return f"{said}; for their population the states differ no more than by chance"
    near = known[known["ci_high"] >= first["ci_low"]].head(_MOST_NAMED)
    names = [
        f"{name(row.state_name)} ({number(row.customers_per_100k_adults)})"
        for row in near.itertuples()
    ]
    return f"{said}; among the highest for their population, per 100,000: {listed(names)}"


def _with(
    ends: list[tuple[float, float]], rows: pd.DataFrame
) -> list[tuple[tuple[float, float], float]]:
    return list(zip(ends, rows["adult_count"].tolist(), strict=True))
