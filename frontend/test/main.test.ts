import { expect, it } from "vitest";
import type { Hass } from "../src/ha";
import "../src/main";

interface Offered {
  type: string;
  preview?: boolean;
  getEntitySuggestion?: (hass: Hass, entity: string) => unknown;
  isSupported?: (hass: Hass, context: { entity_id: string }) => boolean;
}

const entry = (
  entity_id: string,
  key: string,
  device_id = "ann",
  platform = "retrowalk",
): [string, unknown] => [entity_id, { entity_id, device_id, platform, translation_key: key }];
const hass = {
  entities: Object.fromEntries([
    entry("switch.ann_session", "session"),
    entry("sensor.ann_state", "state"),
    entry("sensor.ann_level", "level"),
    entry("event.ann_session", "session"),
    entry("button.gym_stop", "stop_everything", "gym"),
    entry("switch.lamp", "session", "lamp", "other"),
  ]),
} as unknown as Hass;

it("offers two cards, a feature and a dashboard", () => {
  const cards = (window.customCards ?? []) as unknown as Offered[];
  expect(cards.map((each) => each.type)).toEqual(["retrowalk-card", "retrowalk-week-card"]);
  expect(cards.every((each) => each.preview)).toBe(true);
  expect(window.customStrategies).toMatchObject([
    { type: "retrowalk", strategyType: "dashboard", name: "Retrowalk" },
  ]);
});

it("suggests its cards for what is a runner's, and for nothing else", () => {
  const [card] = (window.customCards ?? []) as unknown as Offered[];
  const suggest = (entity: string) => card?.getEntitySuggestion?.(hass, entity);
  expect(suggest("sensor.ann_level")).toEqual({
    config: { type: "custom:retrowalk-card", runner: "ann" },
  });
  expect(suggest("button.gym_stop")).toBeNull();
  expect(suggest("switch.lamp")).toBeNull();
  expect(suggest("sensor.nothing")).toBeNull();
});

it("fits the tiles of a runner's session and state", () => {
  const [feature] = (window.customCardFeatures ?? []) as unknown as Offered[];
  const fits = (entity_id: string) => feature?.isSupported?.(hass, { entity_id });
  expect(fits("switch.ann_session")).toBe(true);
  expect(fits("sensor.ann_state")).toBe(true);
  expect(fits("event.ann_session")).toBe(false);
  expect(fits("sensor.ann_level")).toBe(false);
  expect(fits("switch.lamp")).toBe(false);
});
