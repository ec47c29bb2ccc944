import doctest
import re
import unicodedata
from dataclasses import fields

import pytest

from indicators import definitions, live
from indicators.definition import Definition
from indicators.definitions import BY_NAME, DEFINITIONS
from sql import queries

LIVE = [
    "dossiers_open", "dossiers_late", "dossiers_due_24h", "received_today", "resolved_today",
    "accepted_late_rate_30d", "on_time_rate_30d", "progress_rate_30d", "online_rate_30d", "same_day_rate_30d",
    "satisfaction_low_30d", "satisfaction_high_30d",
    "rating_response_rate_30d", "letters_owed", "letters_overdue", "tickets_open", "tickets_late",
    "tickets_opened_today", "tickets_closed_today", "ticket_on_time_rate_30d", "targets_fed", "targets_total",
]  # fmt: skip
ON_PAGES = [
    "dossiers_late_share", "tickets_late_share", "satisfaction_interval_30d", "satisfaction_tipping_point_30d",
    "attention", "hours", "late_by_field", "feed_age", "late_by_week", "late_by_holder", "late_ages", "late_procedures",
    "two_clocks", "ticket_first_answer", "ticket_closing", "tickets_by_hour", "ticket_bursts", "tickets_about_dossiers",
    "satisfaction_modelled", "satisfaction_by_stage", "same_day_campaign",
    "lateness_parts", "redated_rate", "letters_judged",
]  # fmt: skip
TEXTS = [field.name for field in fields(Definition) if field.name.endswith(("_vi", "_en"))]
NEED_NO_QUERY: set[str] = set()
each = pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda definition: definition.name)


def test_every_live_indicator_and_everything_pages_show_is_defined_once():
    assert sorted(definition.name for definition in DEFINITIONS) == sorted(LIVE + ON_PAGES)
    assert len(BY_NAME) == len(DEFINITIONS)


def test_the_live_indicators_are_those_the_frame_carries():
    assert sorted(live.NAMES) == sorted(LIVE)


@each
def test_every_text_is_there_in_both_languages_and_in_one_form_of_unicode(definition):
    for name in TEXTS:
        text = getattr(definition, name)
        assert text.strip() == text != ""
        assert unicodedata.is_normalized("NFC", text), name
        assert "  " not in text


@each
def test_titles_fit_a_tile_and_words_are_sentences(definition):
    assert len(definition.title_vi) <= 26
    assert len(definition.title_en) <= 24
    for words in (definition.words_vi, definition.words_en):
        assert words.endswith(".")
        assert len(re.findall(r"\.(?:\s|$)", words)) <= 2


@each
def test_vietnamese_is_vietnamese_and_english_is_not(definition):
    accents = re.compile("[ăâđêôơưàáảãạèéẻẽẹìíỉĩịòóỏõọùúủũụỳýỷỹỵấầẩẫậắằẳẵặếềểễệốồổỗộớờởỡợứừửữự]", re.IGNORECASE)
    assert accents.search(definition.words_vi)
    assert not accents.search(definition.words_en)


@each
def test_rates_are_named_as_rates(definition):
    if definition.name.endswith(("_rate_30d", "_share")):
        assert definition.unit == "rate"
    if definition.unit == "rate":
        assert "÷" in definition.formula_vi
        assert "÷" in definition.formula_en


@each
def test_the_queries_that_count_it_exist(definition):
    assert (definition.queries == ()) == (definition.name in NEED_NO_QUERY)
    for file, name in definition.queries:
        assert name in queries.load(file), f"sql/queries/{file}.sql has no {name}"


def test_the_examples_hold():
    assert doctest.testmod(definitions).failed == 0
