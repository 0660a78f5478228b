"""Which entity is which: asked of Home Assistant, not guessed from names."""

from collections import UserDict
from collections.abc import Collection
from dataclasses import dataclass

from .api import Api
from .errors import DemoError
from .waiting import until

COMPLETE_WITHIN = 10.0
"""Seconds; entities appear a moment after the form that asked for them."""


class Device(UserDict[str, str]):
    """One device of ours: domain and key (`switch.session`) to its entity id."""

    def __init__(self, device_id: str, name: str, owner: str, entities: dict[str, str]) -> None:
        super().__init__(entities)
        self.device_id = device_id
        self.name = name
        self.owner = owner
        """The id of the gym or the runner, with which its unique ids and statistics begin."""

    def __missing__(self, key: str) -> str:
        raise DemoError(f"{self.name} has no entity {key}; it has {', '.join(sorted(self.data))}.")


@dataclass(frozen=True, slots=True)
class Retrowalk:
    """The gym and its runners, as Home Assistant's registries know them."""

    gym: Device
    runners: dict[str, Device]

    @classmethod
    async def find(cls, api: Api, names: Collection[str] = ()) -> Retrowalk:
        """Wait until the gym and its runners are complete, those of these names among them."""

        async def complete() -> Retrowalk | None:
            found = await cls._read(api)
            if found is None or not set(names) <= set(found.runners):
                return None
            # Complete when each has what the others have.
            kinds = {frozenset(runner) for runner in found.runners.values()}
            return found if len(kinds) == 1 else None

        try:
            return await until(complete, within=COMPLETE_WITHIN)
        except TimeoutError:
            raise DemoError("Retrowalk has set up no gym with its runners.") from None

    @classmethod
    async def _read(cls, api: Api) -> Retrowalk | None:
        entities: dict[str, dict[str, str]] = {}
        owners: dict[str, str] = {}
        for entity in await api.ask("config/entity_registry/list"):
            if entity["platform"] == "retrowalk":
                domain = entity["entity_id"].partition(".")[0]
                # A unique id is the id of the gym or the runner, an underscore and the key.
                owner, _, key = entity["unique_id"].partition("_")
                owners[entity["device_id"]] = owner
                of_device = entities.setdefault(entity["device_id"], {})
                of_device[f"{domain}.{key}"] = entity["entity_id"]
        gym: Device | None = None
        runners: dict[str, Device] = {}
        for entry in await api.ask("config/device_registry/list"):
            if entry["id"] not in entities:
                continue
            name = entry["name_by_user"] or entry["name"]
            device = Device(entry["id"], name, owners[entry["id"]], entities[entry["id"]])
            if entry["config_subentry_id"] is None:
                gym = device
            else:
                runners[name] = device
        return None if gym is None else cls(gym=gym, runners=runners)

    def runner(self, name: str) -> Device:
        """The runner of that name."""
        if name not in self.runners:
            raise DemoError(f"There is no runner {name}; there is {', '.join(self.runners)}.")
        return self.runners[name]
