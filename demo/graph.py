"""The minutes by week, for a graph: Home Assistant's statistics, told of every walk in the log.

Sensors keep no history from before they existed, so the past of the demo is written by the same
command with which Home Assistant imports statistics from elsewhere.
"""

from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from itertools import accumulate

from .api import Api
from .entities import Device, Retrowalk
from .errors import DemoError


def statistic_id(runner: Device) -> str:
    """The name under which a runner's minutes are kept."""
    return f"demo:{runner.name.lower()}_minutes"


async def keep(api: Api) -> None:
    """Draw, and draw anew whenever a walk is added, until the connection closes."""
    with suppress(DemoError):
        retrowalk = await Retrowalk.find(api)
        totals = [runner["sensor.lifetime_minutes"] for runner in retrowalk.runners.values()]
        added = await api.listen(
            "subscribe_trigger", trigger={"trigger": "state", "entity_id": totals, "to": None}
        )
        await draw(api, retrowalk)
        while await added.get() is not None:
            await draw(api, retrowalk)


async def draw(api: Api, retrowalk: Retrowalk) -> None:
    """Write what the log of each runner says."""
    for runner in retrowalk.runners.values():
        log = await api.act_and_read("retrowalk.get_sessions", entity_id=runner["switch.session"])
        by_hour: Counter[datetime] = Counter()
        for walk in log["sessions"]:
            began = datetime.fromisoformat(walk["started"]).astimezone(UTC)
            by_hour[began.replace(minute=0, second=0, microsecond=0)] += walk["backward_seconds"]
        hours = sorted(by_hour)
        sums = accumulate(by_hour[hour] / 60 for hour in hours)
        await api.ask(
            "recorder/import_statistics",
            metadata={
                "statistic_id": statistic_id(runner),
                "source": "demo",
                "name": f"{runner.name}: minutes walked backward",
                "unit_of_measurement": "min",
                "unit_class": "duration",
                "has_sum": True,
                "mean_type": 0,
            },
            stats=[
                {"start": hour.isoformat(), "state": total, "sum": total}
                for hour, total in zip(hours, sums, strict=True)
            ],
        )
