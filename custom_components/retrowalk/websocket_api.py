"""What the cards read: one subscription a card, a whole picture with each change.

1. A picture is sent when something in it has changed, never by time: screens count down to its
   instants. They are in ms since 1970 (UTC), beside the `now` by which a screen sets its clock.
2. Whoever may not read a runner's Session switch sees nothing of that runner.
3. When a runner goes, or its gym, `gone` says so; the card asks again until one is there.
"""

from collections.abc import Callable
from typing import Any, Final

import voluptuous as vol

from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.components import websocket_api
from homeassistant.components.switch import DOMAIN as SWITCH_DOMAIN
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import (
    config_validation as cv,
    device_registry as dr,
    entity_registry as er,
)
from homeassistant.helpers.translation import async_get_translations

from .const import DOMAIN
from .home import Home, RetrowalkConfigEntry
from .pictures import Asked, Picture, session_picture, to_epoch_ms, week_picture
from .runner import Runner
from .voice_commands import language_of

type Paint = Callable[[Asked], Picture]

_GONE: Final = {"gone": True}


@callback
def async_setup_websocket_api(hass: HomeAssistant) -> None:
    """Register the commands, which answer whether or not a gym is loaded."""
    for command, paint in (("session", session_picture), ("week", week_picture)):
        websocket_api.async_register_command(hass, *_command(command, paint))


def _command(name: str, paint: Paint) -> tuple[str, Any, Any]:
    @websocket_api.async_response
    async def subscribe(
        hass: HomeAssistant, connection: websocket_api.ActiveConnection, msg: dict[str, Any]
    ) -> None:
        language = language_of(msg["language"])
        for category in ("exceptions", "entity"):
            await async_get_translations(hass, language, category, {DOMAIN})
        # Nothing is waited for from here on: who is found is there.
        found = _runner_of(hass, msg[ATTR_DEVICE_ID])
        if found is None:
            why = "No runner of a gym that is loaded"
            connection.send_error(msg["id"], websocket_api.ERR_NOT_FOUND, why)
            return
        entry, runner = found
        switch = er.async_get(hass).async_get_entity_id(
            SWITCH_DOMAIN, DOMAIN, f"{runner.runner_id}_session"
        )
        if switch is None or not connection.user.permissions.check_entity(switch, POLICY_READ):
            # Nobody's mistake, so nothing for the log: a card asks for whom it was made.
            why = "This user may not read the runner's Session switch"
            connection.send_error(msg["id"], websocket_api.ERR_UNAUTHORIZED, why)
            return
        asked = Asked(
            hass=hass,
            home=entry.runtime_data,
            runner=runner,
            switch=switch,
            language=language,
            user=connection.user,
        )
        _follow(entry, connection, msg["id"], asked, paint)

    schema = websocket_api.BASE_COMMAND_MESSAGE_SCHEMA.extend(
        {
            vol.Required("type"): f"{DOMAIN}/{name}",
            vol.Required(ATTR_DEVICE_ID): cv.string,
            vol.Optional("language", default="en"): cv.string,
        }
    )
    return f"{DOMAIN}/{name}", subscribe, schema


@callback
def _runner_of(hass: HomeAssistant, device_id: str) -> tuple[RetrowalkConfigEntry, Runner] | None:
    """Return the runner of a device and the entry of its gym, None where it is not there now."""
    if (device := dr.async_get(hass).async_get(device_id)) is None:
        return None
    entry = hass.config_entries.async_get_entry(device.config_entry_id or "")
    if entry is None or entry.state is not ConfigEntryState.LOADED:
        return None
    home: Home | None = getattr(entry, "runtime_data", None)
    ids = [each[1] for each in device.identifiers if each[0] == DOMAIN]
    runner = home.runners.get(ids[0]) if home and ids else None
    return None if runner is None else (entry, runner)


@callback
def _follow(
    entry: RetrowalkConfigEntry,
    connection: websocket_api.ActiveConnection,
    message_id: int,
    asked: Asked,
    paint: Paint,
) -> None:
    """Send a picture now and whenever it becomes another one, until the runner is gone."""
    shown = paint(asked)
    is_due = False

    @callback
    def send(picture: Picture) -> None:
        connection.send_event(message_id, {"now": to_epoch_ms(asked.runner.now), **picture})

    @callback
    def look() -> None:
        nonlocal is_due, shown
        is_due = False
        if message_id not in connection.subscriptions:
            return
        is_there = (
            entry.state is ConfigEntryState.LOADED
            and entry.runtime_data is asked.home
            and asked.home.runners.get(asked.runner.runner_id) is asked.runner
        )
        if not is_there or not asked.may_read(asked.switch):
            connection.subscriptions.pop(message_id)()
            send(_GONE)
        elif (picture := paint(asked)) != shown:
            shown = picture
            send(picture)

    @callback
    def changed() -> None:
        """Look once, when all that changes in this turn has changed."""
        nonlocal is_due
        if not is_due:
            is_due = True
            asked.hass.loop.call_soon(look)

    ways_out = (
        asked.runner.subscribe(changed),
        asked.home.gym.subscribe(changed),
        entry.async_on_state_change(changed),
    )

    @callback
    def unsubscribe() -> None:
        for way_out in ways_out:
            way_out()

    connection.subscriptions[message_id] = unsubscribe
    connection.send_result(message_id)
    send(shown)
