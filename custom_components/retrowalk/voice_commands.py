"""Sentences become verbs: what is said to Home Assistant, by whom, and what is answered.

1. Everything is registered with the conversation component's triggers, so that no file is copied
   and no YAML written. Where a release has no such place, a repair says so and the rest works.
2. Bare words are there only while a session lives. *Stop* counts from everywhere; the others only
   from the gym: elsewhere they are what they would be without us.
3. Who is meant and who may is in heard.py.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
import logging
from typing import TYPE_CHECKING, Any, Final

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import chat_session, issue_registry as ir
from homeassistant.helpers.translation import async_get_translations
from homeassistant.setup import async_when_setup
from homeassistant.util.hass_dict import HassKey

from . import answers
from .coach.feedback import RED_PAIN, Feedback
from .coach.plan import Kind
from .coach.session import Verb
from .const import DOMAIN
from .heard import Heard, area_of, check_permission, gym_meant, runner_meant, walkers
from .home import UNPROVEN, Home
from .messages import refusal_text, text
from .refusal import refusal
from .runner import Runner
from .sentences import LANGUAGES, Command, Said, Sentences, said_name

if TYPE_CHECKING:
    from homeassistant.components.conversation import ConversationInput

_LOGGER = logging.getLogger(__name__)

CONVERSATION: Final = "conversation"
ANSWERS_STOP_WITHIN_S: Final = 4
"""A belt needs a moment; whoever said stop is told by then whether it stands."""
ISSUE: Final = "voice_commands_missing"


class VoiceCommands:
    """What is registered for all gyms together."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Nothing is registered yet."""
        self._hass = hass
        self._homes: list[Home] = []
        self._sentences: tuple[Mapping[str, str], Sentences] | None = None
        """Those for the names that could be said when they were read."""
        self._wanted: tuple[list[str], list[str]] | None = None
        """What is registered: templates, and those of bare words."""
        self._registered: list[CALLBACK_TYPE] = []
        self._is_there = False

    @callback
    def open(self) -> None:
        """Register as soon as there is a conversation component."""

        async def there(_hass: HomeAssistant, _component: str) -> None:
            self._is_there = True
            await self.refresh()

        async_when_setup(self._hass, CONVERSATION, there)

    async def add(self, home: Home) -> None:
        """Understand what is said of a gym and its runners."""
        self._homes.append(home)
        home.new_runner.append(self._follow)
        for runner in home.runners.values():
            self._follow(runner)
        await self.refresh()

    @callback
    def remove(self, home: Home) -> None:
        """Understand it no more."""
        self._homes.remove(home)
        self.look()
        if self._homes:
            self._hass.async_create_task(self.refresh(), "retrowalk: sentences")

    @callback
    def _follow(self, runner: Runner) -> None:
        """Look again whenever a runner's session may have begun or ended; ends with the runner."""
        runner.subscribe(self.look)

    async def refresh(self) -> None:
        """Know the names of the runners anew, and register what can be said."""
        while self._is_there:
            names = self._names()
            if self._sentences is not None and self._sentences[0] == names:
                break
            read = await self._hass.async_add_executor_job(Sentences, names)
            self._sentences = (names, read)  # looked at again: a name may have come meanwhile
        self.look()

    def _names(self) -> dict[str, str]:
        return {
            runner.runner_id: runner.config.name
            for home in self._homes
            for runner in home.runners.values()
        }

    @callback
    def look(self) -> None:
        """Have registered what can be said now, and nothing else.

        Where no gym is loaded, a stop can be said still: a belt may run.
        """
        if self._sentences is None:
            return
        sentences = self._sentences[1]
        if self._homes:
            plain = sentences.templates(bare=False)
            bare = sentences.templates(bare=True) if walkers(self._homes) else []
        elif self._hass.data.get(UNPROVEN) or self._hass.config_entries.async_entries(DOMAIN):
            plain, bare = sentences.templates(bare=False, only=Said.STOP), []
        else:
            plain, bare = [], []
        if (plain, bare) == self._wanted:
            return
        self._wanted = (plain, bare)
        for unregister in self._registered:
            unregister()
        self._registered = []
        if plain:
            self._register(plain, bare=False)
        if bare:
            self._register(bare, bare=True)

    def _register(self, templates: list[str], *, bare: bool) -> None:
        try:
            # No official place exists yet for an integration's own sentences.
            from homeassistant.components.conversation.agent_manager import (  # noqa: PLC0415
                get_agent_manager,
            )

            async def heard(user_input: ConversationInput, _result: object) -> str | None:
                return await self._answer(user_input, bare=bare)

            manager = get_agent_manager(self._hass)
            self._registered.append(manager.register_trigger(templates, heard))
        except (ImportError, AttributeError, TypeError) as err:
            _LOGGER.warning("Voice commands cannot be registered: %r", err)
            ir.async_create_issue(
                self._hass,
                DOMAIN,
                ISSUE,
                is_fixable=False,
                severity=ir.IssueSeverity.WARNING,
                translation_key=ISSUE,
            )
        else:
            ir.async_delete_issue(self._hass, DOMAIN, ISSUE)

    # What is heard

    async def _answer(self, user_input: ConversationInput, *, bare: bool) -> str | None:
        if self._sentences is None:
            return None
        command = self._sentences[1].understand(user_input.text, user_input.language, bare=bare)
        if command is None:  # another word in the language that was spoken
            return await self._somebody_elses(user_input)
        heard = Heard(
            context=user_input.context,
            language=language_of(user_input.language, command.language),
            area_id=area_of(self._hass, user_input.device_id, user_input.satellite_id),
            satellite_id=user_input.satellite_id,
            device_id=user_input.device_id,
        )
        is_here = heard.is_where_somebody_walks(self._hass, self._homes)
        if bare and command.said is not Said.STOP and not is_here:
            return await self._somebody_elses(user_input)
        try:
            return await self.do(command, heard)
        except ServiceValidationError as err:
            return refusal_text(self._hass, err, heard.language)
        except HomeAssistantError as err:
            _LOGGER.warning("%s failed: %r", command.said, err)
            return text(self._hass, "answer_failed", heard.language)

    @property
    def has_gym(self) -> bool:
        """Return whether there is a gym to speak of."""
        return bool(self._homes)

    @callback
    def named(self, name: str | None) -> str | None:
        """Return the id of the runner of a name, None where none was said.

        Raises ServiceValidationError `answer_who` for a name that nobody has.
        """
        if not name:
            return None
        names = self._names()
        for runner_id, known in names.items():
            if said_name(known) == said_name(name):
                return runner_id
        raise refusal("answer_who", names=", ".join(names.values()))

    async def _somebody_elses(self, user_input: ConversationInput) -> str:
        """Let a bare word be what it would be without us."""
        from homeassistant.components import conversation  # noqa: PLC0415 - it is loaded
        from homeassistant.components.conversation.chat_log import (  # noqa: PLC0415
            async_get_chat_log,
        )

        with (
            chat_session.async_get_chat_session(self._hass, user_input.conversation_id) as session,
            async_get_chat_log(self._hass, session, user_input) as chat_log,
        ):
            response = await conversation.async_handle_intents(self._hass, user_input, chat_log)
        if response is not None:
            return _speech(response)
        if user_input.agent_id in (None, conversation.HOME_ASSISTANT_AGENT):
            language = language_of(user_input.language)
            await async_get_translations(self._hass, language, "exceptions", {DOMAIN})
            return text(self._hass, "answer_not_understood", language)
        result = await conversation.async_converse(
            self._hass,
            user_input.text,
            user_input.conversation_id,
            user_input.context,
            user_input.language,
            user_input.agent_id,
            user_input.device_id,
            user_input.satellite_id,
        )
        return _speech(result.response)

    # What is done

    async def do(self, command: Command, heard: Heard) -> str:
        """Do what was asked for and return what is answered; a stop waits for nothing.

        Raises ServiceValidationError for what is refused, HomeAssistantError for what fails.
        """
        is_proven = await self._stop(heard) if command.said is Said.STOP else None
        await async_get_translations(self._hass, heard.language, "exceptions", {DOMAIN})
        if is_proven is not None:
            key = "answer_stopped" if is_proven else "answer_stopping"
            return text(self._hass, key, heard.language)
        if not self._homes:
            raise refusal("answer_nobody")
        if command.said in (Said.PATH, Said.AGAIN):
            home = gym_meant(self._hass, self._homes, heard)
            answer = answers.path if command.said is Said.PATH else answers.again
            return answer(self._hass, home.gym, heard.language)
        runner = runner_meant(self._hass, self._homes, command, heard)
        await check_permission(self._hass, self._homes, command, heard, runner)
        return await _VERBS[command.said](self._hass, runner, command, heard)

    async def _stop(self, heard: Heard) -> bool:
        """Stop where it was heard and somebody walks, everywhere where that is nowhere.

        Returns whether no belt is still being stopped; lights and files are not waited for.
        """
        here = [
            home.gym_device_id
            for home in self._homes
            if heard.is_in(self._hass, home) and walkers([home])
        ]
        stopping = self._hass.async_create_task(
            self._hass.services.async_call(
                DOMAIN,
                "stop_everything",
                {ATTR_DEVICE_ID: here} if here else {},
                blocking=True,
                context=heard.context,
            ),
            "retrowalk: stop by voice",
        )
        belts = [home.gym.belt.stopped() for home in self._homes]
        await asyncio.wait(
            {stopping, self._hass.async_create_task(_all(belts), "retrowalk: belts stand")},
            timeout=ANSWERS_STOP_WITHIN_S,
        )
        if stopping.done():
            await stopping  # raises what it raised
        gyms = [*(home.gym for home in self._homes), *self._hass.data.get(UNPROVEN, {}).values()]
        return not any(gym.treadmill.has_unproven_stop for gym in gyms)


