"""Diagnostics: what a helper needs to see, with names and persons left out."""

from typing import Any, Final

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_NAME
from homeassistant.core import HomeAssistant

from .entry import (
    CONF_AREA,
    CONF_BREAK,
    CONF_CHECK_IN,
    CONF_HEART_RATE,
    CONF_PERSON,
    CONF_PHONES,
    CONF_RUNNING,
    CONF_SCREENING,
    CONF_USUAL_PAIN,
    CONF_WEIGHT,
    CONF_YEAR_OF_BIRTH,
)
from .gym.gym import GymSnapshot
from .home import Home, RetrowalkConfigEntry

TO_REDACT: Final = {
    CONF_AREA,
    CONF_BREAK,
    CONF_CHECK_IN,
    CONF_HEART_RATE,
    CONF_NAME,
    CONF_PERSON,
    CONF_PHONES,
    CONF_RUNNING,
    CONF_SCREENING,
    CONF_USUAL_PAIN,
    CONF_WEIGHT,
    CONF_YEAR_OF_BIRTH,
    "title",
    "unique_id",
}


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: RetrowalkConfigEntry
) -> dict[str, Any]:
    """Return the entry and what is so now; a gym that is not loaded has its entry alone."""
    home = entry.runtime_data if entry.state is ConfigEntryState.LOADED else None
    return {
        "entry": async_redact_data(entry.as_dict(), TO_REDACT),
        "gym": _gym(home.gym.snapshot) if home else None,
        "runners": _runners(home) if home else {},
    }


def _gym(gym: GymSnapshot) -> dict[str, Any]:
    return {
        "held_by": gym.holder.id if gym.holder else None,
        "blockers": [each.as_dict() for each in (*gym.blockers, *gym.belt)],
        "time_to_still_s": gym.time_to_still_s,
        "stop_tested": gym.stop_tested,
    }


def _runners(home: Home) -> dict[str, Any]:
    """Return what each runner does and has done; they are told apart by their ids."""
    runners = {}
    for runner_id, runner in home.runners.items():
        snapshot = runner.snapshot
        view = snapshot.session
        runners[runner_id] = {
            "state": snapshot.state,
            "plan": view.session.plan.as_dict() if view else None,
            "marks": [
                {"verb": mark.verb, "at_s": mark.at.total_seconds(), "reason": mark.reason}
                for mark in (view.session.marks if view else ())
            ],
            "week_seconds": snapshot.week.backward.total_seconds(),
            "week_sessions": snapshot.week.sessions,
            "lifetime_sessions": snapshot.lifetime.sessions,
            "streak": snapshot.streak,
        }
    return runners
