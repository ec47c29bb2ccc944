"""Settings: read from the environment, wrong ones told in one sentence."""

from pathlib import Path

import pytest

from sql import settings
from sql.settings import SIMULATOR_PORT, Settings, SettingsError


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch):
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def test_everything_has_a_default():
    assert settings.read().port == 8050


def test_an_empty_variable_counts_as_unset(monkeypatch):
    monkeypatch.setenv("PORT", "")
    assert settings.read().port == 8050


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2"])
def test_every_spelling_of_a_postgres_url_gets_the_driver(monkeypatch, scheme):
    monkeypatch.setenv("DATABASE_URL", f"{scheme}://me:pw@db/city")
    assert settings.read().database_url == "postgresql+psycopg2://me:pw@db/city"


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("PORT", "many", "PORT=many cannot be used: Input should be a valid integer"),
        ("PORT", "70000", "PORT=70000 cannot be used: Input should be less than or equal to 65535."),
        ("LOG_LEVEL", "loud", "LOG_LEVEL=loud cannot be used: must be debug, info, warning or error."),
        ("SCALE", "0", "SCALE=0 cannot be used: Input should be greater than 0."),
    ],
)
def test_a_wrong_value_is_told_in_one_sentence(monkeypatch, name, value, sentence):
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        settings.read()
    assert str(caught.value).startswith(sentence)


def test_a_wrong_url_is_told_without_its_password(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "mysql://me:hidden@db/city")
    with pytest.raises(SettingsError) as caught:
        settings.read()
    assert str(caught.value) == "DATABASE_URL cannot be used: must begin with postgresql://."


def test_what_children_get_reads_back_as_the_same_settings(monkeypatch):
    given = Settings(port=8123, profile=Path("tests/profiles/small"), simulate=False, log_level="warning")
    for name, value in given.as_environment().items():
        monkeypatch.setenv(name, value)
    assert settings.read() == given


def test_a_secret_is_any_other_variable(monkeypatch):
    monkeypatch.setenv("PORTAL_PASSWORD", "open sesame")
    assert Settings().secret("PORTAL_PASSWORD") == "open sesame"
    assert Settings().secret("NOT_SET_ANYWHERE") is None


def test_the_simulated_city_of_a_data_dir_is_found_by_every_command_but_those_on_a_real_database(tmp_path):
    given = Settings(data_dir=tmp_path)
    assert given.secret("SIMULATOR_URL") is None
    (tmp_path / SIMULATOR_PORT).write_text("4711")
    assert given.secret("SIMULATOR_URL") == "http://127.0.0.1:4711"
    assert given.secret("PORTAL_USERNAME") == "simulated"
    assert given.secret("OTHER_USERNAME") is None
    real = given.model_copy(update={"database_url": "postgresql+psycopg2://db/city"})
    assert real.secret("SIMULATOR_URL") is real.secret("PORTAL_USERNAME") is None
    elsewhere = given.model_copy(update={"simulator_url": "http://sim:1"})
    assert elsewhere.secret("SIMULATOR_URL") == "http://sim:1"


def test_the_kept_secret_key_is_made_once_and_is_private(tmp_path):
    given = Settings(data_dir=tmp_path / "new")
    first = settings.kept_secret_key(given)
    assert len(first) >= 32
    assert settings.kept_secret_key(given) == first
    assert (tmp_path / "new" / "secret_key").stat().st_mode & 0o077 == 0
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["secret_key"]


def test_a_given_secret_key_is_not_written_down(tmp_path):
    assert settings.kept_secret_key(Settings(data_dir=tmp_path, secret_key="given")) == "given"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "url", "sentence"),
    [
        ("REDIS_URL", "http://:hidden@h", "REDIS_URL cannot be used: must begin with redis://"),
        ("REDIS_URL", "redis+cluster://h:1", "REDIS_URL cannot be used: Celery cannot use a cluster as its broker"),
        ("BROKER_URL", "redis+sentinel://h:1", "BROKER_URL cannot be used: redis+sentinel:// must name the master"),
    ],
)
def test_a_valkey_that_cannot_serve_is_told_without_its_password(monkeypatch, name, url, sentence):
    monkeypatch.setenv(name, url)
    with pytest.raises(SettingsError) as caught:
        settings.read()
    assert str(caught.value).startswith(sentence)
    assert "hidden" not in str(caught.value)


def test_a_cluster_carries_frames_beside_a_broker_of_its_own(monkeypatch):
    monkeypatch.setenv("REDIS_URL", "redis+cluster://h:1,i:2")
    monkeypatch.setenv("BROKER_URL", "redis+sentinel://h:1/city")
    assert settings.read().broker_url == "redis+sentinel://h:1/city"
