"""Reading and checking profile folders."""

import csv
import shutil
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from sql import profile
from tests.conftest import ROOT, SMALL_PROFILE

HCMC = ROOT / "profiles" / "hcmc"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the small profile that a test may break."""
    return Path(shutil.copytree(SMALL_PROFILE, tmp_path / "small"))


def problems(folder: Path) -> list[str]:
    with pytest.raises(profile.ProfileError) as caught:
        profile.read(folder)
    return [str(problem) for problem in caught.value.problems]


def edit(folder: Path, name: str, old: str, new: str) -> None:
    text = (folder / name).read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old} stands {text.count(old)} times in {name}"
    (folder / name).write_text(text.replace(old, new), encoding="utf-8")


def test_the_small_profile_is_read_whole():
    small = profile.read(SMALL_PROFILE)
    assert (small.name, small.timezone, small.locale, small.simulated) == ("small", "Asia/Ho_Chi_Minh", "vi", False)
    assert [unit.key for unit in small.units] == ["01", "10", "20@2000-01-01", "30", "20", "40"]
    assert [unit.position for unit in small.units] == [1, 2, 3, 4, 5, 6]
    assert small.units[2].valid_to == date(2020, 12, 31)
    assert [geography.id for geography in small.geographies if geography.default] == ["now"]
    assert small.aliases["UBND Quận An"] == "10"
    assert [(one.code, one.field, one.statutory_days) for one in small.procedures] == [
        ("P1", "ho-tich", 0), ("P2", "ho-tich", 5), ("P3", "dat-dai", 10), ("P4", "xay-dung", None),
    ]  # fmt: skip
    assert small.categories[2].sla_hours is None
    assert small.calendar["working"] == [date(2026, 1, 10)]
    assert small.rules["satisfaction"] == {"content_from": 2, "minimum_n": 5}
    assert [(head.id, head.late_after_s) for head in small.feed_heads] == [
        ("dossiers", 600), ("observations", 172800), ("ratings", 3600), ("steps", 600), ("targets", 2592000),
        ("tickets", 900),
    ]  # fmt: skip
    assert small.feeds == sorted((SMALL_PROFILE / "feeds").glob("*.toml"))


@pytest.mark.parametrize(
    "day, keys", [(date(2020, 12, 31), ["10", "20@2000-01-01", "30", "40"]), (date(2021, 1, 1), ["10", "20", "40"])]
)
def test_a_geography_has_the_units_that_stood_on_its_day(day, keys):
    small = profile.read(SMALL_PROFILE)
    geography = next(one for one in small.geographies if one.on == day)
    assert [unit.key for unit in small.units if geography.has(unit)] == keys


def test_two_files_are_enough(folder):
    for path in folder.iterdir():
        if path.name not in ("profile.toml", "units.csv"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    (folder / "profile.toml").write_text('name = "bare"\ntitle = "Bare"\ntimezone = "Europe/Paris"\n')
    bare = profile.read(folder)
    assert (bare.locale, bare.simulated, bare.thresholds) == ("vi", False, {})
    assert bare.rules["acceptance"] == {"working_days": 1}
    assert bare.calendar["office"]["mon"] == [["08:00", "12:00"], ["13:00", "17:00"]]
    assert (bare.procedures, bare.fields, bare.categories, bare.indicators, bare.feeds) == ([], [], [], [], [])


def test_without_a_geography_all_units_below_the_city_are_one_as_they_stand_now(folder):
    text = (folder / "profile.toml").read_text(encoding="utf-8")
    (folder / "profile.toml").write_text(text[: text.index("[[geography]]")], encoding="utf-8")
    [only] = profile.read(folder).geographies
    assert (only.id, only.on, only.levels, only.default) == ("units", date(2021, 1, 1), ("district",), True)


def test_byte_order_marks_line_ends_and_decomposed_letters_do_not_matter(folder):
    plain = profile.read(folder)
    for path in folder.rglob("*.*"):
        text = path.read_text(encoding="utf-8").replace("ậ", "a\u0323\u0302").replace("\n", "\r\n")
        path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    told = profile.read(folder)
    assert told.units == plain.units
    assert (told.aliases, told.calendar, told.rules) == (plain.aliases, plain.calendar, plain.rules)
    assert [head.id for head in told.feed_heads] == [head.id for head in plain.feed_heads]


def test_one_name_serves_both_languages(folder):
    edit(folder, "units.csv", "10,Quận An,An District", "10,,An District")
    edit(folder, "categories.csv", "Tiếng ồn,Noise", "Tiếng ồn,")
    read = profile.read(folder)
    assert read.units[1].name_vi == "An District"
    assert read.categories[1].name_en == "Tiếng ồn"


def test_a_field_that_no_file_lists_gets_its_name_as_code(folder):
    (folder / "fields.csv").unlink()
    read = profile.read(folder)
    assert [(one.code, one.name_en) for one in read.fields] == [
        ("ho-tich", "Hộ tịch"), ("dat-dai", "Đất đai"), ("xay-dung", "Xây dựng"),
    ]  # fmt: skip


def test_the_hash_follows_every_data_file_and_no_other(folder):
    before = profile.read(folder).hash
    (folder / "README.md").write_text("words")
    assert profile.read(folder).hash == before
    edit(folder, "feeds/tickets.toml", "15m", "16m")
    assert profile.read(folder).hash != before


with (ROOT / "tests" / "profiles" / "broken.csv").open(encoding="utf-8", newline="") as file:
    MISTAKES = list(csv.DictReader(file))


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake["told"])
def test_each_mistake_is_told_with_its_file_line_and_reason(folder, mistake):
    edit(folder, mistake["file"], mistake["old"].replace("\\n", "\n"), mistake["new"].replace("\\n", "\n"))
    assert [line for line in problems(folder) if line.startswith(mistake["told"])]


def test_every_mistake_is_told_at_once(folder):
    edit(folder, "units.csv", "10,Quận An", ",Quận An")
    edit(folder, "categories.csv", "24", "soon")
    edit(folder, "calendar.toml", '"VN"', '"XX"')
    edit(folder, "feeds/steps.toml", '"10m"', '"soon"')
    told = problems(folder)
    assert len(told) == 5  # the alias of the unit without a code is one
    assert [line.split(":")[0] for line in told] == sorted(
        ["units.csv", "unit_aliases.csv", "categories.csv", "calendar.toml", "feeds/steps.toml"]
    )


def test_a_bad_line_breeds_no_other_errors(folder):
    edit(folder, "units.csv", "01,Thành phố Nhỏ,Small City,city,city,,2000-01-01", "01,,,city,city,,2000-01-01")
    assert problems(folder) == ["units.csv:2: name_vi and name_en are both empty"]


def test_a_file_that_is_no_text_is_told_with_the_line(folder):
    (folder / "units.csv").write_bytes((folder / "units.csv").read_bytes().replace("Quận Cam".encode(), b"Qu\xffn Cam"))
    assert "units.csv:5: is not UTF-8 text" in problems(folder)


def test_a_folder_without_its_two_files_is_told_so(tmp_path):
    assert problems(tmp_path) == [f"profile.toml: is missing in {tmp_path}", f"units.csv: is missing in {tmp_path}"]


@pytest.fixture(scope="module")
def hcmc() -> profile.Profile:
    return profile.read(HCMC)


def test_hcmc_has_its_units_of_three_eras(hcmc):
    tiles = {one.id: [unit for unit in hcmc.units if one.has(unit)] for one in hcmc.geographies}
    assert {name: Counter(unit.level for unit in units) for name, units in tiles.items()} == {
        "22": {"district": 22, "area": 2}, "24": {"district": 24, "area": 2}, "168": {"commune": 168},
    }  # fmt: skip
    assert all(unit.map_col is not None for units in tiles.values() for unit in units)
    assert {unit.key: unit.name_vi for unit in hcmc.units if unit.code == "769"} == {
        "769@2004-01-01": "Quận 2", "769": "Thành phố Thủ Đức",
    }  # fmt: skip


def test_every_commune_of_hcmc_came_from_somewhere_and_every_district_went_whole(hcmc):
    links = hcmc.successors
    communes = {unit.code for unit in hcmc.units if unit.level == "commune"}
    assert {one.to_code for one in links} == communes | {"769"}
    given = Counter()
    for one in links:
        given[one.from_code, one.from_valid_from, one.to_valid_from] += one.share
    assert all(abs(whole - 1) < 1e-4 for whole in given.values()), given


def test_hcmc_has_its_procedures_categories_and_the_110_indicators(hcmc):
    assert (len(hcmc.procedures), len(hcmc.fields), len(hcmc.indicators)) == (62, 21, 110)
    assert len({one.group_vi for one in hcmc.indicators}) == 20
    assert all(one.provisional for one in hcmc.indicators), "the codes are not the decree's"
    names = [*hcmc.units, *hcmc.fields, *hcmc.procedures, *hcmc.categories, *hcmc.indicators]
    assert all(one.name_en.isascii() or "–" in one.name_en for one in names), "an English name is missing"
    assert {head.id: head.dataset for head in hcmc.feed_heads} == {
        "portal": "dossiers", "portal-steps": "steps", "ratings": "ratings", "hotline": "tickets",
        "kpi": "observations", "kpi-targets": "targets", "letters": "letters",
    }  # fmt: skip


def test_a_profile_says_what_its_walls_show(folder: Path):
    assert profile.read(folder).rules["wall"] == {"pages": [], "seconds": 20}
    assert profile.read(HCMC).rules["wall"]["pages"][0] == "overview"
    head = (folder / "profile.toml").read_text(encoding="utf-8")
    for said in ('[wall]\npages = "overview"\nseconds = 1\n', "wall = 3\n"):
        (folder / "profile.toml").write_text(
            said + head if said.startswith("wall") else f"{head}\n{said}", encoding="utf-8"
        )
        found = " ".join(problems(folder))
        assert "wall is no table" in found or (
            "wall.pages is no list" in found and "wall.seconds is no number" in found
        )


def test_a_category_has_clocks_of_its_own_and_may_be_about_dossiers(folder):
    (folder / "categories.csv").write_text(
        "code,name_en,sla_hours,first_answer_hours,forward_minutes,about_dossiers\n"
        "public,Public administration,120,2,5,true\nnoise,Noise,24,,,\n",
        encoding="utf-8",
    )
    public, noise = profile.read(folder).categories
    assert (public.sla_hours, public.first_answer_hours, public.forward_minutes) == (120, 2, 5)
    assert public.about_dossiers
    assert (noise.first_answer_hours, noise.forward_minutes, noise.about_dossiers) == (None, None, False)


def test_a_limit_of_nothing_is_refused(folder):
    (folder / "categories.csv").write_text("code,name_en,sla_hours,forward_minutes\na,A,24,0\n", encoding="utf-8")
    assert problems(folder) == ["categories.csv:2: forward_minutes is 0: leave it empty for no time limit"]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ('first = 2026-10-01\nlast = "soon"', "first or last is no date"),
        ("first = 2026-10-02\nlast = 2026-10-01", "last is before first"),
        ("first = 2026-10-01\nlast = 2026-10-02\nshare = 35", "share is no number above 0"),
        ('first = 2026-10-01\nlast = 2026-10-02\ndossiers = "many"', "dossiers is no number above 0"),
    ],
)
def test_a_campaign_that_cannot_be_is_refused(folder, said, reason):
    edit(folder, "profile.toml", "[rules]\n", f"[rules.same_day_campaign]\n{said}\n\n[rules]\n")
    assert any(reason in problem for problem in problems(folder))


def test_a_title_in_english_is_one_or_none(folder: Path):
    assert "titles" not in profile.read(folder).rules
    assert profile.read(HCMC).rules["titles"] == {"en": "Ho Chi Minh City operations"}
    said = (folder / "profile.toml").read_text("utf-8")
    (folder / "profile.toml").write_text(f"title_en = 3\n{said}", "utf-8")
    assert any("title_en is no text" in problem for problem in problems(folder))


def test_feeds_bear_an_english_title_where_their_files_say_it(folder: Path):
    assert "feed_titles" not in profile.read(folder).rules
    feed = folder / "feeds" / "tickets.toml"
    feed.write_text(feed.read_text("utf-8").replace("[feed]", '[feed]\ntitle_en = "Hotline"', 1), "utf-8")
    assert profile.read(folder).rules["feed_titles"] == {"tickets": {"en": "Hotline"}}
    hcmc = profile.read(HCMC)
    assert set(hcmc.rules["feed_titles"]) == {head.id for head in hcmc.feed_heads}
    feed.write_text(feed.read_text("utf-8").replace('"Hotline"', "7", 1), "utf-8")
    with pytest.raises(profile.ProfileError, match="title_en"):
        profile.read(folder)
