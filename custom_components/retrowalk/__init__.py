"""Retrowalk: a coach for backward walking that lives in the home.

Lifecycle only: build the gym and its runners, forward the platforms. Nothing reloads the entry: an
option or a runner that changes is taken over in place, so that a walk that is going on keeps going.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial
import logging
from pathlib import Path
from typing import Final

from homeassistant.components.http import StaticPathConfig
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import EVENT_CORE_CONFIG_UPDATE, Platform
from homeassistant.core import Context, Event, HassJob, HomeAssistant, callback
from homeassistant.helpers import config_validation as cv, device_registry as dr
from homeassistant.helpers.event import async_track_time_change
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.typing import ConfigType
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from . import frontend, history, services, store
from .book import Book
from .caller import SharedCalls
from .clock import Clocks
from .coaching import Coaching
from .const import DOMAIN
from .entry import CONF_AREA, RUNNER, gym_config, place, runner_config
from .gym.room import PreparedBy
from .gym.speaker import SOUNDS
from .gym.stop_path import StopCause
from .home import UNPROVEN, Home, RetrowalkConfigEntry, build_gym, close_gym
from .person import coach_config
from .runner import Runner
from .unfinished import Unfinished
from .voice_commands import COMMANDS, VoiceCommands
from .websocket_api import async_setup_websocket_api

_LOGGER = logging.getLogger(__name__)

PLATFORMS: Final = (
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.CALENDAR,
    Platform.EVENT,
    Platform.NUMBER,
    Platform.SENSOR,
    Platform.SWITCH,
)
CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)
CALLS: HassKey[SharedCalls] = HassKey(f"{DOMAIN}_calls")
CLOCKS: HassKey[Clocks] = HassKey(f"{DOMAIN}_clocks")


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register the actions, which work whether or not a gym is loaded."""
    hass.data[CALLS] = SharedCalls()
    hass.data.setdefault(CLOCKS, Clocks())
    services.async_setup_services(hass)
    async_setup_websocket_api(hass)
    hass.data[COMMANDS] = VoiceCommands(hass)
    hass.data[COMMANDS].open()
    sounds = StaticPathConfig(SOUNDS, str(Path(__file__).parent / "sounds"))
    await hass.http.async_register_static_paths([sounds])
    await frontend.async_serve(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: RetrowalkConfigEntry) -> bool:
    """Build one gym and its runners."""
    await store.sweep(hass)
    gym = await build_gym(hass, entry)
    entry.async_on_unload(partial(close_gym, hass, gym))  # of a set-up that fails, too
    gym_device = _device(hass, entry, entry.entry_id, entry.title)
    home = entry.runtime_data = Home(gym=gym, gym_device_id=gym_device)
    gym.open(*_buttons(hass, home))
    async with home.updating:
        for subentry in entry.get_subentries_of_type(RUNNER):
            await _build_runner(hass, entry, home, subentry)
        home.name_phones()
        entry.async_on_unload(entry.add_update_listener(_updated))
        entry.async_on_unload(hass.async_add_shutdown_job(HassJob(home.leave)))
        try:
            await home.come_back()
        except Exception:  # a walk that cannot be taken up keeps nobody from the next one
            _LOGGER.exception("The walk that was going on could not be taken up")
        await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
        home.tell()
    _follow_the_day(hass, entry)
    entry.async_on_unload(partial(hass.data[COMMANDS].remove, home))
    await hass.data[COMMANDS].add(home)
    await frontend.async_offer(hass)

    async def started(_hass: HomeAssistant) -> None:
        gym.check_parts()
        gym.treadmill.report_failing()
        gym.treadmill.remind_of_test(dt_util.utcnow())
        if gym.snapshot.holder is not None:  # a walk has come back before its lights did
            await gym.prepare_room(PreparedBy.WALK)
        elif gym.left_by_walk:  # Home Assistant died in mid-walk
            await gym.restore_room()
        await home.verify_history()
        await history.sweep(hass)

    entry.async_on_unload(async_at_started(hass, started))
    return True


async def async_unload_entry(hass: HomeAssistant, entry: RetrowalkConfigEntry) -> bool:
    """Leave walks that are going on to the next set-up, and nothing else behind."""
    home = entry.runtime_data
    if home.gym.belt.is_busy:  # before what is being taken over has had its turn
        home.gym.stop_belt(StopCause.UNLOAD)
    async with home.updating:
        unloaded = False
        try:
            await home.leave()
            unloaded = await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
        finally:
            if not unloaded:
                await home.come_back()
                home.tell()
    return unloaded


async def async_remove_entry(hass: HomeAssistant, entry: RetrowalkConfigEntry) -> None:
    """Bring the room back and delete everything that was stored of a gym and its runners."""
    # A gym whose belt is not proven to stand sees to it, although its entry is gone.
    unproven = hass.data.get(UNPROVEN, {}).get(entry.entry_id)
    gym = unproven or await build_gym(hass, entry)
    await gym.restore_room()
    if gym is not unproven:
        gym.close()
    runner_ids = [each.subentry_id for each in entry.get_subentries_of_type(RUNNER)]
    await store.remove_all(hass, entry.entry_id, runner_ids)
    history.clear(hass, runner_ids)
    hass.data[COMMANDS].look()
    if not hass.config_entries.async_entries(DOMAIN):
        await frontend.async_withdraw(hass)


