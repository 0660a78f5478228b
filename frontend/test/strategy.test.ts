import { describe, expect, it } from "vitest";
import type { EntityEntry, Hass } from "../src/ha";
import { DashboardStrategy, ViewStrategy } from "../src/strategy";

type Config = Record<string, unknown>;

function entity(
  device: string,
  entity_id: string,
  key: string,
  platform = "retrowalk",
): EntityEntry {
  return { entity_id, device_id: device, platform, translation_key: key };
}

function home(): Hass {
  const entities = [
    entity("gym", "button.gym_stop", "stop_everything"),
    entity("gym", "binary_sensor.gym_path", "path"),
    ...["ann", "ben"].flatMap((each) => [
      entity(each, `switch.${each}_session`, "session"),
      entity(each, `calendar.${each}_walks`, "walks"),
      entity(each, `number.${each}_weekly_goal`, "weekly_goal"),
    ]),
    entity("lamp", "switch.lamp", "session", "other"),
  ];
  return {
    entities: Object.fromEntries(entities.map((each) => [each.entity_id, each])),
    devices: {
      gym: { id: "gym", name: "Home gym" },
      ann: { id: "ann", name: "Ann", via_device_id: "gym", identifiers: [["retrowalk", "01ANN"]] },
      ben: { id: "ben", name: "Ben", name_by_user: "بن", via_device_id: "gym" },
      lamp: { id: "lamp", name: "Lamp", via_device_id: "gym" },
    },
    locale: { language: "en", number_format: "language", time_format: "language" },
    config: { time_zone: "UTC" },
  } as unknown as Hass;
}

function cards(view: unknown): Config[] {
  const { sections, cards: own } = view as { sections?: { cards: Config[] }[]; cards?: Config[] };
  return own ?? sections?.flatMap((each) => each.cards) ?? [];
}

describe("the dashboard", () => {
  it("has a view for the gym, and one for the wall for each runner", async () => {
    const { views } = (await DashboardStrategy.generate({}, home())) as { views: Config[] };
    expect(views.map((each) => each.type)).toEqual(["sections", "panel", "panel"]);
    expect(views.map((each) => each.title)).toEqual(["Home gym", "Ann: Wall", "بن: Wall"]);
    expect(new Set(views.map((each) => each.path)).size).toBe(3);
    expect(cards(views[1])).toEqual([{ type: "custom:retrowalk-card", runner: "ann" }]);
  });

  it("puts the session first, and core cards beside ours", async () => {
    const { views } = (await DashboardStrategy.generate({}, home())) as { views: Config[] };
    const types = cards(views[0]).map((each) => each.type);
    expect(types[0]).toBe("custom:retrowalk-card");
    expect(types.filter((each) => each === "custom:retrowalk-card")).toHaveLength(2);
    expect(types).toContain("custom:retrowalk-week-card");
    expect(types).toContain("calendar");
    const statistics = cards(views[0]).filter((each) => each.type === "statistics-graph");
    expect(statistics).toHaveLength(1); // of Ben, whose id nobody knows, there is none
    expect(JSON.stringify(statistics)).toContain("retrowalk:01ann_backward_minutes");
  });

  it("is made anew for what is in it, and for nothing else of the home", () => {
    const before = home();
    const lamp = { ...before, entities: { ...before.entities, "light.new": undefined } };
    expect(DashboardStrategy.shouldRegenerate({}, before, lamp)).toBe(false);
    const renamed = structuredClone({ devices: before.devices });
    Object.assign(renamed.devices.ann ?? {}, { name_by_user: "Anna" });
    expect(DashboardStrategy.shouldRegenerate({}, before, { ...before, ...renamed })).toBe(true);
  });

  it("names nothing that is not there", async () => {
    const hass = home();
    const { views } = (await DashboardStrategy.generate({}, hass)) as { views: Config[] };
    const named = JSON.stringify(views).match(/"entity":"[^"]*"/g) ?? [];
    for (const each of named.filter((name) => !name.includes("retrowalk:"))) {
      expect(hass.entities).toHaveProperty([each.slice(10, -1)]);
    }
  });

  it("is empty where there is no gym", async () => {
    const nothing = { ...home(), entities: {}, devices: {} };
    const { views } = (await DashboardStrategy.generate({}, nothing)) as { views: Config[] };
    expect(views.map(cards)).toEqual([[{ type: "custom:retrowalk-card" }]]); // it says so
    const view = await ViewStrategy.generate({ type: "custom:retrowalk", gym: "" }, nothing);
    expect(cards(view)).toEqual([]);
  });
});
