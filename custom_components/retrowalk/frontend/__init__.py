"""The cards and the dashboard: one built file, served here and known to every dashboard.

It is a resource of the dashboards, so that the dialog for a new dashboard and casting find it too.
Where the resources are kept in YAML it comes with the page. Whatever goes wrong with that is
logged: nobody needs a card to walk, or to stop.
"""

import asyncio
from hashlib import sha256
import logging
from pathlib import Path
from typing import Any, Final

from homeassistant.components.http import StaticPathConfig
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_when_setup
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN

_LOGGER = logging.getLogger(__name__)

FILE: Final = Path(__file__).parent / "retrowalk.js"
LATE: Final = FILE.with_name("late.js")
"""Brings the other one where it comes with the page, when the page is ready for it."""
URL: Final = f"/{DOMAIN}/{FILE.name}"
_LOVELACE: Final = "lovelace"
_LOCK: HassKey[asyncio.Lock] = HassKey(f"{DOMAIN}_frontend")


async def async_serve(hass: HomeAssistant) -> None:
    """Serve the file; once in the life of Home Assistant. Dashboards may come later than gyms."""
    hass.data[_LOCK] = asyncio.Lock()
    await hass.http.async_register_static_paths(
        [StaticPathConfig(f"/{DOMAIN}/{each.name}", str(each)) for each in (FILE, LATE)]
    )

    async def there(_hass: HomeAssistant, _component: str) -> None:
        if hass.config_entries.async_entries(DOMAIN):
            await async_offer(hass)

    async_when_setup(hass, _LOVELACE, there)


async def async_offer(hass: HomeAssistant) -> None:
    """Let the dashboards, where there are any yet, know the file by what is in it now."""
    if _LOVELACE in hass.config.components:
        await _agree(hass, is_wanted=True)


async def async_withdraw(hass: HomeAssistant) -> None:
    """Let no dashboard know it any more."""
    if _LOVELACE in hass.config.components:
        await _agree(hass, is_wanted=False)


def _version() -> str:
    """Return what tells the file from every other one."""
    return sha256(FILE.read_bytes()).hexdigest()[:12]


async def _agree(hass: HomeAssistant, *, is_wanted: bool) -> None:
    """Have the dashboards know the file as it is now, in place of older ones, or not at all."""
    from homeassistant.components.lovelace.const import (  # noqa: PLC0415 - it is loaded
        LOVELACE_DATA,
        MODE_STORAGE,
    )

    try:
        async with hass.data[_LOCK]:
            version = await hass.async_add_executor_job(_version) if is_wanted else None
            lovelace = hass.data[LOVELACE_DATA]
            if lovelace.resource_mode == MODE_STORAGE:
                await _agree_with(lovelace.resources, version and f"{URL}?v={version}")
            else:
                _come_with_the_page(hass, version and f"/{DOMAIN}/{LATE.name}?v={version}")
    except Exception:
        _LOGGER.exception("The cards could not be offered to the dashboards")


async def _agree_with(resources: Any, wanted: str | None) -> None:
    await resources.async_get_info()  # reads what is kept
    ours = [each for each in resources.async_items() if each["url"].partition("?")[0] == URL]
    first, others = (ours[0], ours[1:]) if wanted and ours else (None, ours)
    for each in others:
        await resources.async_delete_item(each["id"])
    if wanted is None:
        return
    if first is None:
        await resources.async_create_item({"res_type": "module", "url": wanted})
    elif first["url"] != wanted:
        await resources.async_update_item(first["id"], {"url": wanted})


def _come_with_the_page(hass: HomeAssistant, wanted: str | None) -> None:
    from homeassistant.components.frontend import (  # noqa: PLC0415 - it is loaded
        DATA_EXTRA_MODULE_URL,
        add_extra_js_url,
        remove_extra_js_url,
    )

    known = hass.data[DATA_EXTRA_MODULE_URL].urls
    for each in [each for each in known if each.startswith(f"/{DOMAIN}/") and each != wanted]:
        remove_extra_js_url(hass, each)
    if wanted is not None and wanted not in known:
        add_extra_js_url(hass, wanted)
