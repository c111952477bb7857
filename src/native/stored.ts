/**
 * A program in a file, for the launcher: the header and layout of native/steps.h, then, as text
 * that only TypeScript reads, the steps' sentences, so that a failure can be explained later by
 * whoever finds it.
 */
import { link, type Linked } from './link.js';
import { nameOfCall } from './run.js';
import type { Label, Program } from './step.js';

const MAGIC = 0x746b736e;
const VERSION = 1;
const HEADER_SIZE = 64;

/** Where `exec` and `shell` start; the first step when not said. */
export interface Entries {
  readonly exec?: Label;
  readonly shell?: Label;
  readonly killAfter?: number;
}

interface StepText {
  readonly sentence: string;
  readonly call: string;
  readonly path?: string | undefined;
}

export function storedProgram(program: Program, entries: Entries = {}): Uint8Array {
  const { killAfter } = entries;
  const linked = link(program, killAfter === undefined ? {} : { killAfter });
  const parts = [linked.steps, bytesOf(linked.relocations), linked.data, textOf(linked)];
  const [steps = 0, relocations = 0, data = 0, text = 0] = parts.map((part) => part.length);
  const dataAt = HEADER_SIZE + steps + relocations;
  const file = new Uint8Array(dataAt + data + text);
  const header = [
    ...[MAGIC, VERSION, linked.list.length, relocations / 8, dataAt, data],
    ...[entries.exec, entries.shell].map((at) => (at === undefined ? 0 : linked.indexOf(at))),
    ...[dataAt + data, file.length],
  ];
  const view = new DataView(file.buffer);
  header.forEach((word, i) => {
    view.setUint32(4 * i, word, true);
  });
  let at = HEADER_SIZE;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  return file;
}

/** The sentence, call and object of a step of a stored program. */
export function storedStep(file: Uint8Array, index: number): StepText | undefined {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  if (file.length < HEADER_SIZE || view.getUint32(0, true) !== MAGIC) return undefined;
  const text = new TextDecoder().decode(file.subarray(view.getUint32(32, true)));
  return (JSON.parse(text) as StepText[])[index];
}

function bytesOf(words: Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}

function textOf(linked: Linked): Uint8Array {
  const texts = linked.list.map((step): StepText => {
    return { sentence: step.sentence, call: nameOfCall(step), path: step.path };
  });
  return new TextEncoder().encode(JSON.stringify(texts));
}
