"""What feeds call units, procedures and categories."""

from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow as pa

from etl.places import Codes, Units, plain
from tests.unit.registries import small

REGISTRY = small()
ANY_DAY = np.array(["NaT"], "datetime64[D]")


def ids(units: Units, name: str, *days: str) -> list[int]:
    """Return the ids that a name has on days."""
    found, lost = units.find(pa.array([name] * len(days)), np.array(days, "datetime64[D]"), "refuse")
    assert not lost.any()
    return found.tolist()


def test_names_compare_without_case_spaces_and_ways_to_write_a_letter():
    assert plain("QUẬN \u00a0 Gò  Vấp\n") == plain("quận gò vấp") == plain("qua\u0323\u0302n go\u0300 va\u0302\u0301p")
    assert plain("Quan Go Vap") != plain("Quận Gò Vấp"), "marks tell districts apart"


def test_each_bearer_of_a_reused_code_has_its_days():
    units = Units(REGISTRY)
    assert ids(units, "20", "1999-12-31", "2000-01-01", "2020-12-31", "2021-01-01", "2030-01-01") == [3, 3, 3, 5, 5]


def test_a_key_and_a_name_mean_one_bearer_on_any_day():
    units = Units(REGISTRY)
    assert ids(units, "20@2000-01-01", "2026-01-01") == [3]
    assert ids(units, "Quận Bình", "2026-01-01") == [3]
    assert ids(units, "Thành phố Đông", "2010-01-01") == [5]


def test_an_alias_follows_the_code_it_stands_for():
    assert ids(Units(REGISTRY), "TP Đông", "2010-01-01", "2026-01-01") == [3, 5]


def test_without_a_day_the_newest_bearer_is_meant():
    found, _ = Units(REGISTRY).find(pa.array(["20"]), ANY_DAY, "refuse")
    assert found.tolist() == [5]


def test_a_code_goes_before_a_name():
    other = replace(REGISTRY.units[1], id=77, key="Quận An", code="Quận An", valid_from=date(2000, 1, 1))
    units = Units(replace(REGISTRY, units=[*REGISTRY.units, other]))
    assert ids(units, "Quận An", "2026-01-01") == [77]


def test_an_empty_column_and_a_column_of_nulls_are_placed():
    units, codes = Units(REGISTRY), Codes(REGISTRY.procedures)
    assert units.find(pa.array([], pa.string()), np.array([], "datetime64[D]"), "refuse")[0].tolist() == []
    assert codes.find(pa.array([None, None], pa.string()), "refuse")[0].tolist() == [0, 0]
    found, lost = units.find(pa.array([None], pa.string()), ANY_DAY, "keep")
    assert (found.tolist(), lost.tolist()) == ([0], [False])


def test_procedures_are_known_by_code_and_both_names():
    found, lost = Codes(REGISTRY.procedures).find(
        pa.array(["P2", "p2", "ĐĂNG KÝ KHAI SINH", "Building permit", "Permit"]), "refuse"
    )
    assert (found.tolist(), lost.tolist()) == ([2, 2, 1, 4, 0], [False, False, False, False, True])
