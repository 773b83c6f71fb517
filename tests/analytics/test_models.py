"""The models say of themselves what is true: what they read, what their key is, in which order they run."""

import re

import pytest
import sqlglot
from sqlglot import exp

from services.analytics.models import Model, checks, compiled_models, in_order, tables_read, written_models
from services.catalog.load import load_catalog
from tests.builders.small_city import TRIAL_SYSTEMS, SmallCity, as_at_the_checks

CATALOG = load_catalog(TRIAL_SYSTEMS)
WRITTEN = sorted(written_models(), key=lambda model: model.name)
COMPILED = compiled_models(CATALOG, {*CATALOG.metrics, *CATALOG.indexes})
EVERYTHING = [*WRITTEN, *COMPILED]
_KEYS = {"metrics.index_components": "index_name, component, division, period"}
_KEYS |= dict.fromkeys(("metrics.index_deductions", "metrics.index_vetoes"), "index_name, metric, division, period")
_KEYS |= {"temp.derived_values": "metric, division, period", "marts.card_findings": "rule, division"}


def named(model: Model) -> str:
    return model.name


def tree_of(model: Model) -> exp.Expression:
    return sqlglot.parse_one(model.sql, read="duckdb")


_MAY_BE_EMPTY = [f"{layer}.index_{part}" for layer in ("metrics", "marts") for part in ("deductions", "vetoes")]
_EMPTY_IN_A_FULL_BUILD = ("temp.distinct_values", "temp.standing_values", "temp.neighbour_values")


@pytest.mark.parametrize("model", WRITTEN, ids=named)
def test_each_model_has_its_header(model: Model):
    assert {"grain", "key", "inputs", "refresh", "meaning"} <= model.header.keys()
    assert model.sql.startswith(f"-- {model.name}: ")
    assert all(text.strip() for text in model.header.values())


@pytest.mark.parametrize("model", WRITTEN, ids=named)
def test_each_model_names_what_it_reads_and_nothing_else(model: Model):
    told = f"{model.header['inputs']} {model.header.get('before', '')}"
    inputs = re.findall(r"\b(?:temp|facts|metrics|marts)\.\w+", told)

    assert len(inputs) == len(set(inputs))
    assert set(inputs) == tables_read(model.sql)


@pytest.mark.parametrize("model", WRITTEN, ids=named)
def test_each_check_that_a_model_names_is_there(model: Model):
    named_checks = {name.strip() for name in model.header.get("checks", "").split(",") if name.strip()}

    assert named_checks <= {check.name for check in checks()}


@pytest.mark.parametrize("model", COMPILED, ids=named)
def test_each_compiled_model_reads_what_is_written_down_of_it(model: Model):
    assert {name for name in tables_read(model.sql) if not name.startswith("facts.")} == model.reads


@pytest.mark.parametrize("model", EVERYTHING, ids=named)
def test_the_key_of_each_model_is_unique(whole_year: SmallCity, model: Model):
    key = model.header.get("key") or _KEYS[model.name]
    with as_at_the_checks(whole_year) as warehouse:
        counted = warehouse.execute(f"select count(*), count(distinct ({key})) from {model.name}").fetchone()
    rows, keys = counted or (0, -1)

    assert rows == keys
    assert rows > 0 or model.name in (*_MAY_BE_EMPTY, *_EMPTY_IN_A_FULL_BUILD)


@pytest.mark.parametrize("model", EVERYTHING, ids=named)
def test_no_model_turns_missing_into_zero(model: Model):
    calls = tree_of(model).find_all(exp.Coalesce)

    zeros = [call.sql() for call in calls if any(part.name == "0" for part in call.expressions)]
    assert not zeros, "null means not reported: keep it"


@pytest.mark.parametrize("model", WRITTEN, ids=named)
def test_each_model_ends_in_columns_that_are_named(model: Model):
    tree = tree_of(model)
    selects = [tree.left, tree.right] if isinstance(tree, exp.Union) else [tree]

    assert all(not select.is_star for select in selects)
    assert all(not select.args.get("group") or not _by_number(select) for select in selects)


def _by_number(select: exp.Expression) -> bool:
    return any(part.is_int for part in select.args["group"].expressions)


def test_each_model_comes_after_those_it_reads():
    seen: set[str] = set()
    names = {model.name for model in EVERYTHING}
    for model in in_order(EVERYTHING):
        assert model.reads & names <= seen, model.name
        seen.add(model.name)

    assert seen == names


@pytest.mark.parametrize("layer", ["facts", "metrics", "marts"])
def test_no_layer_reads_one_that_comes_after_it(layer: str):
    order = ["facts", "metrics", "marts"]
    allowed = {"temp", *order[: order.index(layer) + 1]}

    for model in EVERYTHING:
        if model.name.startswith(f"{layer}."):
            assert {name.partition(".")[0] for name in model.reads} <= allowed, model.name


@pytest.mark.parametrize("check", checks(), ids=lambda check: check.name)
def test_each_check_counts_what_it_examined_and_what_is_broken(check):
    tree = sqlglot.parse_one(check.sql, read="duckdb")

    assert [column.alias_or_name for column in tree.selects] == ["examined", "broken"]
    assert check.severity in ("fail", "warn")
