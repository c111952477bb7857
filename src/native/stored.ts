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
  /** What the launcher exits with after a failure of ours; env(1)'s 125, 126 and 127 when not said. */
  readonly statuses?: FailureStatuses;
}

export interface FailureStatuses {
  readonly failed: number;
  readonly cannotExecute: number;
  readonly notFound: number;
}

const envStatuses: FailureStatuses = { failed: 125, cannotExecute: 126, notFound: 127 };

interface StepText {
  readonly sentence: string;
  readonly call: string;
  readonly path?: string | undefined;
}

export function storedProgram(program: Program, entries: Entries = {}): Uint8Array {
  const { killAfter, statuses = envStatuses } = entries;
  const linked = link(program, killAfter === undefined ? {} : { killAfter });
  const parts = [linked.steps, bytesOf(linked.relocations), linked.data, textOf(linked)];
  const [steps = 0, relocations = 0, data = 0, text = 0] = parts.map((part) => part.length);
  const dataAt = HEADER_SIZE + steps + relocations;
  const file = new Uint8Array(dataAt + data + text);
  const header = [
    ...[MAGIC, VERSION, linked.list.length, relocations / 8, dataAt, data],
    ...[entries.exec, entries.shell].map((at) => (at === undefined ? 0 : linked.indexOf(at))),
    ...[dataAt + data, file.length],
    ...[statuses.failed, statuses.cannotExecute, statuses.notFound],
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

/** What the launcher exits with when this step fails with this error. */
export function storedStatus(file: Uint8Array, index: number, code: string): number {
  if (storedStep(file, index)?.call !== 'execve') return statusAt(file, 0);
  return statusAt(file, code === 'ENOENT' ? 2 : 1);
}

/** They follow the ten words of the header that say where everything is. */
function statusAt(file: Uint8Array, which: number): number {
  return new DataView(file.buffer, file.byteOffset, file.length).getUint32(40 + 4 * which, true);
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
