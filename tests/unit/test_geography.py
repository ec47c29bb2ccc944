import time
from dataclasses import dataclass
from datetime import date

import pytest

from indicators.geography import Membership, is_valid, memberships, resolve

TODAY = date(2026, 11, 22)
ALWAYS = date(1976, 7, 2)
MERGER, REFORM = date(2021, 1, 1), date(2025, 7, 1)
BEFORE_MERGER, BEFORE_REFORM = date(2020, 12, 31), date(2025, 6, 30)


@dataclass(frozen=True)
class Unit:
    id: int
    code: str
    level: str
    valid_from: date = ALWAYS
    valid_to: date | None = None
    parent_code: str | None = "79"

    @property
    def key(self) -> str:
        return f"{self.code}@{self.valid_from}"


@dataclass(frozen=True)
class Link:
    from_id: int
    to_id: int
    share: float = 1.0


@dataclass(frozen=True)
class Geography:
    levels: tuple[str, ...]
    on: date | None


CITY = Unit(1, "79", "city", parent_code=None)
DISTRICT_2 = Unit(2, "769", "district", valid_to=BEFORE_MERGER)
DISTRICT_9 = Unit(3, "763", "district", valid_to=BEFORE_MERGER)
DISTRICT_THU_DUC = Unit(4, "762", "district", valid_to=BEFORE_MERGER)
THU_DUC_CITY = Unit(5, "769", "district", MERGER, BEFORE_REFORM)
DISTRICT_1 = Unit(6, "760", "district", valid_to=BEFORE_REFORM)
OLD_WARD = Unit(7, "27088", "ward", valid_to=BEFORE_MERGER, parent_code="769")
WARD = Unit(8, "26734", "ward", valid_to=BEFORE_REFORM, parent_code="760")
WARD_OF_2_AND_CITY = Unit(9, "27091", "ward", valid_to=BEFORE_REFORM, parent_code="769")
DEPARTMENT = Unit(10, "H29.01", "department")
SAI_GON = Unit(11, "26740", "commune", REFORM)
BEN_THANH = Unit(12, "26743", "commune", REFORM)
THU_DUC = Unit(13, "26824", "commune", REFORM)
AN_KHANH = Unit(14, "27094", "commune", REFORM)
UNITS = [
    CITY, DISTRICT_2, DISTRICT_9, DISTRICT_THU_DUC, THU_DUC_CITY, DISTRICT_1, OLD_WARD, WARD, WARD_OF_2_AND_CITY,
    DEPARTMENT, SAI_GON, BEN_THANH, THU_DUC, AN_KHANH,
]  # fmt: skip
LINKS = [
    Link(2, 5), Link(3, 5), Link(4, 5),
    Link(5, 13, 0.5), Link(5, 14, 0.4), Link(5, 12, 0.1),
    Link(6, 11, 0.5), Link(6, 12, 0.4),
]  # fmt: skip
OF_24 = Geography(("district",), date(2020, 6, 1))
OF_22 = Geography(("district",), date(2022, 6, 1))
OF_168 = Geography(("commune",), None)


def placed(unit: Unit, geography: Geography, units=UNITS, links=LINKS) -> Membership:
    return memberships(units, links, geography, TODAY)[unit.id]


@pytest.mark.parametrize(
    ("unit", "geography"), [(DISTRICT_2, OF_24), (THU_DUC_CITY, OF_22), (DISTRICT_1, OF_24), (SAI_GON, OF_168)]
)
def test_a_unit_of_the_geography_collects_its_own_facts(unit, geography):
    assert placed(unit, geography) == Membership(unit.id, 1.0, False)


def test_a_district_that_was_merged_goes_to_its_successor_whole():
    assert placed(DISTRICT_9, OF_22) == Membership(THU_DUC_CITY.id, 1.0, False)


def test_an_earlier_bearer_of_a_reused_code_is_another_unit():
    assert placed(DISTRICT_2, OF_24).target_id == DISTRICT_2.id
    assert placed(DISTRICT_2, OF_22).target_id == THU_DUC_CITY.id


def test_a_ward_goes_to_the_district_of_its_own_time():
    assert placed(WARD, OF_22) == Membership(DISTRICT_1.id, 1.0, False)
    assert placed(OLD_WARD, OF_24) == Membership(DISTRICT_2.id, 1.0, False)


