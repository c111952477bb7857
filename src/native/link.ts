/**
 * Turns a program into the bytes that native/steps.c runs: steps resolved to indices, texts and
 * blocks laid out in one buffer, pointers listed as relocations.
 */
import { constants } from 'node:os';
import { Block, Place, cString } from './block.js';
import { errnoNumber } from './errno.js';
import {
  isLabel,
  operations,
  step,
  type Argument,
  type Inherited,
  type Label,
  type Program,
  type Step,
} from './step.js';
import { syscallNumber, type SyscallName } from './syscall-numbers.js';

export const STEP_SIZE = 72;
/** STEP_MAX of native/steps.h. */
export const STEP_MAX = 4096;
/** STEP_REMEMBERS of native/steps.h. */
export const STEP_REMEMBERS = 1;

const ARGUMENTS_MAX = 6;

const kinds = { value: 0, data: 1, result: 2, argv: 3, envp: 4 } as const;

export interface Linked {
  readonly list: readonly Step[];
  readonly steps: Uint8Array;
  /** Pairs: where in the data, and the offset in the data it points to. */
  readonly relocations: Uint32Array;
  readonly data: Uint8Array;
  indexOf(item: Step | Label): number;
  offsetOf(block: Block): number;
}

export interface LinkOptions {
  /** For tests: the process running the program kills itself right after this many steps. */
  readonly killAfter?: number;
}

export function link(program: Program, options: LinkOptions = {}): Linked {
  const { list, targets } = number(withKill(program, options.killAfter));
  if (list.length > STEP_MAX) throw new RangeError(`a program of ${String(list.length)} steps`);
  const memory = new Memory();
  const steps = new Uint8Array(list.length * STEP_SIZE);
  const view = new DataView(steps.buffer);
  list.forEach((item, i) => {
    writeStep(view, i * STEP_SIZE, { item, index: i, targets, memory });
  });
  const { data, relocations } = memory.layOut();
  return {
    list,
    steps,
    relocations,
    data,
    indexOf: (item) => indexOf(targets, item),
    offsetOf: (block) => memory.place(block),
  };
}

/** Inserted by identity, so that every jump still reaches its place. */
function withKill(program: Program, after: number | undefined): Program {
  if (after === undefined) return program;
  const pid = step('find out who we are', 'getpid', []);
  const kill = step('die here', 'kill', [pid, constants.signals.SIGKILL]);
  let seen = 0;
  const at = program.findIndex((item) => !isLabel(item) && ++seen > after);
  const cut = at < 0 ? program.length : at;
  return [...program.slice(0, cut), pid, kill, ...program.slice(cut)];
}

function number(program: Program): { list: Step[]; targets: Map<Step | Label, number> } {
  const list: Step[] = [];
  const targets = new Map<Step | Label, number>();
  for (const item of program) {
    // Under its own name and its original's: two variations of one step would be one name for two.
    const original = isLabel(item) ? undefined : item.variationOf;
    for (const name of original === undefined ? [item] : [item, original]) {
      if (targets.has(name)) throw new TypeError(`twice in one program: ${nameOf(name)}`);
      targets.set(name, list.length);
    }
    if (!isLabel(item)) list.push(item);
  }
  return { list, targets };
}

function nameOf(item: Step | Label): string {
  return isLabel(item) ? item.label : item.sentence;
}

function indexOf(targets: Map<Step | Label, number>, item: Step | Label): number {
  const index = targets.get(item);
  if (index === undefined) throw new TypeError(`not in this program: ${nameOf(item)}`);
  return index;
}

interface StepPlace {
  readonly item: Step;
  readonly index: number;
  readonly targets: Map<Step | Label, number>;
  readonly memory: Memory;
}

function writeStep(view: DataView, at: number, { item, index, targets, memory }: StepPlace): void {
  const { recovery, child } = item;
  if (item.args.length > ARGUMENTS_MAX) {
    throw new RangeError(`a call with ${String(item.args.length)} arguments: ${item.sentence}`);
  }
  const goTo = recovery?.goTo === 'next' ? index + 1 : recovery && indexOf(targets, recovery.goTo);
  view.setInt32(at, callNumber(item), true);
  view.setInt32(at + 4, goTo ?? -1, true);
  view.setInt32(at + 8, recovery?.only === undefined ? 0 : errnoNumber(recovery.only), true);
  view.setInt32(at + 12, child === undefined ? -1 : indexOf(targets, child), true);
  let kindBits = 0;
  item.args.forEach((argument, i) => {
    const [kind, value] = encode(argument, targets, memory);
    kindBits |= kind << (4 * i);
    view.setBigInt64(at + 24 + 8 * i, BigInt.asIntN(64, BigInt(value)), true);
  });
  view.setUint32(at + 16, kindBits >>> 0, true);
  view.setUint32(at + 20, recovery?.remembers === true ? STEP_REMEMBERS : 0, true);
}

function callNumber(item: Step): number {
  return item.call in operations
    ? operations[item.call as keyof typeof operations]
    : syscallNumber(item.call as SyscallName);
}

function encode(
  argument: Argument,
  targets: Map<Step | Label, number>,
  memory: Memory,
): [kind: number, value: number | bigint] {
  if (typeof argument === 'number' || typeof argument === 'bigint') return [kinds.value, argument];
  if (typeof argument === 'string' || argument instanceof Block) {
    return [kinds.data, memory.place(argument)];
  }
  if (argument instanceof Place)
    return [kinds.data, memory.place(argument.block) + argument.offset];
  if (isInherited(argument)) return [kinds[argument.inherited], 0];
  return [kinds.result, indexOf(targets, argument)];
}

function isInherited(argument: Step | Inherited): argument is Inherited {
  return 'inherited' in argument;
}

/** One buffer for all texts and blocks; the same text is stored once. */
class Memory {
  readonly #offsets = new Map<string | Block, number>();
  readonly #parts: { at: number; bytes: Uint8Array }[] = [];
  readonly #pointers: { at: number; target: number }[] = [];
  #size = 0;

  place(what: string | Block): number {
    const known = this.#offsets.get(what);
    if (known !== undefined) return known;
    const bytes = typeof what === 'string' ? cString(what) : what.bytes;
    const at = this.#size;
    this.#size = (at + bytes.length + 7) & ~7;
    this.#offsets.set(what, at);
    this.#parts.push({ at, bytes });
    if (typeof what !== 'string') {
      for (const pointer of what.pointers) {
        const target = this.place(pointer.target) + (pointer.plus ?? 0);
        this.#pointers.push({ at: at + pointer.at, target });
      }
    }
    return at;
  }

  layOut(): { data: Uint8Array; relocations: Uint32Array } {
    const data = new Uint8Array(this.#size);
    for (const { at, bytes } of this.#parts) data.set(bytes, at);
    return { data, relocations: Uint32Array.from(this.#pointers.flatMap((p) => [p.at, p.target])) };
  }
}
