"""What is told outside the voice: one id each, withdrawn when it no longer holds."""

from collections.abc import Iterable
from typing import Protocol

from homeassistant.components import persistent_notification
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.translation import async_get_cached_translations

from .const import DOMAIN


class _Named(Protocol):
    """Something that blocks: its name and the key of its reason."""

    @property
    def name(self) -> str: ...

    @property
    def reason(self) -> str: ...


@callback
def text(hass: HomeAssistant, key: str, **placeholders: str) -> str:
    """Return a text of the integration in the language of the home, English where it has none.

    The texts share their place with those of the refusals, so that a reason is worded once.
    """
    path = f"component.{DOMAIN}.exceptions.{key}.message"
    for language in (hass.config.language, "en"):
        translations = async_get_cached_translations(hass, language, "exceptions", DOMAIN)
        if path in translations:
            return translations[path].format(**placeholders)
    return key


@callback
def name_blockers(hass: HomeAssistant, blockers: Iterable[_Named]) -> str:
    """Return what blocks as one readable line."""
    return ", ".join(text(hass, f"blocker_{each.reason}", name=each.name) for each in blockers)


class PathAlert:
    """The alert of one gym that something is in the way."""

    def __init__(self, hass: HomeAssistant, gym_id: str) -> None:
        """Name it; nothing is shown yet."""
        self._hass = hass
        self._id = f"{DOMAIN}_{gym_id}_path"
        self._shown: tuple[str, str] | None = None

    @property
    def is_up(self) -> bool:
        """Return whether it is shown."""
        return self._shown is not None

    @callback
    def show(self, key: str, gym: str, blockers: Iterable[_Named]) -> None:
        """Show it, or bring it up to date."""
        title = text(self._hass, "path_alert_title", gym=gym)
        message = text(self._hass, key, blockers=name_blockers(self._hass, blockers))
        if self._shown != (title, message):
            self._shown = (title, message)
            persistent_notification.async_create(self._hass, message, title, self._id)

    @callback
    def withdraw(self) -> None:
        """Take it back; does nothing where it is not shown."""
        if self._shown is not None:
            self._shown = None
            persistent_notification.async_dismiss(self._hass, self._id)
