"""What a language model may do: read, prepare, slow down and stop, and take down what is told.

Go and resume are no tools, and skipping is none: a model can prepare a session, never move a belt.
What it starts always waits for a person's go.
"""

from collections.abc import Iterator
from typing import Any, Final

import voluptuous as vol

from homeassistant.components.llm import LLMTools
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.llm import (
    LLM_API_ASSIST,
    LLMContext,
    Tool,
    ToolAnnotations,
    ToolInput,
    ToolResult,
)

from .coach.feedback import MOST, RED_PAIN
from .coach.plan import Kind
from .const import DOMAIN
from .heard import Heard, area_of
from .messages import refusal_text
from .sentences import Command, Said
from .voice_commands import COMMANDS, language_of

PROMPT: Final = (
    "Retrowalk coaches backward walking. You can read what is due, prepare, pause, slow down and "
    "stop sessions, and take down effort and knee pain. You cannot start a belt: after a session "
    "is prepared, tell the person to say go in the gym. Do not judge pain: take down its number."
)
_READS: Final = ToolAnnotations(
    read_only=True, destructive=False, idempotent=True, open_world=False
)
_ACTS: Final = ToolAnnotations(destructive=False, idempotent=True, open_world=False)
_ADDS: Final = ToolAnnotations(destructive=False, idempotent=False, open_world=False)
_RUNNER: Final[dict[Any, Any]] = {
    vol.Optional("runner", description="Name of the runner; only if one was said"): vol.Any(
        str, None
    )
}
_SCORE: Final[dict[Any, Any]] = {
    vol.Required("score", description="From 0 (nothing) to 10 (the most)"): vol.All(
        vol.Coerce(int), vol.Range(min=0, max=MOST)
    )
}
_KIND: Final[dict[Any, Any]] = {
    vol.Optional("kind", description="Kind of session; leave out for what is due today"): vol.In(
        [each.value for each in Kind]
    )
}


class _Tool(Tool):
    """One verb of the voice commands, as a tool."""

    integration = DOMAIN

    def __init__(
        self,
        said: Said,
        name: str,
        title: str,
        description: str,
        annotations: ToolAnnotations,
        parameters: dict[Any, Any] | None = None,
    ) -> None:
        """Name it."""
        self._said = said
        self.name = f"{DOMAIN}__{name}"
        self.title = title
        self.description = description
        self.annotations = annotations
        # What a model adds of its own keeps nobody from stopping.
        self.parameters = vol.Schema(parameters or {}, extra=vol.REMOVE_EXTRA)

    async def async_call(
        self, hass: HomeAssistant, tool_input: ToolInput, llm_context: LLMContext
    ) -> ToolResult:
        """Do it as a voice command would, for whoever talks to the model."""
        commands = hass.data[COMMANDS]
        language = llm_context.language or hass.config.language
        try:
            said = self.parameters(tool_input.tool_args)
            command = Command(
                said=self._said,
                language=language_of(language),
                kind=said.get("kind"),
                runner_id=commands.named(said.get("runner")),
                score=said.get("score"),
            )
            heard = Heard(
                context=llm_context.context or Context(),
                language=command.language,
                area_id=area_of(hass, llm_context.device_id),
                satellite_id=None,
                device_id=llm_context.device_id,
                asks_go=True,
            )
            return ToolResult(data={"answer": await commands.do(command, heard)})
        except vol.Invalid as err:
            return ToolResult(data={"error": str(err)}, error=True)
        except ServiceValidationError as err:
            refused = refusal_text(hass, err, language_of(language))
            return ToolResult(data={"error": refused}, error=True)
        except HomeAssistantError as err:
            return ToolResult(data={"error": str(err)}, error=True)


def _tools() -> Iterator[Tool]:
    yield _Tool(
        Said.DUE,
        "get_advice",
        "What is due today",
        "What backward walk today asks for, and why.",
        _READS,
        _RUNNER,
    )
    yield _Tool(
        Said.MINUTES,
        "get_week",
        "Minutes this week",
        "Backward minutes of this week and the weekly goal.",
        _READS,
        _RUNNER,
    )
    yield _Tool(
        Said.LEFT,
        "get_time_left",
        "Time left",
        "How long the session that goes on still lasts.",
        _READS,
        _RUNNER,
    )
    yield _Tool(
        Said.NEXT,
        "get_next_phase",
        "What comes next",
        "What comes next in the session that goes on.",
        _READS,
        _RUNNER,
    )
    yield _Tool(
        Said.PATH,
        "get_path",
        "Is the path clear",
        "Whether anything is in the way of a walk.",
        _READS,
    )
    yield _Tool(
        Said.START,
        "prepare_session",
        "Prepare a session",
        "Prepares a session: lights on, path checked. It begins when a person says go.",
        _ACTS,
        {**_KIND, **_RUNNER},
    )
    yield _Tool(
        Said.PAUSE,
        "pause_session",
        "Pause the session",
        "Pauses the session that goes on; the belt stops.",
        _ACTS,
        _RUNNER,
    )
    yield _Tool(
        Said.EASE,
        "slow_down",
        "Slow down",
        "Makes the walk that goes on 0.4 km/h slower.",
        _ADDS,
        _RUNNER,
    )
    yield _Tool(
        Said.STOP,
        "stop",
        "Stop everything",
        "Stops the belt and ends the session, whoever walks. Never ask back before it.",
        _ACTS,
    )
    yield _Tool(
        Said.KNEE,
        "tell_knee_pain",
        "Tell knee pain",
        "Takes down how much the knees hurt in the walk that goes on, or after the last one. "
        f"In a walk, {RED_PAIN.value:g} or more ends it.",
        _ADDS,
        {**_SCORE, **_RUNNER},
    )
    yield _Tool(
        Said.EFFORT,
        "tell_effort",
        "Tell effort",
        "Takes down how hard the last walk was.",
        _ACTS,
        {**_SCORE, **_RUNNER},
    )
    yield _Tool(
        Said.STUMBLE,
        "tell_stumble",
        "Tell a stumble",
        "Takes down one stumble.",
        _ADDS,
        _RUNNER,
    )


@callback
def async_get_tools(hass: HomeAssistant, llm_context: LLMContext, api_id: str) -> LLMTools | None:
    """Return the tools for the assistant of the home, where there is a gym."""
    if api_id != LLM_API_ASSIST or not hass.data[COMMANDS].has_gym:
        return None
    return LLMTools(tools=list(_tools()), prompt=PROMPT)
