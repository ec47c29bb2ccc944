"""Each cause that the simulated city hides is found from the overview in at most three clicks."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import DESK, PATIENCE_MS
from tests.conftest import short_folder
from tests.program import Program, free_port

HISTORY_DAYS = 100
LOAD_S, EXPLAINED_MS = 900, 300_000
LAND_OFFICE, POLICE = "Chi nhánh Văn phòng Đăng ký đất đai", "Công an cấp xã"
pytestmark = [pytest.mark.full, pytest.mark.timeout(1500)]


class Walk:
    """The overview at a desk, and how often it was clicked."""

    def __init__(self, page: Page) -> None:
        """Start without a click."""
        self.page, self.clicks = page, 0

    def click(self, place: Locator) -> None:
        """Click, and count it."""
        self.clicks += 1
        place.click()

    def menu(self, name: str) -> None:
        """Follow a link to a page: from the line where it shows, or else from the menu beside it."""
        link = self.page.locator(".nav-links").get_by_role("link", name=name, exact=True)
        if not link.is_visible():
            self.click(self.page.locator(".nav-more > summary"))
            link = self.page.locator(".nav-list").get_by_role("link", name=name, exact=True)
        self.click(link)


@pytest.fixture(scope="module")
def running_city(browser: Browser) -> Iterator[str]:
    """The address of the whole program once its history is in and every late file is explained."""
    with short_folder() as folder:
        program = Program(DATA_DIR=str(folder), PORT=str(free_port()), HISTORY_DAYS=str(HISTORY_DAYS))
        try:
            address = re.search(r"http://\S+", program.hear("The dashboard is at"))[0]
            program.hear("The whole history is loaded", timeout=LOAD_S)
            explained(browser, address)
            yield address
        finally:
            program.stop()


def explained(browser: Browser, address: str) -> None:
    """Wait until the page of who made it late says that no file waits for its explanation."""
    page = browser.new_page(locale="vi-VN")
    page.goto(f"{address}/trach-nhiem")
    page.locator("#blame-stops tbody tr").first.wait_for()
    note = page.locator(".stops-part [data-part=note]")
    expect(note).not_to_contain_text("chờ chia", timeout=EXPLAINED_MS)
    page.close()


@pytest.fixture
def walk(browser: Browser, running_city: str) -> Iterator[Walk]:
    context = browser.new_context(viewport={"width": DESK[0], "height": DESK[1]}, locale="vi-VN")
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(running_city)
    page.locator("html[data-filled=yes]").wait_for()
    walk = Walk(page)
    yield walk
    context.close()
    assert 1 <= walk.clicks <= 3


def finished_late(walk: Walk) -> Locator:
    """Go to what was finished late in the window; return the matrix by unit and field."""
    walk.menu("Hồ sơ trễ hẹn")
    walk.click(walk.page.get_by_role("button", name="trả trễ", exact=True))
    fields = walk.page.locator("#late-fields")
    expect(walk.page).to_have_url(re.compile("mode=finished"))
    note = fields.locator("xpath=ancestor::section").locator("[data-part=note]")
    expect(note).to_contain_text(re.compile(r"\d\d/\d\d/\d{4} – "))
    expect(fields.locator("td .value").first).to_be_visible()
    return fields


def row(matrix: Locator, name: str) -> Locator:
    """Return the first row of a matrix whose name holds a text; the worst stand above."""
    return matrix.locator("tbody tr").filter(has=matrix.page.locator("th", has_text=name)).first


def cell(matrix: Locator, name: str, field: str) -> Locator:
    """Return the cell of a row in the column of a field."""
    titles = matrix.locator("thead th").all_inner_texts()
    place = next(i for i, title in enumerate(titles) if field in title)
    return row(matrix, name).locator("> *").nth(place)


def number(place: Locator) -> float:
    """Return the number of a cell as Vietnamese writes it; 0 for an empty one."""
    text = place.inner_text().strip()
    return float(text.replace(".", "").replace(",", ".")) if text else 0.0


def rates(matrix: Locator, field: str) -> dict[str, float]:
    """Return the rates of a field by unit, of cells that have enough dossiers to be judged."""
    titles = matrix.locator("thead th").all_inner_texts()
    place = next(i for i, title in enumerate(titles) if field in title)
    found = [one.locator("> *").all_inner_texts() for one in matrix.locator("tbody tr").all()]
    judged = [(cells[0].strip(), cells[place].strip()) for cells in found]
    return {name: float(text.replace(",", ".")) for name, text in judged if re.fullmatch(r"\d+,\d+", text)}


def test_the_land_office_keeps_land_files_of_two_districts(walk: Walk) -> None:
    fields = finished_late(walk)
    land = rates(fields, "Đất đai")
    whole = land.pop("Toàn thành phố")
    worst = sorted(land, key=lambda name: -land[name])[:2]
    assert set(worst) == {"Hóc Môn", "Bình Chánh"}
    assert min(land[name] for name in worst) > 2 * whole
    walk.click(cell(fields, "Hóc Môn", "Đất đai").locator("a"))
    holders = walk.page.locator("#cases tbody .case-holder")
    expect(walk.page.locator("#cases tbody tr").first).to_be_visible()
    assert holders.count() > 0


def test_the_land_office_and_the_police_have_the_most_late_days(walk: Walk) -> None:
    walk.menu("Ai làm trễ")
    stops = walk.page.locator("#blame-stops")
    stops.locator("tbody tr").first.wait_for()
    expect(stops.locator("tbody tr").nth(0).locator("th")).to_contain_text(LAND_OFFICE)
    expect(stops.locator("tbody tr").nth(1).locator("th")).to_contain_text(POLICE)
    column = "Hộ tịch (liên"
    police = number(cell(stops, POLICE, column))
    others = [number(cell(stops, name, column)) for name in ("Văn phòng HĐND", "Trung tâm Phục vụ")]
    assert police > 2 * max(others)


def test_the_police_of_one_district_are_late_with_residence(walk: Walk) -> None:
    fields = finished_late(walk)
    residence = rates(fields, "quản lý cư")
    assert max(residence, key=lambda name: residence[name]) == "Củ Chi"


def test_the_unit_that_moves_appointments_is_named(walk: Walk) -> None:
    walk.menu("Ai làm trễ")
    note = walk.page.locator("#blame-ledger").locator("xpath=ancestor::section").locator("[data-part=note]")
    expect(note).to_contain_text(re.compile(r"^\s*Quận 12: dời ngày hẹn không rõ lý do nhiều hơn hẳn nơi khác"))


def test_the_sender_that_tells_late_stands_first_among_the_senders(walk: Walk) -> None:
    walk.menu("Nguồn dữ liệu")
    first = walk.page.locator("#senders .ag-center-cols-container [row-index='0']")
    expect(first).to_contain_text("Cần Giờ")
    expect(first).to_contain_text(re.compile("báo trễ|im lặng"))
