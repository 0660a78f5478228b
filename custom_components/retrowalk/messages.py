"""What is told outside the voice: one id each, withdrawn when it no longer holds."""

from collections.abc import Callable, Iterable
from typing import Protocol

from homeassistant.components import persistent_notification
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
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
