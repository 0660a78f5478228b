"""What is told outside the voice: one id each, withdrawn when it no longer holds."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
import logging
from typing import Any, Final, Protocol

from homeassistant.components import persistent_notification
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
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


class _Why(Protocol):
    """A reason of the coach: its key and the figures of its text."""

    @property
    def key(self) -> str: ...

    @property
    def figures(self) -> Mapping[str, Any]: ...


@callback
def text(hass: HomeAssistant, key: str, language: str | None = None, /, **words: str) -> str:
    """Return a text of the integration in a language, that of the home where none is named.

    English where it has none. Other languages than the home's have to be loaded before.

    The texts share their place with those of the refusals, so that a reason is worded once.
    """
    path = f"component.{DOMAIN}.exceptions.{key}.message"
    for each in (language or hass.config.language, "en"):
        translations = async_get_cached_translations(hass, each, "exceptions", DOMAIN)
        with suppress(IndexError, KeyError, ValueError):  # a text that wants other words
            return translations[path].format(**words)
    return key


@callback
def refusal_text(hass: HomeAssistant, err: HomeAssistantError, language: str | None = None) -> str:
    """Return a refusal of ours in words, the kind of a session in those of the language too."""
    words = dict(err.translation_placeholders or {})
    if kind := words.get("kind"):
        words["kind"] = text(hass, f"kind_{kind.replace(' ', '_')}", language)
    return text(hass, err.translation_key or "", language, **words)


@callback
def reason_of_state(hass: HomeAssistant, reason: str, language: str | None = None) -> str:
    """Return why a session is paused or over, as the entity that shows it says it."""
    path = f"component.{DOMAIN}.entity.sensor.state.state_attributes.reason.state.{reason}"
    language = language or hass.config.language
    words = async_get_cached_translations(hass, language, "entity", DOMAIN)
    return words.get(path, reason)


@callback
def number(hass: HomeAssistant, value: float, language: str | None = None) -> str:
    """Return a figure as a language writes it, that of the home where none is named."""
    figure = f"{value:g}"
    in_english = (language or hass.config.language).startswith("en")
    return figure if in_english else figure.replace(".", ",")


@callback
def phrase(hass: HomeAssistant, key: str, figures: Mapping[str, float]) -> str:
    """Return a text with figures, as it is said aloud."""
    return text(hass, key, **{name: number(hass, it) for name, it in figures.items()})


@callback
def name_blockers(
    hass: HomeAssistant, blockers: Iterable[_Named], language: str | None = None
) -> str:
    """Return what blocks as one readable line."""
    return ", ".join(
        text(hass, f"blocker_{each.reason}", language, name=each.name) for each in blockers
    )


@callback
def name_reasons(hass: HomeAssistant, reasons: Iterable[_Why], language: str | None = None) -> str:
    """Return the reasons of the coach as one readable line."""
    return " ".join(reason_text(hass, each, language) for each in reasons)


@callback
def reason_text(hass: HomeAssistant, why: _Why, language: str | None = None) -> str:
    """Return one reason of the coach, or one thing that would change its mind."""
    figures = {
        name: number(hass, it, language) if isinstance(it, float) else str(it)
        for name, it in why.figures.items()
    }
    return text(hass, f"why_{why.key}", language, **figures)


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


class Phones:
    """The phones with Home Assistant's app: told and untold by the tag of what it is about."""

    def __init__(self, hass: HomeAssistant, prefix: str) -> None:
        """Know how our tags begin."""
        self._hass = hass
        self._prefix = f"{DOMAIN}_{prefix}"
        self._lines: dict[str, Line] = {}

    @callback
    def send(self, phones: Iterable[str], about: str, message: str, **more: Any) -> None:
        """Send something to phones, by their device ids: to each in order, in its own time.

        `more` is a title, and whatever else the app takes as data.
        """
        devices = dr.async_get(self._hass)
        for phone in phones:
            device = devices.async_get(phone)
            entry = (
                self._hass.config_entries.async_get_entry(device.config_entry_id)
                if device
                else None
            )
            if entry is None or "device_name" not in entry.data:
                continue
            # Home Assistant names the action of a phone after the name that it gave itself.
            service = slugify(f"mobile_app_{entry.data['device_name']}")
            data: dict[str, Any] = {"message": message, "data": {"tag": self._prefix + about}}
            named = dict(more)
            if title := named.pop("title", None):
                data["title"] = title
            data["data"] |= named
            line = self._lines.setdefault(phone, Line(self._hass, f"message to {service}"))
            line.call("notify", service, data)

    @callback
    def clear(self, phones: Iterable[str], about: str) -> None:
        """Take something back from phones."""
        self.send(phones, about, CLEAR_NOTIFICATION)


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
        self._phones = Phones(hass, f"{gym_id}_")

    @property
    def up(self) -> frozenset[str]:
        """Return what the alerts that are shown are about."""
        return frozenset(self._shown)

    @callback
    def show(self, about: str, title: str, message: str, phones: tuple[str, ...]) -> bool:
        """Show an alert, or bring it up to date; return whether there is something new in it."""
        before = self._shown.get(about)
        was_sent = before[2] if before is not None else ()
        is_new = before is None or before[1] != message
        to = phones if is_new else tuple(each for each in phones if each not in was_sent)
        everybody = tuple(dict.fromkeys((*was_sent, *phones)))
        if before != (title, message, everybody):
            self._shown[about] = (title, message, everybody)
            persistent_notification.async_create(self._hass, message, title, self._prefix + about)
            self._phones.send(to, about, message, title=title, ttl=0, priority="high")
        return is_new

    @callback
    def withdraw(self, about: str) -> None:
        """Take an alert back wherever it is shown; does nothing where it is not."""
        if (shown := self._shown.pop(about, None)) is not None:
            persistent_notification.async_dismiss(self._hass, self._prefix + about)
            self._phones.clear(shown[2], about)

    @callback
    def sweep(self, phones: Iterable[str], abouts: Iterable[str]) -> None:
        """Take back from phones what an earlier run may have sent there."""
        for about in abouts:
            if about not in self._shown:
                self._phones.clear(phones, about)