async def _all(waits: Iterable[Coroutine[Any, Any, None]]) -> None:
    await asyncio.gather(*waits)


def language_of(spoken: str, understood: str = "en") -> str:
    """Return the language to answer in: the one spoken where it is ours, else another."""
    language = spoken.partition("-")[0].casefold()
    return language if language in LANGUAGES else understood


def _speech(response: Any) -> str:
    return str(response.speech.get("plain", {}).get("speech", ""))


type _Verb = Callable[[HomeAssistant, Runner, Command, Heard], Awaitable[str]]


async def _start(hass: HomeAssistant, runner: Runner, command: Command, heard: Heard) -> str:
    kind = Kind(command.kind) if command.kind else None
    await runner.start_answered(kind, context=heard.context, ask_go=heard.asks_go)
    return answers.started(hass, runner, heard.language)


async def _go(hass: HomeAssistant, runner: Runner, command: Command, heard: Heard) -> str:
    await runner.by_voice(Verb.GO, heard.context)
    return text(hass, "answer_go", heard.language)


async def _resume(hass: HomeAssistant, runner: Runner, command: Command, heard: Heard) -> str:
    await runner.by_voice(Verb.RESUME, heard.context)
    return text(hass, "answer_go", heard.language)


async def _pause(hass: HomeAssistant, runner: Runner, command: Command, heard: Heard) -> str:
    await runner.pause(heard.context)
    return text(hass, "say_paused", heard.language)