async def async_remove_config_entry_device(
    hass: HomeAssistant, entry: RetrowalkConfigEntry, device: dr.AnyDeviceEntry
) -> bool:
    """A gym or a runner goes with its entry or subentry, never by its device alone."""
    return False


def _buttons(
    hass: HomeAssistant, home: Home
) -> tuple[Callable[[Context | None], None], Callable[[], None]]:
    """Return what the gym's go and stop buttons do."""

    @callback
    def go(context: Context | None) -> None:
        hass.async_create_task(home.go_by_button(context), "retrowalk: go by button")

    @callback
    def stop() -> None:
        hass.async_create_task(home.stop_everything(), "retrowalk: stop by button")

    return go, stop


@callback
def _follow_the_day(hass: HomeAssistant, entry: RetrowalkConfigEntry) -> None:
    """Show the week anew at local midnight, and when the home moves to another time zone."""
    home = entry.runtime_data

    @callback
    def midnight(_now: datetime) -> None:
        home.show()
        home.ask_calendars()
        home.gym.treadmill.remind_of_test(dt_util.utcnow())

    @callback
    def core_config_updated(_event: Event) -> None:
        home.show()

    entry.async_on_unload(async_track_time_change(hass, midnight, hour=0, minute=0, second=0))
    entry.async_on_unload(hass.bus.async_listen(EVENT_CORE_CONFIG_UPDATE, core_config_updated))


async def _updated(hass: HomeAssistant, entry: RetrowalkConfigEntry) -> None:
    """Take over what was changed: options, names, runners added, edited or removed."""
    home = entry.runtime_data
    # Before what is being taken over has had its turn.
    home.gym.treadmill.stop_for(gym_config(entry).belt)
    async with home.updating:
        if getattr(entry, "runtime_data", None) is not home:  # unloaded meanwhile
            return
        home.gym.configure(entry.title, gym_config(entry))
        subentries = {each.subentry_id: each for each in entry.get_subentries_of_type(RUNNER)}
        for runner_id in home.runners.keys() - subentries.keys():
            runner = home.runners.pop(runner_id)
            try:
                await runner.close()
            finally:
                await runner.forget()
        for runner_id, subentry in subentries.items():
            if known := home.runners.get(runner_id):
                await known.configure(runner_config(subentry), place(entry))
            else:
                runner = await _build_runner(hass, entry, home, subentry)
                await runner.come_back()
                home.add_entities(runner)
                runner.tell()
        home.name_phones()
        _rename_devices(hass, entry)
        await hass.data[COMMANDS].refresh()


@callback
def _rename_devices(hass: HomeAssistant, entry: RetrowalkConfigEntry) -> None:
    devices = dr.async_get(hass)
    names = {entry.entry_id: entry.title}
    names |= {each.subentry_id: each.title for each in entry.get_subentries_of_type(RUNNER)}
    for identifier, name in names.items():
        device = devices.async_get_device_by_identifier((DOMAIN, identifier), entry.entry_id)
        if device is not None and device.name != name:
            devices.async_update_device(device.id, name=name)


async def _build_runner(
    hass: HomeAssistant, entry: RetrowalkConfigEntry, home: Home, subentry: ConfigSubentry
) -> Runner:
    runner = Runner(
        hass,
        subentry.subentry_id,
        runner_config(subentry),
        place(entry),
        home.gym,
        await Book.open(hass, subentry.subentry_id, subentry.title),
        await Coaching.open(
            hass,
            subentry.subentry_id,
            coach_config(runner_config(subentry), place(entry)),
            hass.data[CLOCKS].wall,
        ),
        await Unfinished.open(hass, subentry.subentry_id),
        hass.data[CALLS],
        hass.data[CLOCKS],
    )
    home.runners[runner.runner_id] = runner  # from now on a stop finds it
    await runner.diary.settle_goal()
    _device(
        hass,
        entry,
        subentry.subentry_id,
        subentry.title,
        subentry_id=subentry.subentry_id,
        via=home.gym_device_id,
    )
    return runner


def _device(
    hass: HomeAssistant,
    entry: RetrowalkConfigEntry,
    identifier: str,
    name: str,
    *,
    subentry_id: str | None = None,
    via: str | None = None,
) -> str:
    """Return the id of a gym's or a runner's device, made in the area that the form named."""
    devices = dr.async_get(hass)
    known = devices.async_get_device_by_identifier((DOMAIN, identifier), entry.entry_id)
    device = devices.async_get_or_create(
        config_entry_id=entry.entry_id,
        config_subentry_id=subentry_id,
        identifiers={(DOMAIN, identifier)},
        name=name,
        entry_type=dr.DeviceEntryType.SERVICE,
        via_device_id=via,
    )
    if known is None and (area := entry.data.get(CONF_AREA)):
        devices.async_update_device(device.id, area_id=area)
    return device.id
