import { describe, expect, it } from "vitest";
import { piecesOf } from "../src/strip";
import { instantOf, localInput } from "../src/time";
import type { Walk } from "../src/wire";

describe("the strip of a walk", () => {
  const pieces = (stretches: [number, number][]) =>
    piecesOf({ stretches, trail: [] as Walk["trail"] } as Walk);

  it("has what was walked, and what lay between", () => {
    expect(
      pieces([
        [180, 240],
        [480, 60],
      ]),
    ).toEqual([
      { motion: "backward", seconds: 240 },
      { motion: "standing", seconds: 60 },
      { motion: "backward", seconds: 60 },
    ]);
  });

  it("has the phases where they are known", () => {
    const trail: Walk["trail"] = [
      ["get_ready", 5],
      ["walking_forward", 180],
      ["paused", 40],
      ["walking_backward", 60],
    ];
    expect(piecesOf({ stretches: [[230, 60]], trail } as unknown as Walk)).toEqual([
      { motion: "standing", seconds: 5 },
      { motion: "forward", seconds: 180 },
      { motion: "standing", seconds: 40 },
      { motion: "backward", seconds: 60 },
    ]);
  });

  it("knows no gap of less than a second, and nothing of nothing", () => {
    expect(
      pieces([
        [0, 10],
        [10.4, 5],
      ]),
    ).toHaveLength(2);
    expect(pieces([])).toEqual([]);
  });
});

describe("a field for date and time", () => {
  it.each(["UTC", "Europe/Berlin", "America/New_York", "Pacific/Kiritimati", "Asia/Kathmandu"])(
    "means the instant that it shows, in %s",
    (zone) => {
      for (let hour = 0; hour < 24 * 366; hour += 7) {
        const instant = Date.UTC(2026, 0, 1, hour);
        const field = localInput(instant, zone);
        expect(localInput(Date.parse(instantOf(field, zone)), zone)).toBe(field);
      }
    },
  );

  it("goes by the clock of the home", () => {
    const instant = Date.UTC(2026, 10, 29, 23, 5);
    expect(localInput(instant, "UTC")).toBe("2026-11-29T23:05");
    expect(localInput(instant, "Europe/Berlin")).toBe("2026-11-30T00:05");
    expect(localInput(instant, "Pacific/Kiritimati")).toBe("2026-11-30T13:05");
  });
});
