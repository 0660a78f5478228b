import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Connection, Hass } from "../src/ha";
import { SessionCard } from "../src/session-card";
import type { SessionPicture } from "../src/wire";
import { NOW, aPicture, aSession } from "./a-session";

customElements.define("retrowalk-card", SessionCard);

type Call = [domain: string, service: string, data: unknown, target: unknown];

/** A walk that has just ended. */
const LAST = {
  id: "01",
  kind: "dedicated" as const,
  level: 4,
  surface: "treadmill" as const,
  started: NOW - 900_000,
  ended: NOW - 1000,
  minutes: 13,
  stretches: [],
  trail: [],
  source: "walked" as const,
  evidence: "measured",
  distance_m: 600,
  kcal: 60,
  effort: null,
  pain: null,
  next_pain: null,
};

let send: (message: unknown) => void;
let calls: Call[];
let card: SessionCard;
let hass: Hass;

function home(): Hass {
  return {
    states: {},
    entities: {
      "switch.ann_session": {
        entity_id: "switch.ann_session",
        device_id: "ann",
        platform: "retrowalk",
      },
    },
    devices: {},
    locale: { language: "en", number_format: "language", time_format: "24" },
    language: "en",
    config: { time_zone: "UTC" },
    connection: {
      connected: true,
      subscribeMessage: (listener: typeof send) => {
        send = listener;
        return Promise.resolve(() => Promise.resolve());
      },
      addEventListener: () => undefined,
      removeEventListener: () => undefined,
    } as unknown as Connection,
    callService: (...call: unknown[]) => {
      calls.push(call as Call);
      return Promise.resolve();
    },
  };
}

async function show(picture: SessionPicture): Promise<void> {
  send(picture);
  await card.updateComplete;
}

function query(selector: string): HTMLElement | null {
  return card.renderRoot.querySelector<HTMLElement>(selector);
}

function text(selector: string): string {
  return query(selector)?.textContent.replace(/\s+/g, " ").trim() ?? "";
}

beforeEach(async () => {
  vi.useFakeTimers({ now: NOW });
  calls = [];
  card = new SessionCard();
  card.setConfig({ type: "custom:retrowalk-card" });
  hass = home();
  card.hass = hass;
  document.body.append(card);
  await vi.advanceTimersByTimeAsync(0);
});

afterEach(() => {
  card.remove();
  vi.useRealTimers();
});

