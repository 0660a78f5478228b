import { describe, expect, it } from "vitest";
import {
  ServerClock,
  digits,
  doneShare,
  minutesToGo,
  secondsLeft,
  shareLeft,
  untilNextSecond,
} from "../src/time";
import { NOW, aSession } from "./a-session";

describe("the clock of the server", () => {
  it("is believed where a message came quickest", () => {
    let here = 1000;
    const clock = new ServerClock(() => here);
    clock.learn(5900); // was 100 ms under way
    here = 2000;
    clock.learn(7000);
    here = 3000;
    clock.learn(7500); // was half a second under way
    expect(clock.now()).toBe(8000);
  });

  it("is taken anew when it was set", () => {
    let here = 1000;
    const clock = new ServerClock(() => here);
    clock.learn(100_000);
    here = 2000;
    clock.learn(50_000);
    expect(clock.now()).toBe(50_000);
  });

  it("is that of this screen until somebody has spoken", () => {
    expect(new ServerClock(() => 42).now()).toBe(42);
  });
});

describe("what is left", () => {
  it("counts down to the end of what is on", () => {
    expect(secondsLeft("walking_backward", aSession(), NOW)).toBe(180);
    expect(shareLeft("walking_backward", aSession(), NOW)).toBe(0.75);
  });

  it("never goes below nothing", () => {
    expect(secondsLeft("walking_backward", aSession(), NOW + 999_999)).toBe(0);
    expect(shareLeft("walking_backward", aSession(), NOW + 999_999)).toBe(0);
  });

  it("stands still in a pause", () => {
    const paused = aSession({ left: 155, ends: NOW + 1_800_000 });
    expect(secondsLeft("paused", paused, NOW + 60_000)).toBe(155);
  });

  it("is not known where only a person ends it", () => {
    expect(secondsLeft("resting", aSession({ ends: null }), NOW)).toBeNull();
    expect(shareLeft("resting", aSession({ ends: null }), NOW)).toBe(1);
  });

  it("goes as fast as a rehearsal", () => {
    const rehearsed = aSession({ pace: 20, ends: NOW + 9000 });
    expect(secondsLeft("walking_backward", rehearsed, NOW)).toBe(180);
    expect(secondsLeft("walking_backward", rehearsed, NOW + 1000)).toBe(160);
  });

  it("is a full ring at most, whatever the clocks say", () => {
    expect(shareLeft("walking_backward", aSession(), NOW - 999_999)).toBe(1);
  });
});

describe("digits", () => {
  it.each([
    [155, "2:35"],
    [154.2, "2:35"],
    [60, "1:00"],
    [59.999, "1:00"],
    [1, "0:01"],
    [0.001, "0:01"],
    [0, "0:00"],
    [780, "13:00"],
  ])("of %d are %s", (seconds, shown) => {
    expect(digits(seconds)).toBe(shown);
  });

  it("change when the second does, and not before", () => {
    for (const left of [10, 9.75, 9.5, 0.4]) {
      const seconds = untilNextSecond(left, 1) / 1000;
      expect(digits(left - seconds)).not.toBe(digits(left));
      expect(digits(left - seconds + 0.01)).toBe(digits(left));
      expect(seconds).toBeLessThan(1.01);
    }
  });

  it("of a rehearsal are not drawn more than sixty times a second", () => {
    expect(untilNextSecond(10, 1000)).toBeGreaterThanOrEqual(16);
  });
});

describe("the whole walk", () => {
  it("counts what is on and what comes", () => {
    expect(minutesToGo("walking_backward", aSession(), NOW)).toBe(7);
    expect(minutesToGo("walking_backward", aSession(), NOW + 1000)).toBe(7);
    expect(minutesToGo("walking_backward", aSession(), NOW + 60_000)).toBe(6);
  });

  it("counts all of it before it begins", () => {
    expect(minutesToGo("ready", aSession({ index: -1, left: null }), NOW)).toBe(12);
  });

  it("counts what is still to be walked in a pause", () => {
    expect(minutesToGo("paused", aSession({ left: 60 }), NOW + 999_999)).toBe(5);
  });

  it("shows how much of the phase is done", () => {
    expect(doneShare("walking_backward", aSession(), NOW)).toBe(0.25);
    expect(doneShare("paused", aSession({ left: 60 }), NOW)).toBe(0.75);
    expect(doneShare("ready", aSession({ index: -1 }), NOW)).toBe(0);
    expect(doneShare("get_ready", aSession({ left: 240, ends: NOW + 5000 }), NOW)).toBe(0);
  });
});
