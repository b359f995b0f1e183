"""House-keeping, in every process whatever its role: the first one to come does it for all."""

import logging

from bot.serve.alerts import Alerts, alert_channel
from bot.serve.jobs import Job
from bot.serve.ping import Ping
from bot.service import Clock
from bot.settings import Settings
from bot.store import Store

log = logging.getLogger(__name__)

_LOOK_SECONDS = 60.0
_PING_SECONDS = 300.0
_TIDY_SECONDS = 3600.0  # between two looks whether a day is over


def chores(store: Store, known: Settings, clock: Clock) -> tuple[Job, ...]:
    """Alerts, the daily tidying up, and the ping where its URL is set. Raises Refused."""
    alerts = Alerts(store, clock, alert_channel(known.alert_channel))

    async def tidy() -> None:
        if (deleted := await store.retention.tidy_daily(clock())) is not None:
            log.info(
                "tidied", extra={"rows": sum(deleted.values()), **{f"{name}_rows": n for name, n in deleted.items()}}
            )

    jobs = (Job("alerts", _LOOK_SECONDS, alerts.look), Job("retention", _TIDY_SECONDS, tidy))
    if not known.ping_url.get_secret_value():
        return jobs
    return (*jobs, Job("ping", _PING_SECONDS, Ping(store, known.ping_url).ping))