describe("a card", () => {
  it("finds the runner by itself, and shows what is on and for how long", async () => {
    await show(aPicture());
    expect(text("h2")).toBe("Backward");
    expect(text(".digits")).toBe("3:00");
    expect(text(".next")).toBe("Next Forward, 4 min");
    expect(text(".togo")).toBe("7 min to go");
    expect(text(".eyebrow")).toBe("Dedicated · both rails");
  });

  it("changes one text a second and is not drawn again", async () => {
    await show(aPicture());
    const render = vi.spyOn(card as unknown as { render: () => unknown }, "render");
    await vi.advanceTimersByTimeAsync(3100);
    expect(text(".digits")).toBe("2:57");
    expect(render).not.toHaveBeenCalled();
  });

  it("is not drawn again for what is not its own", async () => {
    await show(aPicture({ speed_sensor: "sensor.speed" }));
    const render = vi.spyOn(card as unknown as { render: () => unknown }, "render");
    const other = { entity_id: "sensor.other", state: "1", attributes: {} };
    for (let n = 0; n < 500; n += 1) card.hass = { ...hass, states: { "sensor.other": other } };
    await card.updateComplete;
    expect(render).not.toHaveBeenCalled();
    const speed = {
      entity_id: "sensor.speed",
      state: "2.4",
      attributes: { unit_of_measurement: "km/h" },
    };
    card.hass = { ...hass, states: { "sensor.speed": speed } };
    await vi.advanceTimersByTimeAsync(1000);
    expect(text(".metrics")).toContain("2.4");
    expect(render).not.toHaveBeenCalled();
  });

  it("shows what a sensor does not know as unknown, and never as 0", async () => {
    const silent = { entity_id: "sensor.speed", state: "unavailable", attributes: {} };
    card.hass = { ...hass, states: { "sensor.speed": silent } };
    await show(aPicture({ speed_sensor: "sensor.speed" }));
    expect(text(".m b")).toBe("–");
  });

  it("says that a speed is set where nothing measures it", async () => {
    await show(aPicture());
    expect(text(".metrics")).toBe("2.4km/h set 0% grade");
  });

  it("says what is in the way, and asks for nothing else", async () => {
    const blockers = [
      { entity: "binary_sensor.door", name: "Door", reason: "obstructed" as const },
    ];
    const session = aSession({ index: -1, left: null, length: 120, ends: NOW + 94_000 });
    await show(aPicture({ state: "preparing", session, blockers }));
    expect(text("h2")).toBe("Waiting");
    expect(text(".info")).toBe("Door Something is in the way");
    expect(text(".bot")).toBe("Gives up in 1:34");
    expect(query(".go")).toBeNull();
  });

  it("offers a go where one is waited for, once the belt stands", async () => {
    const session = aSession({ waits_for_go: true, length: 180 });
    await show(aPicture({ state: "turning", session, belt_stands: false }));
    expect(query(".go")).toBeNull();
    await vi.advanceTimersByTimeAsync(5000);
    const stands = { ...session, takes_go: true };
    await show(aPicture({ state: "turning", session: stands, belt_stands: true }));
    query(".go")?.click(); // a thumb that was on its way to something else
    expect(calls).toEqual([]);
    await vi.advanceTimersByTimeAsync(700);
    query(".go")?.click();
    expect(calls).toHaveLength(1);
  });

  it("covers everything while a stop has failed", async () => {
    const failed_stop = { since: NOW - 60_000, times: 3, plug_told: true };
    const today = { advice: "rest" as const, walk: null, reasons: [], others: [] };
    await show(aPicture({ state: "idle", session: null, today, failed_stop }));
    expect((query(".fail") as HTMLDialogElement).open).toBe(true);
    expect(text(".fail .t")).toBe("The belt did not stop");
    expect(text(".fail .st")).toContain("Stop was sent 3 times since");
    expect(query(".fail")?.getAttribute("role")).toBe("alertdialog");
  });

  it("has a Stop while somebody else walks here, or the belt runs by itself", async () => {
    const today = { advice: "rest" as const, walk: null, reasons: [], others: [] };
    const idle = aPicture({ state: "idle", session: null, belt_stands: true, today });
    await show(idle);
    expect(query(".stop")).toBeNull();
    await show({ ...idle, held_by: "Ben" });
    expect(text(".alert")).toBe("Ben is using the gym.");
    expect(query(".stop")).not.toBeNull();
    await show({ ...idle, belt_stands: false });
    expect(query(".stop")).not.toBeNull();
  });

  it("takes a name for a name", async () => {
    const runner = "<img src=x onerror=alert(1)>".padEnd(300, "W");
    await show(aPicture({ runner, is_alone: false }));
    expect(query("img")).toBeNull();
    expect(text(".eyebrow")).toContain("<img src=x");
  });
});

