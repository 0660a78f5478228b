/** What this screen lets hear, where its owner asks for that. No file: two notes, or its voice. */

import type { Sound } from "./ha";

let context: AudioContext | undefined;

const NOTE_S = 0.15;
const GO = [660, 880];
const STOP = [880, 660];

export function beep(isGo: boolean): void {
  context ??= new AudioContext();
  const { currentTime, destination } = context;
  (isGo ? GO : STOP).forEach((hertz, n) => {
    if (context === undefined) return;
    const note = context.createOscillator();
    const volume = context.createGain();
    const begins = currentTime + n * NOTE_S;
    note.frequency.value = hertz;
    volume.gain.setValueAtTime(0.2, begins);
    volume.gain.exponentialRampToValueAtTime(0.001, begins + NOTE_S);
    note.connect(volume).connect(destination);
    note.start(begins);
    note.stop(begins + NOTE_S);
  });
}

export function speak(words: string, language: string): void {
  const said = new SpeechSynthesisUtterance(words);
  said.lang = language;
  speechSynthesis.cancel();
  speechSynthesis.speak(said);
}

export function letHear(sound: Sound, isGo: boolean, words: string, language: string): void {
  if (sound === "beep") beep(isGo);
  if (sound === "speak") speak(words, language);
}