CLEAR_NOTIFICATION: Final = "clear_notification"
"""What a phone with Home Assistant's app takes for: withdraw what has this tag."""


class Line:
    """The line to one phone or speaker: one call at a time, in order, none for ever.

    A call that is refused (a satellite speaks already) is made again until it is too old; what has
    waited too long behind others is dropped: nobody wants to hear it any more.
    """

    LASTS_S: Final = 20
    AGAIN_S: Final = 1

    def __init__(self, hass: HomeAssistant, name: str) -> None:
        """Name it; nothing is called."""
        self._hass = hass
        self._name = name
        self._lock = asyncio.Lock()
        self._calls: set[asyncio.Task[None]] = set()

    @callback
    def call(self, domain: str, service: str, data: dict[str, Any]) -> None:
        """Make a call when those before it are over; returns at once."""
        call = self._hass.async_create_background_task(
            self._call(domain, service, data), f"retrowalk: {self._name}"
        )
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)

    @callback
    def cancel(self) -> None:
        """Make none of the calls that are not over."""
        for call in self._calls:
            call.cancel()

    async def _call(self, domain: str, service: str, data: dict[str, Any]) -> None:
        try:
            async with asyncio.timeout(self.LASTS_S), self._lock:
                while True:
                    try:
                        await self._hass.services.async_call(domain, service, data, blocking=True)
                        return
                    except HomeAssistantError:
                        await asyncio.sleep(self.AGAIN_S)
        except Exception as err:  # noqa: BLE001 - whatever the other end's integration raises
            _LOGGER.warning("%s failed: %r", self._name, err)
