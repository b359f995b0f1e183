"""The environment, read once: the only reader of os.environ."""

import os
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import Refused


class Settings(BaseSettings):
    """What an operator can set; each has a default that works."""

    model_config = SettingsConfigDict(env_prefix="PAPER_ROUND_", extra="ignore", frozen=True)

    database_url: str = Field(default="", repr=False, description="sqlite:///PATH or postgresql://USER@HOST/NAME")
    timezone: str = Field(default="UTC", description="where people are, if their platform does not say")
    log: str = Field(default="text", pattern="^(text|json)$", description="how to log: text or json")

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, OSError, ValueError) as err:  # a zone that is not found is a KeyError
            raise ValueError("no such time zone; try Europe/Berlin") from err
        return name

    @property
    def data_directory(self) -> Path:
        """Where this person's data lives: XDG_DATA_HOME, else ~/.local/share, with `paper-round` in it."""
        return _home("XDG_DATA_HOME", ".local/share")

    @property
    def cache_directory(self) -> Path:
        """What can be made again: XDG_CACHE_HOME, else ~/.cache, with `paper-round` in it."""
        return _home("XDG_CACHE_HOME", ".cache")

    @property
    def database(self) -> str:
        """The database that was chosen, else one in the data directory."""
        return self.database_url or f"sqlite:///{self.data_directory / 'papers.db'}"

    def has_any(self, names: Sequence[str]) -> bool:
        """Whether one of these variables is set; what it holds is not looked at."""
        return any(os.environ.get(name) for name in names)


def load(**chosen: str) -> Settings:
    """The settings as the environment has them, with what the command line chose on top. Raises Refused."""
    try:
        return Settings(**{name: value for name, value in chosen.items() if value})
    except ValidationError as err:
        first = err.errors()[0]
        name = f"PAPER_ROUND_{'_'.join(str(part) for part in first['loc']).upper()}"
        raise Refused(f"{name} can't be used: {first['msg'].removeprefix('Value error, ')}.") from err


def _home(variable: str, below_home: str) -> Path:
    base = os.environ.get(variable)
    return (Path(base) if base else Path("~").expanduser() / below_home) / "paper-round"