async def _skip(hass: HomeAssistant, runner: Runner, command: Command, heard: Heard) -> str:
    then = answers.following(hass, runner, heard.language)
    await runner.skip(heard.context)
    return then


async def _ease(hass: HomeAssistant, runner: Runner, command: Command, heard: Heard) -> str:
    await runner.ease(heard.context)
    return text(hass, "answer_slower", heard.language)


async def _minutes(hass: HomeAssistant, runner: Runner, command: Command, heard: Heard) -> str:
    return await answers.minutes(hass, runner, heard.language)


async def _due(hass: HomeAssistant, runner: Runner, command: Command, heard: Heard) -> str:
    return await answers.due(hass, runner, heard.language)


async def _left(hass: HomeAssistant, runner: Runner, command: Command, heard: Heard) -> str:
    return answers.left(hass, runner, heard.language)


async def _next(hass: HomeAssistant, runner: Runner, command: Command, heard: Heard) -> str:
    return answers.following(hass, runner, heard.language)


async def _knee(hass: HomeAssistant, runner: Runner, command: Command, heard: Heard) -> str:
    await runner.hear(Feedback(pain=command.score))
    is_red = command.score is not None and command.score >= RED_PAIN.value
    key = "answer_knee_stop" if is_red else "answer_knee"
    return text(hass, key, heard.language, score=str(command.score))


async def _effort(hass: HomeAssistant, runner: Runner, command: Command, heard: Heard) -> str:
    await runner.hear(Feedback(effort=command.score))
    return text(hass, "answer_effort", heard.language, score=str(command.score))


async def _stumble(hass: HomeAssistant, runner: Runner, command: Command, heard: Heard) -> str:
    await runner.hear(Feedback(stumbles=1))
    return text(hass, "answer_stumble", heard.language)


_VERBS: Final[Mapping[Said, _Verb]] = {
    Said.START: _start,
    Said.GO: _go,
    Said.PAUSE: _pause,
    Said.RESUME: _resume,
    Said.SKIP: _skip,
    Said.EASE: _ease,
    Said.MINUTES: _minutes,
    Said.LEFT: _left,
    Said.NEXT: _next,
    Said.DUE: _due,
    Said.KNEE: _knee,
    Said.EFFORT: _effort,
    Said.STUMBLE: _stumble,
}

COMMANDS: HassKey[VoiceCommands] = HassKey(f"{DOMAIN}_voice_commands")
