"""Merchants and the tables by which transactions pick one.

Merchants are numbered so that every pick is one contiguous range: first the shops at home by
(category, state), then the online ones by category, then the foreign ones by category.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bullion.synth.files import columns as col
from bullion.synth.files import keys
from bullion.synth.market import profiles
from bullion.synth.market.names import name_pools
from bullion.synth.market.places import Places, foreign_cities

SHOPS_PER_CATEGORY = 240
ONLINE_PER_CATEGORY = 30
FOREIGN_PER_CATEGORY = 30
CITIES_AT_HOME = 600
HOME_COUNTRY = "US"

# ISO 18245 codes; the package iso18245 knows them all (tested).
MCC_CODES = {
    "Grocery": ("5411", "5422", "5451", "5462", "5499"),
    "Restaurant": ("5812", "5813", "5814"),
    "Gas Station": ("5541", "5542"),
    "Retail": ("5311", "5200", "5651", "5712", "5732", "5941"),
    "Entertainment": ("7832", "7922", "7941", "7991", "7996"),
    "Healthcare": ("8011", "8021", "8062", "5912"),
    "Utilities": ("4900", "4814", "4899"),
    "Travel": ("4511", "4722", "7011", "7512", "4112"),
    "Online Shopping": ("5964", "5965", "5969"),
    "Services": ("7230", "7211", "7538", "7299", "8999"),
}
NAME_ENDINGS = {
    "Grocery": ("Market", "Foods", "Grocers"),
    "Restaurant": ("Kitchen", "Grill", "Diner", "Cafe"),
    "Gas Station": ("Fuel", "Service Station"),
    "Retail": ("Department Store", "Outfitters", "Hardware", "Home"),
    "Entertainment": ("Cinemas", "Theatre", "Arcade"),
    "Healthcare": ("Clinic", "Pharmacy", "Dental"),
    "Utilities": ("Power and Light", "Water", "Telecom"),
    "Travel": ("Airways", "Hotel", "Travel", "Car Rental"),
    "Online Shopping": ("Marketplace", "Direct", "Online Store"),
    "Services": ("Cleaners", "Auto Repair", "Consulting", "Salon"),
}


@dataclass(frozen=True)
class Merchants:
    """All merchants as arrays; position = merchant number - 1.

    shop_first, shop_count: (categories, states) ranges of the shops at home; online_first and
    foreign_first: first of each category's ONLINE_PER_CATEGORY and FOREIGN_PER_CATEGORY.
    ``states`` are the codes the state axis stands for. Coordinates in degrees.
    """

    category: NDArray[np.int64]
    mcc: list[str]
    name: list[str]
    city: list[str]
    state: list[str | None]
    country: list[str]
    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]
    is_online: NDArray[np.bool_]
    risk: NDArray[np.int64]
    risk_score: NDArray[np.float64]
    established_day: NDArray[np.int64]
    states: list[str]
    shop_first: NDArray[np.int64]
    shop_count: NDArray[np.int64]
    online_first: NDArray[np.int64]
    foreign_first: NDArray[np.int64]


@dataclass(frozen=True)
class _City:
    name: str
    state: str | None
    country: str
    latitude: float
    longitude: float
    population: float


def _home_cities(places: Places) -> list[_City]:
    return [
        _City(
            places.name[i],
            places.state[i],
            HOME_COUNTRY,
            float(places.latitude[i]),
            float(places.longitude[i]),
            float(places.population[i]),
        )
        for i in range(min(CITIES_AT_HOME, len(places)))
    ]


def _foreign_cities() -> list[_City]:
    return [
        _City(
            city["name"].replace(",", " "),
            None,
            city["countrycode"],
            city["latitude"],
            city["longitude"],
            float(city["population"]),
        )
        for city in foreign_cities()
    ]


def _draw_cities(rng: np.random.Generator, cities: list[_City], n: int) -> list[_City]:
    weight = np.array([city.population for city in cities])
    return [cities[i] for i in rng.choice(len(cities), n, p=weight / weight.sum())]


def _pick(rng: np.random.Generator, options: Sequence[str]) -> str:
    return options[int(rng.integers(len(options)))]


def draw_merchants(rng: np.random.Generator, places: Places, first_day: int) -> Merchants:
    """Draw the bank's 3,000 merchants, all established before first_day."""
    home, abroad = _home_cities(places), _foreign_cities()
    states = sorted({city.state for city in home if city.state})
    n_categories = len(profiles.CATEGORIES)
    cities: list[_City] = []
    shop_count = np.zeros((n_categories, len(states)), dtype=np.int64)
    for code in range(n_categories):
        drawn = _draw_cities(rng, home, SHOPS_PER_CATEGORY)
        drawn.sort(key=lambda city: str(city.state))
        shop_count[code] = [sum(city.state == state for city in drawn) for state in states]
        cities += drawn
    first_online = len(cities)
    cities += _draw_cities(rng, home, n_categories * ONLINE_PER_CATEGORY)
    first_foreign = len(cities)
    cities += _draw_cities(rng, abroad, n_categories * FOREIGN_PER_CATEGORY)
    codes = np.arange(n_categories)
    category = np.concatenate(
        [
            np.repeat(codes, size)
            for size in (SHOPS_PER_CATEGORY, ONLINE_PER_CATEGORY, FOREIGN_PER_CATEGORY)
        ]
    )
    n = len(cities)
    position = np.arange(n)
    sells_online = rng.random(n) < 0.5
    risk = rng.choice(3, n, p=(0.7, 0.22, 0.08))
    families = name_pools().last
    labels = [profiles.CATEGORIES[code] for code in category]
    return Merchants(
        category=category,
        mcc=[_pick(rng, MCC_CODES[label]) for label in labels],
        name=[f"{_pick(rng, families)} {_pick(rng, NAME_ENDINGS[label])}" for label in labels],
        city=[city.name for city in cities],
        state=[city.state for city in cities],
        country=[city.country for city in cities],
        latitude=np.array([city.latitude for city in cities]),
        longitude=np.array([city.longitude for city in cities]),
        is_online=(position >= first_online) & ((position < first_foreign) | sells_online),
        risk=risk,
        risk_score=np.clip(0.2 + 0.3 * risk + 0.08 * rng.standard_normal(n), 0.01, 0.99),
        established_day=first_day - 200 - rng.integers(0, 365 * 30, n),
        states=states,
        shop_first=np.cumsum(shop_count.ravel()).reshape(shop_count.shape) - shop_count,
        shop_count=shop_count,
        online_first=first_online + codes * ONLINE_PER_CATEGORY,
        foreign_first=first_foreign + codes * FOREIGN_PER_CATEGORY,
    )


