/** What this screen lets hear, where its owner asks for that. No file: two notes, or its voice. */

import type { Sound } from "./ha";

const NOTE_S = 0.15;
const GO = [660, 880];
const STOP = [880, 660];

let context: AudioContext | undefined;

/** A browser lets nothing be heard before somebody has touched the page: use every touch. */
export function wake(): void {
  if (!("AudioContext" in globalThis)) return;
  context ??= new AudioContext();
  void context.resume().catch(() => undefined);
}

function beep(isGo: boolean): void {
  wake();
  const audio = context;
  if (audio === undefined) return;
  (isGo ? GO : STOP).forEach((hertz, n) => {
    const note = audio.createOscillator();
    const volume = audio.createGain();
    const begins = audio.currentTime + n * NOTE_S;
    note.frequency.value = hertz;
    volume.gain.setValueAtTime(0.2, begins);
    volume.gain.exponentialRampToValueAtTime(0.001, begins + NOTE_S);
    note.connect(volume).connect(audio.destination);
    note.start(begins);
    note.stop(begins + NOTE_S);
  });
}

function speak(words: string, language: string): void {
  if (!("speechSynthesis" in globalThis)) return; // some tablets have none
  const said = new SpeechSynthesisUtterance(words);
  said.lang = language;
  speechSynthesis.cancel();
  speechSynthesis.speak(said);
}

/** Whatever a browser makes of it, the card goes on. */
export function letHear(sound: Sound, isGo: boolean, words: string, language: string): void {
  try {
    if (sound === "beep") beep(isGo);
    if (sound === "speak") speak(words, language);
  } catch (error) {
    console.info("Retrowalk: this screen could not be heard", error);
  }
}

const MUTED = "retrowalk-muted";

export function isMuted(): boolean {
  try {
    return localStorage.getItem(MUTED) !== null;
  } catch {
    return false; // where nothing may be kept, nobody has asked for silence
  }
}

export function mute(isMuted: boolean): void {
  try {
    if (isMuted) localStorage.setItem(MUTED, "");
    else localStorage.removeItem(MUTED);
  } catch {
    // It lasts as long as the page asks for it: not at all.
  }
}
