"""The settings: the only place that reads the environment."""

import os
import secrets
from functools import lru_cache
from pathlib import Path
from typing import Self

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from sql import valkey

SIMULATOR_PORT = "simulator.port"  # file of DATA_DIR: the port of its simulated city
SIMULATED_SECRETS = {"PORTAL_USERNAME": "simulated", "PORTAL_PASSWORD": "simulated"}


class SettingsError(Exception):
    """A setting cannot be read; the message is one sentence for the operator."""


class Settings(BaseSettings):
    """Hold every setting; the environment name of a field is its name in upper case."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)

    database_url: str = Field("", description="Postgres to use; empty = embedded PostgreSQL under `DATA_DIR`")
    database_replica_url: str = Field("", description="read-only replica for the web program; empty = `DATABASE_URL`")
    redis_url: str = Field(
        "",
        description="Valkey or Redis to use, also `redis+sentinel://h1:p,h2:p/service` or `redis+cluster://h1:p,h2:p`; "
        "empty = embedded Valkey under `DATA_DIR`",
    )
    broker_url: str = Field("", description="Valkey of the ETL jobs, no cluster; empty = `REDIS_URL`")
    profile: Path = Field(Path("profiles/hcmc"), description="folder of the city: units, procedures, rules, feeds")
    data_dir: Path = Field(Path("var"), description="where the embedded servers and the program keep their files")
    host: str = Field("127.0.0.1", description="address the web program listens on")
    port: int = Field(8050, ge=1, le=65535, description="port the web program listens on")
    door_port: int | None = Field(
        None, ge=1, le=65535, description="port of the push door; unset = the one after `PORT` (8051)"
    )
    secret_key: str = Field("", description="signs sessions; empty = a random one kept in `DATA_DIR`")
    trusted_proxies: str = Field(
        "127.0.0.1,::1",
        description="addresses or networks of proxies whose `X-Forwarded-For` is believed",
    )
    live_per_worker: int = Field(10_000, ge=1, description="live connections that one web worker keeps open")
    live_per_address: int = Field(2_000, ge=1, description="of these from one address; an office may be one address")
    live_per_account: int = Field(40, ge=1, description="of these of one account, or of one browser without one")
    web_workers: int = Field(2, ge=1, le=64, description="web worker processes")
    worker_concurrency: int = Field(2, ge=1, le=64, description="feeds that one ETL worker pulls at the same time")
    simulate: bool | None = Field(
        None, description="`make run` starts the simulated city; unset = for a simulated profile without `DATABASE_URL`"
    )
    simulator_url: str = Field("", description="address of the simulated city; empty = `make run` picks a port")
    scale: float = Field(0.05, gt=0, le=1, description="size of the simulated city; 1 = the whole city")
    seed: int = Field(766, ge=0, description="seed of the simulated city; the same seed gives the same records")
    history_days: int = Field(400, ge=0, le=1500, description="days of history that the simulated city offers")
    log_level: str = Field("info", description="debug, info, warning or error")
    log_format: str = Field("console", description="`console`, or `json`: one object a line for a log collector")

    @field_validator("database_url", "database_replica_url")
    @classmethod
    def name_the_driver(cls, url: str) -> str:
        """Return the URL with the driver that the program uses (`postgresql+psycopg2`)."""
        scheme, mark, rest = url.partition("://")
        known = ("postgres", "postgresql", "postgresql+psycopg2")
        if mark and scheme in known:
            return f"postgresql+psycopg2://{rest}"
        if url:
            raise ValueError("must begin with postgresql://")
        return url

    @field_validator("redis_url", "broker_url")
    @classmethod
    def know_the_kind(cls, url: str) -> str:
        """Return the URL, or refuse one that leads to no kind of Valkey."""
        if url:
            valkey.check(url)
        return url

    @model_validator(mode="after")
    def have_a_broker(self) -> Self:
        """Refuse settings with which no job could be sent."""
        if self.broker_url or self.redis_url:
            valkey.broker(self.broker_url or self.redis_url)
        return self

    @field_validator("log_level")
    @classmethod
    def know_the_level(cls, level: str) -> str:
        """Return the level in lower case, or refuse one that logging does not know."""
        if level.lower() not in ("debug", "info", "warning", "error"):
            raise ValueError("must be debug, info, warning or error")
        return level.lower()

    @field_validator("log_format")
    @classmethod
    def know_the_format(cls, form: str) -> str:
        """Return the format in lower case, or refuse one that there is not."""
        if form.lower() not in ("console", "json"):
            raise ValueError("must be console or json")
        return form.lower()

    def secret(self, name: str) -> str | None:
        """Return another environment variable (a secret or URL that a feed file names), or None.

        Where `make run` has started the simulated city on this DATA_DIR, every command finds its address, and the
        simulated portal lets in whoever names a user and a password.
        """
        if name == "SIMULATOR_URL":
            return self.simulated_city()
        simulated = SIMULATED_SECRETS.get(name) if self.simulated_city() else None
        return os.environ.get(name) or simulated

    def simulated_city(self) -> str | None:
        """Return the address of the simulated city, or None where there is none."""
        if self.simulator_url or self.database_url:
            return self.simulator_url or None
        try:
            return f"http://127.0.0.1:{int((self.data_dir / SIMULATOR_PORT).read_text())}"
        except (OSError, ValueError):
            return None

    def door_at(self) -> int:
        """Return the port of the push door."""
        return self.door_port or min(self.port + 1, 65535)

    def as_environment(self) -> dict[str, str]:
        """Return these settings as environment variables, without those that are empty."""
        values = {name.upper(): getattr(self, name) for name in type(self).model_fields}
        return {name: str(value) for name, value in values.items() if value not in ("", None)}


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Return the settings of this process; raise SettingsError with one sentence when one is wrong."""
    return read()


def read(**given: object) -> Settings:
    """Read the environment, with `given` fields on top; raise SettingsError when a value is wrong."""
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        raise SettingsError("; ".join(_sentence(problem) for problem in error.errors())) from None


def _sentence(problem: ErrorDetails) -> str:
    name = "_".join(str(part) for part in problem["loc"]).upper() or "REDIS_URL"
    value = "" if name.endswith(("_URL", "_KEY")) else f"={problem['input']}"  # those may hold a password
    return f"{name}{value} cannot be used: {problem['msg'].removeprefix('Value error, ')}."


def kept_secret_key(settings: Settings) -> str:
    """Return SECRET_KEY, or the random key of DATA_DIR, which the first caller creates."""
    if settings.secret_key:
        return settings.secret_key
    path = settings.data_dir / "secret_key"
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"secret_key.{os.getpid()}")
    new.touch(mode=0o600)
    new.write_text(secrets.token_urlsafe(48))
    try:
        os.link(new, path)  # whole or not at all, and only for the first of several processes
    except FileExistsError:
        pass
    finally:
        new.unlink()
    return path.read_text()


def inherited() -> dict[str, str]:
    """Return the environment as it is, for the programs that this one starts."""
    return dict(os.environ)


def table() -> str:
    """Return the README's table of settings."""
    rows = [f"| `{name.upper()}` | {_shown(field.default)} | {field.description} |" for name, field in _fields()]
    return "\n".join(["| setting | default | what it does |", "|---|---|---|", *rows])


def _fields() -> list[tuple[str, FieldInfo]]:
    return list(Settings.model_fields.items())


def _shown(default: object) -> str:
    return "" if default in ("", None) else f"`{default}`"
