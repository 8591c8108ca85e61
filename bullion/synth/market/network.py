"""Branches, ATMs and advisors: the bank's places and people, made once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bullion.synth import context
from bullion.synth.files import columns as col
from bullion.synth.files import keys
from bullion.synth.market import places
from bullion.synth.market.names import name_pools
from bullion.synth.market.state import Network

N_BRANCHES = 40
N_ADVISORS = 45
ATMS_PER_BRANCH = 3
LEAST_KM_BETWEEN_BRANCHES = 160.0
N_OPENED_IN_WINDOW = 2
NEAR_CITIES = 25


def make_network(ctx: context.BankPlan) -> Network:
    """Branches in the 40 largest cities at least 160 km apart, ATMs around them."""
    cities = places.load_places()
    rng = ctx.rng("branch_locations")
    city = places.spread_out(cities, N_BRANCHES, LEAST_KM_BETWEEN_BRANCHES)
    latitude = np.round(cities.latitude[city], 5)
    longitude = np.round(cities.longitude[city], 5)
    open_day = ctx.start_day - rng.integers(11 * 365, 30 * 365, N_BRANCHES)
    middle = rng.uniform(0.25, 0.6, N_OPENED_IN_WINDOW) * (ctx.end_day - ctx.start_day)
    open_day[-N_OPENED_IN_WINDOW:] = ctx.start_day + middle.astype(np.int64)
    atm_branch = np.repeat(np.arange(N_BRANCHES), ATMS_PER_BRANCH)
    first = np.arange(len(atm_branch)) % ATMS_PER_BRANCH == 0
    shift = rng.normal(0, 0.05, (2, len(atm_branch))) * ~first
    after = rng.integers(0, 700, len(atm_branch))
    return Network(
        places=cities,
        city=city,
        latitude=latitude,
        longitude=longitude,
        open_day=open_day,
        near_cities=_nearest_cities(cities, latitude, longitude),
        atm_branch=atm_branch,
        atm_city=city[atm_branch],
        atm_latitude=np.round(latitude[atm_branch] + shift[0], 5),
        atm_longitude=np.round(longitude[atm_branch] + shift[1], 5),
        atm_install_day=np.minimum(open_day[atm_branch] + after, ctx.end_day - 30),
    )


def _nearest_cities(
    cities: places.Places, latitude: NDArray, longitude: NDArray
) -> NDArray[np.int64]:
    km = places.haversine_km(
        latitude[:, None], longitude[:, None], cities.latitude, cities.longitude
    )
    return np.argsort(km, axis=1, kind="stable")[:, :NEAR_CITIES]


def _place_columns(net: Network, city: NDArray, rng: np.random.Generator) -> col.Columns:
    cities = net.places
    streets = name_pools().street
    zips = rng.integers(cities.zip_low[city], cities.zip_high[city] + 1)
    number = rng.integers(1, 9900, len(city))
    return {
        "address": col.texts(
            [f"{house} {streets[street]}" for house, street in zip(
                number.tolist(), rng.integers(0, len(streets), len(city)).tolist(), strict=True
            )]
        ),
        "city": col.texts([cities.name[place] for place in city]),
        "state": col.texts([cities.state[place] for place in city]),
        "zip_code": col.ids("", zips, 5),
    }  # fmt: skip


def branches_table(ctx: context.BankContext) -> col.Columns:
    """The branch_locations table."""
    net, rng = ctx.network, ctx.rng("branch_locations", "attributes")
    n = len(net.city)
    pools = name_pools()
    staff = rng.integers(6, 26, n)
    kind = rng.choice(4, n, p=(0.6, 0.2, 0.1, 0.1))
    number = np.arange(n) + 1
    managers = zip(rng.choice(len(pools.first), n), rng.choice(len(pools.last), n), strict=True)
    states = [net.places.state[place] for place in net.city]
    return {
        "branch_id": keys.key("branch", number),
        "branch_code": col.texts([f"{state}-{i:03d}" for i, state in enumerate(states, 1)]),
        "branch_name": col.texts([f"{net.places.name[place]} Main" for place in net.city]),
        "branch_type": col.labels(kind, ("Full Service", "Express", "Drive-Through", "Flagship")),
        **_place_columns(net, net.city, rng),
        "latitude": col.numeric(net.latitude),
        "longitude": col.numeric(net.longitude),
        "region": col.texts([places.REGION_OF_STATE[state] for state in states]),
        "open_date": col.dates(net.open_day),
        "is_active": col.booleans(np.ones(n, dtype=bool)),
        "square_footage": col.integers(staff * 220 + rng.integers(800, 2500, n)),
        "number_of_employees": col.integers(staff),
        "avg_daily_customers": col.integers(staff * 9 + rng.integers(0, 40, n)),
        "has_safe_deposit": col.booleans(rng.random(n) < 0.6),
        "has_notary": col.booleans(rng.random(n) < 0.7),
        "wheelchair_accessible": col.booleans(rng.random(n) < 0.95),
        "operating_hours": col.labels(
            rng.integers(0, 2, n), ("Mon-Sat 09:00-17:00", "Mon-Fri 09:00-17:00, Sat 09:00-13:00")
        ),
        "manager_name": col.texts([f"{pools.first[a]} {pools.last[b]}" for a, b in managers]),
    }


def atms_table(ctx: context.BankContext) -> col.Columns:
    """The atm_locations table: the first of each branch stands in it, the others off site."""
    net, rng = ctx.network, ctx.rng("atm_locations")
    n = len(net.atm_branch)
    number = np.arange(n) + 1
    at_branch = np.arange(n) % ATMS_PER_BRANCH == 0
    third_party = ~at_branch & (rng.random(n) < 0.3)
    since = np.maximum(ctx.end_day - rng.integers(1, 120, n), net.atm_install_day)
    limit = rng.choice(np.array([50_000, 80_000, 100_000]), n)
    return {
        "atm_id": keys.key("atm", number),
        "atm_code": col.ids("T-", number, 5),
        "branch_id": keys.key("branch", net.atm_branch + 1, ~third_party),
        "location_type": col.labels(
            np.where(at_branch, 0, np.where(third_party, 2, 1)),
            ("Branch", "Off-Site", "Third-Party"),
        ),
        **_place_columns(net, net.atm_city, rng),
        "latitude": col.numeric(net.atm_latitude),
        "longitude": col.numeric(net.atm_longitude),
        "install_date": col.dates(net.atm_install_day),
        "last_maintenance_date": col.dates(since),
        "is_operational": col.booleans(rng.random(n) < 0.97),
        "is_deposit_enabled": col.booleans(rng.random(n) < 0.7),
        "is_24_hour": col.booleans(rng.random(n) < 0.85),
        "max_withdrawal_amount": col.money(limit),
        "cash_capacity": col.money(rng.integers(80, 250, n) * 100_000),
        "surcharge_fee": col.money(np.where(third_party, 350, 0)),
        "avg_daily_transactions": col.integers(rng.integers(20, 180, n)),
    }


def advisors_table(ctx: context.BankContext) -> col.Columns:
    """The advisors table."""
    rng, pools, n = ctx.rng("advisors"), name_pools(), N_ADVISORS
    cities = ctx.network.places
    offices = [cities.name[ctx.network.city[i]] for i in rng.integers(0, N_BRANCHES, n)]
    share = ctx.customers * 0.3 / n
    return {
        "advisor_id": keys.key("advisor", np.arange(n) + 1),
        "first_name": col.labels(rng.integers(0, len(pools.first), n), pools.first),
        "last_name": col.labels(rng.integers(0, len(pools.last), n), pools.last),
        "office_location": col.texts(offices),
        "certification_level": col.labels(
            rng.choice(4, n, p=(0.35, 0.3, 0.25, 0.1)), ("Series 7", "Series 66", "CFP", "CFA")
        ),
        "years_experience": col.integers(rng.integers(1, 35, n)),
        "satisfaction_avg": col.numeric(np.round(rng.uniform(3.2, 4.9, n), 2)),
        "clients_count": col.integers(rng.poisson(share, n)),
    }