def test_a_ward_that_lived_through_a_merger_goes_to_the_bearer_of_the_day():
    assert placed(WARD_OF_2_AND_CITY, OF_24).target_id == DISTRICT_2.id
    assert placed(WARD_OF_2_AND_CITY, OF_22).target_id == THU_DUC_CITY.id


def test_a_ward_that_ended_before_a_merger_follows_its_district():
    assert placed(OLD_WARD, OF_22) == Membership(THU_DUC_CITY.id, 1.0, False)


def test_a_commune_of_one_old_district_goes_there_unsplit():
    assert placed(SAI_GON, OF_22) == Membership(DISTRICT_1.id, 1.0, False)


def test_a_commune_over_two_old_districts_goes_to_the_larger_part_and_says_so():
    found = placed(BEN_THANH, OF_22)
    assert found.target_id == DISTRICT_1.id
    assert found.share == pytest.approx(0.8)
    assert found.estimated


def test_a_commune_is_followed_back_over_two_reforms_and_ties_go_to_the_first():
    found = placed(AN_KHANH, OF_24)
    assert found.target_id == DISTRICT_2.id
    assert found.share == pytest.approx(1 / 3)
    assert found.estimated


@pytest.mark.parametrize(("geography", "district"), [(OF_24, DISTRICT_9), (OF_22, THU_DUC_CITY)])
def test_a_commune_linked_to_its_district_of_two_eras_goes_whole_to_the_one_of_the_day(geography, district):
    links = [*LINKS, Link(DISTRICT_9.id, THU_DUC.id, 0.3)]
    assert placed(THU_DUC, geography, links=links) == Membership(district.id, 1.0, False)


@pytest.mark.parametrize("unit", [DISTRICT_1, DISTRICT_9, THU_DUC_CITY, WARD, DEPARTMENT, CITY])
def test_what_cannot_be_placed_is_nowhere(unit):
    assert placed(unit, OF_168).target_id is None


def test_a_unit_that_was_only_renamed_at_another_level_is_placed():
    island = Unit(20, "755", "district", valid_to=BEFORE_REFORM)
    zone = Unit(21, "26732", "commune", REFORM)
    assert placed(island, OF_168, [island, zone], [Link(20, 21)]) == Membership(21, 1.0, False)


def test_a_split_within_a_level_goes_to_the_larger_part():
    old = Unit(20, "1", "district", valid_to=BEFORE_MERGER)
    small, large = Unit(21, "2", "district", MERGER), Unit(22, "3", "district", MERGER)
    links = [Link(20, 21, 0.25), Link(20, 22, 0.75)]
    assert placed(old, Geography(("district",), TODAY), [old, small, large], links) == Membership(22, 0.75, True)


def test_links_in_a_circle_end():
    one = Unit(20, "1", "district", valid_to=BEFORE_MERGER, parent_code="2")
    other = Unit(21, "2", "district", valid_to=BEFORE_MERGER, parent_code="1")
    assert placed(one, OF_22, [one, other], [Link(20, 21), Link(21, 20)]).target_id is None


def test_every_unit_has_an_answer_and_every_target_belongs_to_the_geography():
    for geography in (OF_24, OF_22, OF_168):
        answers = memberships(UNITS, LINKS, geography, TODAY)
        assert answers.keys() == {unit.id for unit in UNITS}
        by_id = {unit.id: unit for unit in UNITS}
        for target in {answer.target_id for answer in answers.values()} - {None}:
            assert by_id[target].level in geography.levels
            assert is_valid(by_id[target], geography.on or TODAY)


def test_a_reused_code_resolves_to_the_bearer_of_the_day():
    bearers = [DISTRICT_2, THU_DUC_CITY]
    assert resolve(bearers, BEFORE_MERGER) is DISTRICT_2
    assert resolve(bearers, MERGER) is THU_DUC_CITY
    assert resolve(bearers, date(2026, 1, 1)) is THU_DUC_CITY
    assert resolve(bearers, date(1960, 1, 1)) is DISTRICT_2
    assert resolve([], TODAY) is None


def test_four_hundred_units_are_placed_within_a_tenth_of_a_second():
    districts = [Unit(n, str(700 + n), "district", valid_to=BEFORE_REFORM) for n in range(100)]
    communes = [Unit(1000 + n, str(1000 + n), "commune", REFORM) for n in range(300)]
    links = [Link(n // 3, 1000 + n, 1 / 3) for n in range(300)]
    start = time.process_time()
    answers = memberships(districts + communes, links, OF_22, TODAY)
    assert time.process_time() - start < 0.1
    assert answers[1299] == Membership(99, 1.0, False)
