"""What is told outside the voice: one id each, withdrawn when it no longer holds."""

from collections.abc import Callable, Iterable
import logging
from typing import Any, Final, Protocol

from homeassistant.components import persistent_notification
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.translation import async_get_cached_translations
from homeassistant.util import slugify

from .const import DOMAIN

_LOGGER = logging.getLogger(__name__)


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


class Questions:
    """What a person is asked once and may answer later.

    A question is the key of its text with the text's placeholders. It is shown until it is
    answered, withdrawn or dismissed; `asked` is what has to be kept over a restart.
    """

    def __init__(self, hass: HomeAssistant, prefix: str, on_dismissed: Callable[[], None]) -> None:
        """Know where they are told apart from others; `on_dismissed` is called when one goes."""
        self._hass = hass
        self._prefix = f"{DOMAIN}_{prefix}_"
        self._on_dismissed = on_dismissed
        self._unsubscribe: CALLBACK_TYPE | None = None
        self.asked: dict[str, dict[str, str]] = {}

    @callback
    def ask(self, about: str, key: str, **placeholders: str) -> None:
        """Ask about something, in place of what was asked about it before."""
        self.asked[about] = {"key": key, **placeholders}
        self._show(about)

    @callback
    def show(self) -> None:
        """Show what is asked and not answered."""
        for about in list(self.asked):
            try:
                self._show(about)
            except IndexError, KeyError, ValueError:  # a text of today wants other words
                del self.asked[about]

    def _show(self, about: str) -> None:
        words = dict(self.asked[about])
        key = words.pop("key")
        persistent_notification.async_create(
            self._hass,
            text(self._hass, key, **words),
            text(self._hass, f"{key}_title", **words),
            self._prefix + about,
        )
        if self._unsubscribe is None:
            self._unsubscribe = persistent_notification.async_register_callback(
                self._hass, self._changed
            )

    @callback
    def withdraw(self, about: str) -> bool:
        """Take a question back; return whether it was asked."""
        if self.asked.pop(about, None) is None:
            return False
        persistent_notification.async_dismiss(self._hass, self._prefix + about)
        if not self.asked:
            self._stop_listening()
        return True

    @callback
    def close(self) -> None:
        """Show none any more; `show` brings back what was not answered."""
        self._stop_listening()
        for about in self.asked:
            persistent_notification.async_dismiss(self._hass, self._prefix + about)

    @callback
    def _changed(
        self,
        update: persistent_notification.UpdateType,
        notifications: dict[str, persistent_notification.Notification],
    ) -> None:
        if update is not persistent_notification.UpdateType.REMOVED:
            return
        ours = {each.removeprefix(self._prefix) for each in notifications}
        if gone := ours & self.asked.keys():
            for about in gone:
                del self.asked[about]
            if not self.asked:
                self._stop_listening()
            self._on_dismissed()

    def _stop_listening(self) -> None:
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None


class Alerts:
    """The alerts of one gym: one a cause, shown everywhere and withdrawn everywhere.

    What an alert is about is its id. It goes to Home Assistant's notifications and to the phones of
    whoever trains; where a phone does not take it, the notification is still there.
    """

    def __init__(self, hass: HomeAssistant, gym_id: str) -> None:
        """Name them; none is shown."""
        self._hass = hass
        self._prefix = f"{DOMAIN}_{gym_id}_"
        self._shown: dict[str, tuple[str, str, tuple[str, ...]]] = {}

    @property
    def up(self) -> frozenset[str]:
        """Return what the alerts that are shown are about."""
        return frozenset(self._shown)

    @callback
    def show(self, about: str, title: str, message: str, phones: tuple[str, ...]) -> bool:
        """Show an alert, or bring it up to date; return whether there is something new in it."""
        before = self._shown.get(about)
        if before is not None and before[:2] == (title, message):
            return False
        phones = tuple(dict.fromkeys((*(before[2] if before else ()), *phones)))
        self._shown[about] = (title, message, phones)
        persistent_notification.async_create(self._hass, message, title, self._prefix + about)
        _to_phones(self._hass, phones, message, self._prefix + about, title=title)
        return True

    @callback
    def withdraw(self, about: str) -> None:
        """Take an alert back wherever it is shown; does nothing where it is not."""
        if (shown := self._shown.pop(about, None)) is not None:
            persistent_notification.async_dismiss(self._hass, self._prefix + about)
            _to_phones(self._hass, shown[2], CLEAR_NOTIFICATION, self._prefix + about)


CLEAR_NOTIFICATION: Final = "clear_notification"
"""What a phone with Home Assistant's app takes for: withdraw what has this tag."""


@callback
def _to_phones(
    hass: HomeAssistant, phones: Iterable[str], message: str, tag: str, title: str | None = None
) -> None:
    """Send something to phones, by their device ids; a phone that fails is logged."""
    devices = dr.async_get(hass)
    for phone in phones:
        device = devices.async_get(phone)
        entry = hass.config_entries.async_get_entry(device.config_entry_id) if device else None
        name = entry.data.get("device_name") if entry else None
        if name is None:
            continue
        data: dict[str, Any] = {"message": message, "data": {"tag": tag}}
        if title is not None:
            data["title"] = title
            data["data"] |= {"ttl": 0, "priority": "high"}

        async def send(service: str, data: dict[str, Any]) -> None:
            try:
                await hass.services.async_call("notify", service, data, blocking=True)
            except Exception as err:  # noqa: BLE001 - whatever a phone's integration raises
                _LOGGER.warning("%s does not take messages: %r", service, err)

        # Home Assistant names the action of a phone after the name that the phone gave itself.
        hass.async_create_background_task(
            send(slugify(f"mobile_app_{name}"), data), f"retrowalk: message to {name}"
        )
