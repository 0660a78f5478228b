/** The dashboard: a view for each gym, sections for each runner, core cards beside ours. */

import { DOMAIN, entityOf, gymOf, nameOf, runners, type DeviceEntry, type Hass } from "./ha";
import { readerOf } from "./words";

type Config = Record<string, unknown>;

interface GymOfView {
  type: string;
  gym: string;
}

/** What is made anew loses what is typed in it, and blinks in mid-walk: only where it has to be. */
function isOther(before: Hass, now: Hass, made: (hass: Hass) => unknown): boolean {
  return (
    (before.devices !== now.devices || before.entities !== now.entities) &&
    JSON.stringify(made(before)) !== JSON.stringify(made(now))
  );
}

function gyms(hass: Hass): DeviceEntry[] {
  return Object.values(hass.devices).filter(
    (each): each is DeviceEntry =>
      each !== undefined && entityOf(hass, each.id, "stop_everything", "button") !== undefined,
  );
}

function runnersOf(hass: Hass, gym: string): DeviceEntry[] {
  return runners(hass)
    .filter((each) => gymOf(hass, each) === gym)
    .map((each) => hass.devices[each])
    .filter((each) => each !== undefined);
}

/** The tile of an entity of a device, where there is one. */
function tile(
  hass: Hass,
  device: string,
  key: string,
  domain: string,
  more: Config = {},
): Config[] {
  const entity = entityOf(hass, device, key, domain);
  return entity === undefined ? [] : [{ type: "tile", entity, ...more }];
}

export class DashboardStrategy extends HTMLElement {
  static readonly noEditor = true;

  static shouldRegenerate(_config: Config, before: Hass, now: Hass): boolean {
    return isOther(before, now, viewsOf);
  }

  static generate(_config: Config, hass: Hass): Promise<Config> {
    return Promise.resolve({ views: viewsOf(hass) });
  }
}

function viewsOf(hass: Hass): Config[] {
  const views: Config[] = gyms(hass).flatMap((gym) => [
    {
      title: nameOf(gym),
      path: gym.id,
      icon: "mdi:walk",
      type: "sections",
      max_columns: 3,
      ...gymView(hass, gym.id),
    },
    ...runnersOf(hass, gym.id).map((runner) => wall(hass, runner)),
  ]);
  return views.length ? views : [{ cards: [{ type: "custom:retrowalk-card" }] }];
}

/** A view of one gym, for a dashboard that has others too. */
export class ViewStrategy extends HTMLElement {
  static shouldRegenerate(config: GymOfView, before: Hass, now: Hass): boolean {
    return isOther(before, now, (hass) => viewOf(config, hass));
  }

  static generate(config: GymOfView, hass: Hass): Promise<Config> {
    return Promise.resolve(viewOf(config, hass));
  }
}

function viewOf(config: GymOfView, hass: Hass): Config {
  const gym = config.gym || gyms(hass)[0]?.id;
  const sections = gym === undefined ? { sections: [] } : gymView(hass, gym);
  return { type: "sections", max_columns: 3, ...sections };
}

function gymView(hass: Hass, gym: string): Config {
  const ofRunners = runnersOf(hass, gym).flatMap((each) => runnerSections(hass, each));
  return { sections: [...ofRunners, gymSection(hass, gym)] };
}

/** The session alone, as large as the screen: for a tablet on the wall behind the belt. */
function wall(hass: Hass, runner: DeviceEntry): Config {
  return {
    title: `${nameOf(runner)}: ${readerOf(hass).text("wall")}`,
    path: runner.id,
    icon: "mdi:monitor",
    type: "panel",
    cards: [{ type: "custom:retrowalk-card", runner: runner.id }],
  };
}

function runnerSections(hass: Hass, runner: DeviceEntry): Config[] {
  const t = readerOf(hass);
  const calendar = entityOf(hass, runner.id, "walks", "calendar");
  const identifier = runner.identifiers?.find(([domain]) => domain === DOMAIN)?.[1];
  const ours = (type: string): Config => ({
    type: `custom:${type}`,
    runner: runner.id,
    grid_options: { columns: "full" },
  });
  return [
    // First in its section, and nothing above: its height is that of the screen.
    { type: "grid", cards: [ours("retrowalk-card")] },
    {
      type: "grid",
      cards: [
        heading(`${nameOf(runner)}: ${t.text("the_week")}`, "mdi:calendar-week"),
        ours("retrowalk-week-card"),
      ],
    },
    {
      type: "grid",
      cards: [
        heading(`${nameOf(runner)}: ${t.text("minutes_by_week")}`, "mdi:chart-bar"),
        ...(identifier === undefined ? [] : [statistics(identifier, nameOf(runner))]),
        ...(calendar === undefined
          ? []
          : [{ type: "calendar", entities: [calendar], initial_view: "listWeek" }]),
        heading(t.text("settings"), "mdi:tune"),
        ...tile(hass, runner.id, "weekly_goal", "number", {
          features: [{ type: "numeric-input" }],
        }),
        ...tile(hass, runner.id, "level", "sensor", { grid_options: { columns: 6 } }),
        ...tile(hass, runner.id, "running_day", "binary_sensor", {
          grid_options: { columns: 6 },
        }),
      ],
    },
  ];
}

function statistics(runnerId: string, name: string): Config {
  return {
    type: "statistics-graph",
    entities: [{ entity: `${DOMAIN}:${runnerId.toLowerCase()}_backward_minutes`, name }],
    period: "week",
    stat_types: ["change"],
    chart_type: "bar",
    days_to_show: 84,
    grid_options: { columns: 12 },
  };
}

function gymSection(hass: Hass, gym: string): Config {
  const stop = entityOf(hass, gym, "stop_everything", "button");
  const press = {
    action: "perform-action",
    perform_action: "button.press",
    target: { entity_id: stop },
  };
  return {
    type: "grid",
    cards: [
      heading(nameOf(hass.devices[gym]), "mdi:dumbbell"),
      ...tile(hass, gym, "path", "binary_sensor"),
      ...tile(hass, gym, "stop_everything", "button", {
        color: "red",
        tap_action: press,
        icon_tap_action: press,
      }),
    ],
  };
}

function heading(text: string, icon: string): Config {
  return { type: "heading", heading: text, heading_style: "title", icon };
}
