import type { ReactiveControllerHost } from "lit";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Connection, Hass } from "../src/ha";
import { AWAY_MS, Link } from "../src/link";
import type { SessionPicture } from "../src/wire";
import { NOW, aPicture } from "./a-session";

type Listener = (message: unknown) => void;

/** A connection as the frontend has it, which goes and comes. */
class Wire {
  connected = true;
  listeners: Listener[] = [];
  asked: Record<string, unknown>[] = [];
  left = 0;
  refuses: boolean | string = false;
  private readonly events = new Map<string, Set<() => void>>();

  subscribeMessage(listener: Listener, message: Record<string, unknown>) {
    this.asked.push(message);
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- as it is sent
    if (this.refuses) return Promise.reject({ code: this.refuses });
    this.listeners.push(listener);
    return Promise.resolve(() => {
      this.left += 1;
      return Promise.resolve();
    });
  }

  addEventListener(event: string, listener: () => void) {
    if (!this.events.has(event)) this.events.set(event, new Set());
    this.events.get(event)?.add(listener);
  }

  removeEventListener(event: string, listener: () => void) {
    this.events.get(event)?.delete(listener);
  }

  say(event: "ready" | "disconnected") {
    this.connected = event === "ready";
    for (const each of this.events.get(event) ?? []) each();
  }

  send(message: unknown) {
    this.listeners.at(-1)?.(message);
  }

  get isListenedTo() {
    return [...this.events.values()].some((each) => each.size > 0);
  }
}

function home(wire: Wire, language = "en"): Hass {
  return { connection: wire as unknown as Connection, language } as Hass;
}

async function turn() {
  await vi.advanceTimersByTimeAsync(0);
}

describe("a link", () => {
  let wire: Wire;
  let link: Link<SessionPicture>;
  let updates: number;

  beforeEach(async () => {
    vi.useFakeTimers({ now: NOW });
    vi.stubGlobal("window", globalThis);
    wire = new Wire();
    updates = 0;
    const host = {
      addController: () => undefined,
      requestUpdate: () => {
        updates += 1;
      },
    } as unknown as ReactiveControllerHost;
    link = new Link<SessionPicture>(host, "session");
    link.follow(home(wire), "ann");
    link.hostConnected();
    await turn();
  });

  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it("asks once, in the language of the person", () => {
    link.follow(home(wire), "ann");
    expect(wire.asked).toEqual([{ type: "retrowalk/session", device_id: "ann", language: "en" }]);
  });

  it("shows each picture, and sets its clock by it", () => {
    wire.send(aPicture({ now: NOW + 5000 }));
    expect(link.picture?.runner).toBe("Ann");
    expect(link.clock.now()).toBe(NOW + 5000);
    expect(updates).toBeGreaterThan(0);
  });

  it("asks anew for another runner, another language, another connection", async () => {
    link.follow(home(wire), "ben");
    await turn();
    link.follow(home(wire, "de"), "ben");
    await turn();
    const other = new Wire();
    link.follow(home(other, "de"), "ben");
    await turn();
    expect(wire.left).toBe(3);
    expect(wire.isListenedTo).toBe(false);
    expect(other.asked).toHaveLength(1);
  });

  it("hears no more of a runner that it has left", async () => {
    const [old] = wire.listeners;
    link.follow(home(wire), "ben");
    await turn();
    old?.(aPicture());
    expect(link.picture).toBeUndefined();
  });

  it("is offline only when the connection is away for long", async () => {
    wire.send(aPicture());
    wire.say("disconnected");
    await vi.advanceTimersByTimeAsync(AWAY_MS - 1);
    expect(link.isOffline).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(link.isOffline).toBe(true);
    wire.say("ready");
    await turn();
    expect(link.isOffline).toBe(true); // until somebody has told what is so now
    wire.send(aPicture());
    expect(link.isOffline).toBe(false);
    expect(wire.asked).toHaveLength(2);
  });

  it("does not call a short change of connections offline", async () => {
    wire.send(aPicture());
    wire.say("disconnected");
    await vi.advanceTimersByTimeAsync(1000);
    wire.say("ready");
    await turn();
    wire.send(aPicture());
    await vi.advanceTimersByTimeAsync(2 * AWAY_MS);
    expect(link.isOffline).toBe(false);
  });

  it("asks again where the gym is not there yet", async () => {
    wire.refuses = true;
    wire.say("disconnected");
    wire.say("ready");
    await turn();
    expect(link.isGone).toBe(true);
    wire.refuses = false;
    await vi.advanceTimersByTimeAsync(3000);
    wire.send(aPicture());
    expect(link.isGone).toBe(false);
  });

  it("asks again for a runner who has gone", async () => {
    wire.send(aPicture());
    wire.send({ gone: true, now: NOW });
    expect(link.isGone).toBe(true);
    await vi.advanceTimersByTimeAsync(3000);
    expect(wire.asked).toHaveLength(2);
  });

  it("leaves nothing behind", async () => {
    link.hostDisconnected();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(wire.asked).toHaveLength(1);
    expect(wire.left).toBe(1);
    expect(wire.isListenedTo).toBe(false);
  });

  it("asks less and less often for who does not come", async () => {
    wire.send({ gone: true, now: NOW });
    wire.refuses = true;
    await vi.advanceTimersByTimeAsync(600_000);
    expect(wire.asked.length).toBeLessThan(18);
    expect(link.mayComeBack).toBe(false);
  });

  it("asks nothing more of a runner that it may not see", async () => {
    wire.refuses = "unauthorized";
    wire.say("disconnected");
    wire.say("ready");
    await vi.advanceTimersByTimeAsync(600_000);
    expect(link.isForbidden).toBe(true);
    expect(wire.asked).toHaveLength(2);
  });

  it("comes back when its card does", async () => {
    link.hostDisconnected();
    link.hostConnected();
    await turn();
    expect(wire.asked).toHaveLength(2);
  });
});
