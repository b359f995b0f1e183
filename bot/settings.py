"""The environment, read once: the only reader of os.environ."""

import os
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import Refused

NEEDED = {  # what an adapter is configured by: any of these
    "slack": ("SLACK_BOT_TOKEN", "SLACK_CLIENT_ID"),
    "discord": ("DISCORD_TOKEN",),
    "email": ("SMTP_URL",),
    "webhook": ("PAPER_ROUND_SECRET_KEY",),
}


class Settings(BaseSettings):
    """What an operator can set; each has a default that works."""

    model_config = SettingsConfigDict(env_prefix="PAPER_ROUND_", extra="ignore", frozen=True)

    database_url: str = Field(default="", repr=False, description="sqlite:///PATH or postgresql://USER@HOST/NAME")
    timezone: str = Field(default="UTC", description="where people are, if their platform does not say")
    contact: str = Field(default="", description="an address to write to; no public source is polled without it")
    public_url: str = Field(default="", description="where the web server is reached from outside")
    allow_hosts: str = Field(default="", description="private hosts that feeds may be read from, with commas")
    categories: str = Field(default="", description="arXiv categories to poll besides those followed, with commas")
    enrich: str = Field(default="", description="what fills gaps: semanticscholar, crossref, with commas; off if empty")
    http: str = Field(default="127.0.0.1:8080", description="host:port of the one web server; off switches it off")
    proxies: str = Field(
        default="127.0.0.1,::1", description="addresses or networks whose X-Forwarded-For is believed, with commas"
    )
    secret_key: SecretStr = Field(default=SecretStr(""), description="signs links and encrypts tokens")
    lease_seconds: float = Field(default=60.0, ge=1, description="after which another worker goes on with lost work")
    most_follows: int = Field(default=50, ge=1, description="follows a channel")
    alert_channel: str = Field(default="", description="platform/workspace/channel that hears of trouble")
    ping_url: SecretStr = Field(default=SecretStr(""), description="asked every few minutes while all is well")
    discord_token: SecretStr = Field(
        default=SecretStr(""), validation_alias="DISCORD_TOKEN", description="of the bot; Discord is off without it"
    )
    discord_api_url: str = Field(
        default="",
        validation_alias="DISCORD_API_URL",
        description="Discord's own, or another without a slash at its end",
    )
    discord_gateway_url: str = Field(
        default="", validation_alias="DISCORD_GATEWAY_URL", description="ws:// or wss://; what Discord names if empty"
    )
    discord_sync_guilds: str = Field(
        default="",
        validation_alias="DISCORD_SYNC_GUILDS",
        description="servers that see new commands at once, with commas",
    )
    arxiv_api_url: str = Field(default="", validation_alias="ARXIV_API_URL", description=".../api/query")
    arxiv_rss_url: str = Field(default="", validation_alias="ARXIV_RSS_URL", description="a category is appended")
    arxiv_oai_url: str = Field(default="", validation_alias="ARXIV_OAI_URL", description="the OAI-PMH address")
    hf_api_url: str = Field(default="", validation_alias="HF_API_URL", description="/daily_papers is appended")
    s2_api_url: str = Field(default="", validation_alias="S2_API_URL", description="/graph/v1/... is appended")
    s2_api_key: SecretStr = Field(
        default=SecretStr(""), validation_alias="S2_API_KEY", description="Semantic Scholar's"
    )
    crossref_api_url: str = Field(default="", validation_alias="CROSSREF_API_URL", description="/works/... is appended")
    summary_api_url: str = Field(
        default="", validation_alias="SUMMARY_API_URL", description="OpenAI-compatible; /chat/completions is appended"
    )
    summary_api_key: SecretStr = Field(
        default=SecretStr(""), validation_alias="SUMMARY_API_KEY", description="of that language model, if it needs one"
    )
    summary_model: str = Field(default="", validation_alias="SUMMARY_MODEL", description="its name there")
    summaries_a_day: int = Field(default=200, ge=0, description="how often it is asked for a summary, by all processes")
    summary_seconds: float = Field(default=10.0, gt=0, le=10, description="that digests wait for summaries in all")
    slack_bot_token: SecretStr = Field(
        default=SecretStr(""), validation_alias="SLACK_BOT_TOKEN", description="xoxb-..., of the one workspace"
    )
    slack_app_token: SecretStr = Field(
        default=SecretStr(""), validation_alias="SLACK_APP_TOKEN", description="xapp-..., for Socket Mode"
    )
    slack_signing_secret: SecretStr = Field(
        default=SecretStr(""), validation_alias="SLACK_SIGNING_SECRET", description="to be spoken to at /slack/events"
    )
    slack_client_id: str = Field(
        default="", validation_alias="SLACK_CLIENT_ID", description="of the app, to be installed in many workspaces"
    )
    slack_client_secret: SecretStr = Field(
        default=SecretStr(""), validation_alias="SLACK_CLIENT_SECRET", description="of the app, beside its client id"
    )
    slack_history: bool = Field(
        default=True, validation_alias="SLACK_HISTORY", description="ask whoever installs it to look for our own posts"
    )
    slack_previews: bool = Field(
        default=False, validation_alias="SLACK_PREVIEWS", description="show papers below links to them: on or off"
    )
    slack_votes: bool = Field(
        default=False, validation_alias="SLACK_VOTES", description="ask whoever installs it for what emoji votes need"
    )
    slack_api_url: str = Field(
        default="", validation_alias="SLACK_API_URL", description="where the Web API is, with a slash at its end"
    )
    smtp_url: SecretStr = Field(
        default=SecretStr(""),
        validation_alias="SMTP_URL",
        description="smtp://USER:PASSWORD@HOST:PORT, or smtps://; mail is off without it",
    )
    mail_from: str = Field(
        default="", validation_alias="MAIL_FROM", description="who digests are mailed from: papers@lab.org"
    )
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
    def page_url(self) -> str:
        """Where pages are reached: the public URL, else the web server's own; empty where it is off."""
        here = self.http.replace("0.0.0.0:", "127.0.0.1:").replace("[::]:", "[::1]:")  # all addresses are no address
        return self.public_url or ("" if here == "off" else f"http://{here}")

    @property
    def database(self) -> str:
        """The database that was chosen, else one in the data directory."""
        return self.database_url or f"sqlite:///{self.data_directory / 'papers.db'}"

    def is_configured(self, adapter: str) -> bool:
        """Whether what that adapter needs is set; one that we don't know needs nothing."""
        return adapter not in NEEDED or self.has_any(NEEDED[adapter])

    def has_any(self, names: Sequence[str]) -> bool:
        """Whether one of these variables is set; what it holds is not looked at."""
        return any(os.environ.get(name) for name in names)


def load(**chosen: str) -> Settings:
    """The settings as the environment has them, with what the command line chose on top. Raises Refused."""
    try:
        return Settings(**{name: value for name, value in chosen.items() if value})  # type: ignore[arg-type]
    except ValidationError as err:
        first = err.errors()[0]
        said = str(first["loc"][0])
        name = said if said.isupper() else f"PAPER_ROUND_{said.upper()}"
        raise Refused(f"{name} can't be used: {first['msg'].removeprefix('Value error, ')}.") from err


def _home(variable: str, below_home: str) -> Path:
    base = os.environ.get(variable)
    return (Path(base) if base else Path("~").expanduser() / below_home) / "paper-round"
