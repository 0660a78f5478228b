/** The part of Home Assistant's frontend that is used here. */

import type { TemplateResult } from "lit";

export interface EntityState {
  entity_id: string;
  state: string;
  attributes: Record<string, unknown>;
}

export interface EntityEntry {
  entity_id: string;
  device_id?: string | null;
  platform?: string;
  translation_key?: string | null;
}

export interface DeviceEntry {
  id: string;
  name: string | null;
  name_by_user?: string | null;
  via_device_id?: string | null;
  identifiers?: [string, string][];
}

export interface Locale {
  language: string;
  number_format: string;
  time_format: string;
  time_zone?: string;
}

export interface Connection {
  connected: boolean;
  subscribeMessage(
    listener: (message: never) => void,
    message: Record<string, unknown>,
    options?: { resubscribe?: boolean },
  ): Promise<() => Promise<void>>;
  addEventListener(event: string, listener: () => void): void;
  removeEventListener(event: string, listener: () => void): void;
}

export interface Hass {
  states: Record<string, EntityState | undefined>;
  entities: Record<string, EntityEntry | undefined>;
  devices: Record<string, DeviceEntry | undefined>;
  locale: Locale;
  language: string;
  config: { time_zone: string };
  connection: Connection;
  callService(
    domain: string,
    service: string,
    data?: Record<string, unknown>,
    target?: Record<string, unknown>,
  ): Promise<unknown>;
}

export interface CardConfig {
  type: string;
  runner?: string;
  sound?: Sound;
}

export type Sound = "off" | "beep" | "speak";

export interface FormSchema {
  name: string;
  required?: boolean;
  selector: Record<string, unknown>;
}

declare global {
  interface Window {
    customCards?: Record<string, unknown>[];
    customCardFeatures?: Record<string, unknown>[];
    customStrategies?: Record<string, unknown>[];
  }
}

export type Content = TemplateResult | string | typeof import("lit").nothing;

export const DOMAIN = "retrowalk";

/** The ids of the devices that are runners: each has a Session switch of ours. */
export function runners(hass: Hass): string[] {
  return Object.values(hass.entities)
    .filter((each) => each?.platform === DOMAIN && each.entity_id.startsWith("switch."))
    .map((each) => each?.device_id ?? "")
    .filter(Boolean);
}

/** The gym of a runner, by the ids of their devices. */
export function gymOf(hass: Hass, runner: string): string | undefined {
  return hass.devices[runner]?.via_device_id ?? undefined;
}

/** The entity of a device with one of our keys. */
export function entityOf(
  hass: Hass,
  device: string,
  key: string,
  domain?: string,
): string | undefined {
  return Object.values(hass.entities).find(
    (each) =>
      each?.device_id === device &&
      each.platform === DOMAIN &&
      each.translation_key === key &&
      (domain === undefined || each.entity_id.startsWith(`${domain}.`)),
  )?.entity_id;
}

export function nameOf(device: DeviceEntry | undefined): string {
  return device?.name_by_user ?? device?.name ?? "";
}

/** Home Assistant loads its registry of elements late: wait for it, then define once. */
export async function define(tag: string, element: CustomElementConstructor): Promise<void> {
  await Promise.race(["home-assistant", "hc-main"].map((each) => customElements.whenDefined(each)));
  if (customElements.get(tag) === undefined) customElements.define(tag, element);
}
