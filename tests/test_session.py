"""A session from start to end, seen through entities and actions."""

from .conftest import MakeWorld
async def test_a_warm_up_is_walked_and_counted(make_world: MakeWorld) -> None:
    world = await make_world()
    await world.call("start_session", {"kind": "warm_up"})
    seen = await world.walk()
    print(seen, world.heard(), world.state("sensor.ann_weekly_minutes"))
    for s in world.hass.states.async_all(): print(s.entity_id, s.state, dict(s.attributes))
