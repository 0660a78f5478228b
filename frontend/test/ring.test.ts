import { expect, it } from "vitest";
import { classesOf, turnOf } from "../src/ring";

it("drains from full to nothing", () => {
  expect(turnOf({ share: 1 })).toBe(0);
  expect(turnOf({ share: 0.25 })).toBe(270);
  expect(classesOf({ share: 1 })).toMatchObject({ none: true, past: false, fill: false });
  expect(classesOf({ share: 0.5 })).toMatchObject({ none: false, past: true });
  expect(classesOf({ share: 0 })).toMatchObject({ past: true });
});

it("fills from nothing to full", () => {
  expect(turnOf({ share: 0.25, fills: true })).toBe(90);
  expect(classesOf({ share: 0, fills: true })).toMatchObject({ none: true, fill: true });
  expect(classesOf({ share: 0.6, fills: true })).toMatchObject({ past: true, fill: true });
  expect(classesOf({ share: 1, fills: true })).toMatchObject({ whole: true, fill: false });
});