describe("a walk", () => {
  it("goes on to be shown after the last thirty seconds of a phase were told", async () => {
    await show(aPicture({ session: aSession({ ends: NOW + 32_000 }) }));
    await vi.advanceTimersByTimeAsync(3000);
    expect(text("[role=timer]")).toBe("30 seconds left");
    const next = aSession({ index: 3, ends: NOW + 243_000, next: null });
    await show(aPicture({ now: NOW + 3000, state: "walking_forward", session: next }));
    expect(text("h2")).toBe("Forward");
    expect(text(".digits")).toBe("4:00");
    expect(text("[role=timer]")).toBe("4 min left");
    await vi.advanceTimersByTimeAsync(2100);
    expect(text(".digits")).toBe("3:58");
  });

  it("counts nothing while it is paused", async () => {
    const session = aSession({ left: 155.02, ends: NOW + 1_800_000, reason_text: "You paused it" });
    await show(aPicture({ state: "paused", session }));
    expect(text(".digits")).toBe("2:36");
    const reads = vi.spyOn(card.link.clock, "now");
    await vi.advanceTimersByTimeAsync(3000);
    expect(reads).not.toHaveBeenCalled();
  });

  it("goes on where this screen cannot be heard", async () => {
    card.setConfig({ type: "custom:retrowalk-card", sound: "speak" });
    vi.stubGlobal("speechSynthesis", {
      cancel: () => {
        throw new Error("no voice");
      },
    });
    vi.stubGlobal("SpeechSynthesisUtterance", vi.fn());
    const info = vi.spyOn(console, "info").mockReturnValue();
    await show(aPicture());
    await show(aPicture({ state: "paused", session: aSession({ left: 100 }) }));
    expect(info).toHaveBeenCalledOnce();
    expect(text("h2")).toBe("Paused");
    vi.unstubAllGlobals();
  });

  it("tells each new state once to who does not see it", async () => {
    await show(aPicture());
    expect(text("[role=status]")).toBe("Backward");
    const session = aSession({ left: 100, reason: "asked", reason_text: "You paused it" });
    await show(aPicture({ state: "paused", session, belt_stands: true }));
    expect(text("[role=status]")).toBe("Paused. You paused it. The belt stands still.");
  });

  it("keeps the one Stop from the first second to the last", async () => {
    await show(aPicture({ state: "preparing", session: aSession({ index: -1, left: null }) }));
    const stop = query(".stop");
    for (const state of ["ready", "get_ready", "walking_backward", "turning", "paused"] as const) {
      await show(aPicture({ state, session: aSession() }));
      expect(query(".stop")).toBe(stop);
    }
  });
});

