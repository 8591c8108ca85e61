"""The stories that the tests of this folder judge."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import Server, fresh_database
from tests.support.pipeline import Warehouse
from tests.support.story import Story

IN_EVERY_RUN = 1
SLOW = 10


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(seed, marks=() if seed <= IN_EVERY_RUN else pytest.mark.slow)
        for seed in range(1, SLOW + 1)
    ],
    ids="seed {}".format,
)
def story(
    pg: Server, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Story]:
    """One bank's life; the slow ones are the same with other seeds."""
    folder = tmp_path_factory.mktemp("story")
    with fresh_database(pg) as database:
        yield Story(Warehouse(database, folder / "dbt"), folder, request.param)
