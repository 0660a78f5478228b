"""Who speaks, where it was heard, which runner is meant, and whether it is allowed.

1. Which runner: the name that was said; of a walk that goes on, whoever walks; else the person of
   the user who speaks; else the only one of the gym in which it was heard; else it is asked. What
   somebody says of their own knee is theirs, whoever walks.
2. A user needs the same permission as for the Session switch. A satellite has no user: what it may
   start is an option of the runner, and what may move a belt it has to hear in the gym.
3. Anybody may stop, so nobody asks here before a stop.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from homeassistant.auth.permissions.const import POLICY_CONTROL, POLICY_READ
from homeassistant.components.switch import DOMAIN as SWITCH_DOMAIN
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr, entity_registry as er

from .caller import is_person
from .const import DOMAIN
from .home import Home
from .refusal import refusal
from .runner import Runner
from .sentences import Command, Said, said_name, spoken

_OF_THE_WALK: Final = frozenset(
    {
        *(Said.GO, Said.PAUSE, Said.RESUME, Said.SKIP, Said.EASE),
        *(Said.LEFT, Said.NEXT, Said.STUMBLE, Said.KNEE),
    }
)
"""What is meant of whoever walks."""
_OF_ONESELF: Final = frozenset({Said.STUMBLE, Said.KNEE})
"""What is meant of whoever says it, where that is known."""
_READING: Final = frozenset({Said.MINUTES, Said.LEFT, Said.NEXT, Said.DUE})
_IN_THE_GYM: Final = frozenset({Said.GO, Said.RESUME})
"""What may move a belt, or bring a walk nearer to it: whoever says it has to be there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Who speaks, and where."""

    context: Context
    language: str
    area_id: str | None
    satellite_id: str | None
    device_id: str | None
    asks_go: bool = False
    """Whether what is started waits for a go, whoever speaks."""

    @property
    def is_by_somebody(self) -> bool:
        """Return whether a voice was heard, or a user wrote: no automation."""
        return bool(self.context.user_id or self.satellite_id or self.device_id)

    def is_in(self, hass: HomeAssistant, home: Home) -> bool:
        """Return whether it was heard in a gym: by its satellites, or in its area."""
        if self.satellite_id is not None and self.satellite_id in home.gym.satellites:
            return True
        gym = area_of(hass, home.gym_device_id)
        return gym is not None and gym == self.area_id

    def is_where_somebody_walks(self, hass: HomeAssistant, homes: Iterable[Home]) -> bool:
        """Return whether it was heard in a gym in which a session goes on."""
        return any(self.is_in(hass, home) for home in homes if walkers([home]))


@callback
def area_of(
    hass: HomeAssistant, device_id: str | None, satellite_id: str | None = None
) -> str | None:
    """Return the area of a satellite, or of a device; None where it has none."""
    if satellite_id is not None:
        satellite = er.async_get(hass).async_get(satellite_id)
        if satellite is not None:
            if satellite.area_id is not None:
                return satellite.area_id
            device_id = device_id or satellite.device_id
    device = dr.async_get(hass).async_get(device_id) if device_id else None
    return device.area_id if device is not None else None


@callback
def walkers(homes: Iterable[Home]) -> list[Runner]:
    """Return the runners whose session goes on."""
    return [
        runner for home in homes for runner in home.runners.values() if runner.going is not None
    ]


@callback
def gym_meant(hass: HomeAssistant, homes: Sequence[Home], heard: Heard) -> Home:
    """Return the gym that is meant: where it was heard, where somebody walks, or any."""
    return min(
        homes,
        key=lambda home: (not heard.is_in(hass, home), home.gym.snapshot.holder is None),
    )


@callback
def runner_meant(
    hass: HomeAssistant, homes: Sequence[Home], command: Command, heard: Heard
) -> Runner:
    """Return the runner who is meant.

    Raises ServiceValidationError `answer_who` where that is not clear, `answer_nobody`.
    """
    everybody = {each.runner_id: each for home in homes for each in home.runners.values()}
    if command.runner_id is not None:
        return _named(hass, homes, everybody.get(command.runner_id), heard)
    mine = _of_user(hass, heard, everybody.values())
    if mine is not None and command.said in _OF_ONESELF:
        return mine
    walking = walkers(home for home in homes if heard.is_in(hass, home)) or walkers(homes)
    if command.said in _OF_THE_WALK and walking:
        if mine in walking or len(walking) == 1:
            return mine if mine in walking and mine is not None else walking[0]
    elif mine is not None:
        return mine
    else:
        here = [each for home in homes if heard.is_in(hass, home) for each in home.runners.values()]
        if len(only := here or list(everybody.values())) == 1:
            return only[0]
    raise _who(everybody.values())


def _named(
    hass: HomeAssistant, homes: Sequence[Home], named: Runner | None, heard: Heard
) -> Runner:
    """Return who is meant by a name that more than one may have: who trains where it was heard."""
    if named is not None:
        name = said_name(named.config.name)
        places = [
            (home, each)
            for home in homes
            for each in home.runners.values()
            if said_name(each.config.name) == name
        ]
        here = [each for home, each in places if heard.is_in(hass, home)]
        if len(found := here or [each for _, each in places]) == 1:
            return found[0]
    raise _who(each for home in homes for each in home.runners.values())


def _who(runners: Iterable[Runner]) -> ServiceValidationError:
    names = ", ".join(spoken(each.config.name) or each.config.name for each in runners)
    return refusal("answer_who", names=names) if names else refusal("answer_nobody")


def _of_user(hass: HomeAssistant, heard: Heard, runners: Iterable[Runner]) -> Runner | None:
    """Return the runner whose person is the user who speaks."""
    if heard.context.user_id is None:
        return None
    for runner in runners:
        person = hass.states.get(runner.config.person) if runner.config.person else None
        if person is not None and person.attributes.get("user_id") == heard.context.user_id:
            return runner
    return None


async def check_permission(
    hass: HomeAssistant, homes: Sequence[Home], command: Command, heard: Heard, runner: Runner
) -> None:
    """Raise ServiceValidationError where whoever speaks may not do this."""
    if heard.context.user_id is None:
        if (
            command.said is Said.START
            and heard.is_by_somebody
            and not runner.config.satellites_start
        ):
            raise refusal("answer_satellite_may_not", runner=runner.config.name)
        # A timer with a command in it has a device, and nobody says anything.
        is_there = heard.satellite_id is not None and heard.is_where_somebody_walks(hass, homes)
    else:
        if not await _has_right(hass, heard.context.user_id, command, runner):
            raise refusal("answer_not_allowed", runner=runner.config.name)
        is_there = await is_person(hass, heard.context)
    if command.said in _IN_THE_GYM and not is_there:
        raise refusal("answer_only_in_the_gym")


async def _has_right(hass: HomeAssistant, user_id: str, command: Command, runner: Runner) -> bool:
    user = await hass.auth.async_get_user(user_id)
    switch = er.async_get(hass).async_get_entity_id(
        SWITCH_DOMAIN, DOMAIN, f"{runner.runner_id}_session"
    )
    if user is None or not user.is_active or switch is None:
        return False
    policy = POLICY_READ if command.said in _READING else POLICY_CONTROL
    return user.permissions.check_entity(switch, policy)