describe("what is pressed", () => {
  const press = (selector: string, event = "click") =>
    query(selector)?.dispatchEvent(new Event(event, { bubbles: true }));
  const settle = () => vi.advanceTimersByTimeAsync(700);

  it("stops once when a thumb comes down, whatever it does then", async () => {
    await show(aPicture());
    press(".stop", "pointerdown");
    press(".stop", "click");
    expect(calls).toEqual([["retrowalk", "stop_everything", { device_id: "gym" }]]);
  });

  it("sends a Stop again that was lost on the way, as soon as anybody hears it", async () => {
    const events = new Map<string, () => void>();
    let isDead = true;
    const connection = {
      ...hass.connection,
      addEventListener: (event: string, listener: () => void) => events.set(event, listener),
    } as unknown as Connection;
    card.hass = {
      ...hass,
      connection,
      callService: (...call: unknown[]) => {
        calls.push(call as Call);
        // What Home Assistant's frontend says of a connection that was lost on the way.
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
        return isDead ? Promise.reject({ error: { code: 3 } }) : Promise.resolve();
      },
    };
    await vi.advanceTimersByTimeAsync(0);
    await show(aPicture());
    press(".stop", "pointerdown");
    await vi.advanceTimersByTimeAsync(0);
    expect(text("h2")).toBe("No connection");
    expect(text(".slot")).toBe("Sent once back online");
    isDead = false;
    events.get("ready")?.();
    expect(calls).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(0);
    expect(text("h2")).toBe("Backward");
  });

  it("says that nobody has answered a Stop, until somebody does", async () => {
    let answer: () => void = () => undefined;
    const callService = () =>
      new Promise<void>((resolve) => {
        answer = resolve;
      });
    card.hass = { ...hass, callService };
    await show(aPicture());
    press(".stop", "pointerdown");
    await vi.advanceTimersByTimeAsync(4900);
    expect(text("h2")).toBe("Backward");
    await vi.advanceTimersByTimeAsync(200);
    expect(text("h2")).toBe("No connection");
    answer();
    await vi.advanceTimersByTimeAsync(0);
    expect(text("h2")).toBe("Backward");
  });

  it("sends no Stop that was pressed a minute ago, also where its card was left", async () => {
    const events = new Map<string, () => void>();
    const gone = {
      ...hass.connection,
      connected: false,
      addEventListener: (event: string, listener: () => void) => events.set(event, listener),
      removeEventListener: (event: string) => events.delete(event),
    } as unknown as Connection;
    await show(aPicture());
    (card as unknown as { home: Hass }).home = { ...hass, connection: gone };
    press(".stop", "pointerdown");
    card.remove();
    await vi.advanceTimersByTimeAsync(61_000);
    (card as unknown as { home: Hass }).home = hass;
    events.get("ready")?.();
    expect(calls).toEqual([]);
  });

  it("sends no Stop that was pressed a minute ago", async () => {
    const gone = { ...hass.connection, connected: false };
    await show(aPicture());
    (card as unknown as { home: Hass }).home = { ...hass, connection: gone };
    press(".stop", "pointerdown");
    await vi.advanceTimersByTimeAsync(61_000);
    (card as unknown as { home: Hass }).home = hass;
    await show(aPicture({ now: NOW + 61_000 }));
    expect(calls).toEqual([]);
  });

  it("stops by the keyboard too, at once and again", async () => {
    await show(aPicture());
    press(".stop");
    await settle();
    press(".stop");
    expect(calls).toHaveLength(2);
  });

  it("does nothing where another control has only just been", async () => {
    await show(aPicture());
    press(".act .b");
    expect(calls).toEqual([]);
    await settle();
    press(".act .b");
    expect(calls).toEqual([
      ["retrowalk", "pause_session", {}, { entity_id: "switch.ann_session" }],
    ]);
  });

  it("says go in the name of whoever presses", async () => {
    const session = aSession({ index: -1, left: null, waits_for_go: true, takes_go: true });
    await show(aPicture({ state: "ready", session }));
    await settle();
    press(".go");
    expect(calls).toEqual([["retrowalk", "go", {}, { entity_id: "switch.ann_session" }]]);
  });

  it("leaves to those who may not control a runner nothing but the stop", async () => {
    await show(aPicture({ may_control: false }));
    expect(query(".act .b")?.hasAttribute("disabled")).toBe(true);
    expect(query(".stop")?.hasAttribute("disabled")).toBe(false);
  });

  it("asks how hard it was, and lets it be changed for a while", async () => {
    const last = LAST;
    const idle = { advice: "rest", walk: null, reasons: [], others: [] } as const;
    const picture = aPicture({
      state: "idle",
      session: null,
      belt_stands: true,
      today: { ...idle, reasons: [], others: [] },
      last,
    });
    await show(picture);
    expect(text("h2")).toBe("Done");
    await settle();
    press(".cell:nth-child(6) .b");
    await vi.advanceTimersByTimeAsync(3000);
    press(".cell:nth-child(5) .b");
    await vi.advanceTimersByTimeAsync(3900);
    expect(calls).toEqual([]);
    await vi.advanceTimersByTimeAsync(200);
    expect(calls).toEqual([
      [
        "retrowalk",
        "check_in",
        { session_id: "01", effort: 4 },
        { entity_id: "switch.ann_session" },
      ],
    ]);
    await card.updateComplete;
    expect(text("h2")).toBe("Rest day");
  });

  it("keeps an effort that could not be sent", async () => {
    let answer = () => Promise.reject(new Error("away"));
    card.hass = { ...hass, callService: () => answer() };
    const last = { ...LAST, id: "02" };
    const today = { advice: "rest" as const, walk: null, reasons: [], others: [] };
    await show(aPicture({ state: "idle", session: null, belt_stands: true, today, last }));
    await settle();
    press(".cell:nth-child(5) .b");
    await vi.advanceTimersByTimeAsync(4100);
    await card.updateComplete;
    expect(text("h2")).toBe("Done");
    answer = () => Promise.resolve() as unknown as Promise<never>;
    press(".cell:nth-child(5) .b");
    await vi.advanceTimersByTimeAsync(4100);
    await card.updateComplete;
    expect(text("h2")).toBe("Rest day");
  });

  it("asks for no effort of a walk of long ago", async () => {
    const today = { advice: "rest" as const, walk: null, reasons: [], others: [] };
    await show(aPicture({ state: "idle", session: null, today, last: null }));
    expect(text("h2")).toBe("Rest day");
  });
});
