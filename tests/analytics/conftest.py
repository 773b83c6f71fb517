"""A small city over a real database, empty for each test."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from random import Random

import pytest

from services.catalog.load import Catalog
from tests.builders.city_databases import CityDatabases
from tests.builders.filled_forms import random_rows
from tests.builders.small_city import CATALOG, VILLAGES, SmallCity, a_small_city, register_csv, the_systems

CityMaker = Callable[..., AbstractContextManager[SmallCity]]


@pytest.fixture(scope="session")
def city_maker(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> CityMaker:
    """Makes cities; each has a database and a folder of its own. Takes a catalog, else it has the shipped one."""
    databases = CityDatabases(postgres, tmp_path_factory.mktemp("register"), register_csv())

    def make(catalog: Catalog = CATALOG) -> AbstractContextManager[SmallCity]:
        return a_small_city(databases, tmp_path_factory.mktemp("city"), catalog)

    return make


@pytest.fixture
def city(city_maker: CityMaker) -> Iterator[SmallCity]:
    """A city with the five shipped systems."""
    with city_maker() as made:
        yield made


@pytest.fixture
def stock_city(city_maker: CityMaker) -> Iterator[SmallCity]:
    """A city with the one system of systems/stock.yaml."""
    with city_maker(the_systems("stock")) as made:
        yield made


@pytest.fixture
def quality_city(city_maker: CityMaker) -> Iterator[SmallCity]:
    """A city with the one system of systems/quality.yaml."""
    with city_maker(the_systems("quality")) as made:
        yield made


@pytest.fixture(scope="session")
def whole_year(city_maker: CityMaker) -> Iterator[SmallCity]:
    """Reports of every form at random, in two refreshes; to be read only."""
    with city_maker() as city:
        rng = Random(7)
        slices = [("meeting_day", m) for m in ("2021-10", "2021-11", "2022-01")]
        slices += [("collective_income", m) for m in ("2020-11", "2021-11")]
        slices += [("pledge", "2021-11"), ("key_task", "2021-11"), ("star_rating", "2020"), ("star_rating", "2021")]
        for form, period in slices:
            for township in VILLAGES:
                if rng.random() < 0.8:
                    city.report(form, period, township, random_rows(form, period, township, rng))
            if period == "2020-11":
                city.refresh()
        city.refresh()
        yield city