def merchant_columns(merchants: Merchants) -> col.Columns:
    """The rows of the table merchants."""
    mean_log = profiles.BASE_LOG_AMOUNT + np.asarray(profiles.CATEGORY_LOG_AMOUNT)
    mean_cents = np.rint(100 * np.exp(mean_log + profiles.AMOUNT_SD**2 / 2)).astype(np.int64)
    return {
        "merchant_id": keys.key("merchant", np.arange(len(merchants.category)) + 1),
        "merchant_name": col.texts(merchants.name),
        "category": col.labels(merchants.category, profiles.CATEGORIES),
        "mcc_code": col.texts(merchants.mcc),
        "city": col.texts(merchants.city),
        "state": col.texts(merchants.state),
        "country": col.texts(merchants.country),
        "latitude": col.numeric(merchants.latitude),
        "longitude": col.numeric(merchants.longitude),
        "risk_rating": col.labels(merchants.risk, ("Low", "Medium", "High")),
        "avg_transaction_amount": col.money(mean_cents[merchants.category]),
        "is_online": col.booleans(merchants.is_online),
        "established_date": col.dates(merchants.established_day),
    }


def pick_merchants(
    merchants: Merchants,
    category: NDArray[np.integer],
    state: NDArray[np.integer],
    is_shop: NDArray[np.bool_],
    is_foreign: NDArray[np.bool_],
    u: NDArray[np.floating],
) -> NDArray[np.int32]:
    """Merchant position of each purchase.

    state: position of the customer's state in ``merchants.states`` (-1 = none of them); is_shop:
    bought on the spot rather than online; u: uniforms in 0..1. One shop purchase in ten happens
    out of state; within a range earlier merchants are the more popular.
    """
    at_home = (state >= 0) & (u < 0.9)
    count = np.where(at_home, merchants.shop_count[category, state], 0)
    local = count > 0
    first = np.where(
        local, merchants.shop_first[category, state], merchants.shop_first[category, 0]
    )
    count = np.where(local, count, SHOPS_PER_CATEGORY)
    online = ~is_shop & ~is_foreign
    first = np.where(online, merchants.online_first[category], first)
    first = np.where(is_foreign, merchants.foreign_first[category], first)
    count = np.where(online, ONLINE_PER_CATEGORY, count)
    count = np.where(is_foreign, FOREIGN_PER_CATEGORY, count)
    fine = (u * 10) % 1.0
    return (first + np.minimum((count * fine**1.5).astype(np.int64), count - 1)).astype(np.int32)
