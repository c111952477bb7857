/**
 * Any number of descriptors opened in one visit: a program that enters the namespaces once and
 * opens one after the other. All or none: after a failure nothing stays open.
 */
import { NskitError, SyscallError } from '../errors/index.js';
import {
  runProgram,
  runProgramAsync,
  type Outcome,
  type Program,
  type Step,
} from '../native/index.js';
import { FileDescriptor } from './descriptor.js';
import { SocketError, socketHint, type Endpoint } from './errors.js';
import type { FindInside, Inside, PlaceKind } from './inside.js';

/** The steps that open one descriptor, and what to make of it afterwards. */
export interface Opening<T> {
  readonly steps: Program;
  /** The step whose result it is. */
  readonly fd: Step;
  /** The namespace that decides where it is opened, if one does. */
  readonly needs?: PlaceKind | undefined;
  /** Its steps may wait for something (a FIFO, a file system): not on this thread then. */
  readonly mayBlock?: boolean | undefined;
  /** What it is about, for errors. */
  readonly endpoint?: Endpoint | undefined;
  /** What to do about an error, where that is particular to this one. */
  readonly hintFor?: ((syscall: string, code: string) => string | undefined) | undefined;
  /** Takes the descriptor over; may throw when the kernel gave something else than was asked. */
  finish(descriptor: FileDescriptor, outcome: Outcome): T;
}

/** STEP_MAX of a program, less what it takes to get in. */
const STEPS_AT_ONCE = 480;

export async function openAll<T>(find: FindInside, openings: readonly Opening<T>[]): Promise<T[]> {
  using inside = find();
  checkPlace(inside, openings);
  const opened: { descriptor: FileDescriptor; value: T }[] = [];
  try {
    for (const some of portions(openings)) opened.push(...(await openSome(inside, some)));
    return opened.map(({ value }) => value);
  } catch (error) {
    for (const { descriptor } of opened) descriptor[Symbol.dispose]();
    throw error;
  }
}

function checkPlace({ holds }: Inside, openings: readonly Opening<unknown>[]): void {
  const words = { net: 'network', mnt: 'mount' };
  for (const { needs } of openings) {
    if (needs === undefined || holds.includes(needs)) continue;
    const message = `this handle holds no ${words[needs]} namespace to open it in`;
    throw new NskitError('ERR_WRONG_KIND', message);
  }
}

export async function openOne<T>(find: FindInside, opening: Opening<T>): Promise<T> {
  const [value] = await openAll(find, [opening]);
  return value as T;
}

/** What `nskit listen --dry-run` shows. */
export function openingProgram(inside: Inside, openings: readonly Opening<unknown>[]): Program {
  return [...inside.enter, ...openings.flatMap(({ steps }) => steps)];
}

async function openSome<T>(
  inside: Inside,
  openings: readonly Opening<T>[],
): Promise<{ descriptor: FileDescriptor; value: T }[]> {
  const program = openingProgram(inside, openings);
  const keep = openings.map(({ fd }) => fd);
  const place = inside.enter.length === 0 ? 'here' : 'child-files';
  const outcome = await visit(openings, () => {
    const how = { in: place, keep } as const;
    const mayBlock = openings.some((opening) => opening.mayBlock);
    return mayBlock ? runProgramAsync(program, how) : runProgram(program, how);
  });
  const descriptors = keep.map((step) => new FileDescriptor(outcome.result(step)));
  try {
    return openings.map((opening, i) => {
      const descriptor = descriptors[i] as FileDescriptor;
      return { descriptor, value: opening.finish(descriptor, outcome) };
    });
  } catch (error) {
    for (const descriptor of descriptors) descriptor[Symbol.dispose]();
    throw error;
  }
}

/** What cannot wait is done at once: handing it to a thread takes longer than the visit (measured). */
async function visit(
  openings: readonly Opening<unknown>[],
  run: () => Outcome | Promise<Outcome>,
): Promise<Outcome> {
  try {
    return await run();
  } catch (error) {
    throw explained(error, openings);
  }
}

function* portions<T>(openings: readonly Opening<T>[]): Generator<Opening<T>[]> {
  let portion: Opening<T>[] = [];
  let steps = 0;
  for (const opening of openings) {
    if (steps + opening.steps.length > STEPS_AT_ONCE) {
      yield portion;
      [portion, steps] = [[], 0];
    }
    portion.push(opening);
    steps += opening.steps.length;
  }
  if (portion.length > 0) yield portion;
}

/** The opening that failed is found by the sentence of its step, which names its object. */
function explained(error: unknown, openings: readonly Opening<unknown>[]): unknown {
  if (!(error instanceof SyscallError)) return error;
  const failed = openings.find(({ steps }) =>
    steps.some((item) => 'sentence' in item && item.sentence === error.step),
  );
  if (failed?.endpoint !== undefined) return new SocketError(error, failed.endpoint);
  const { code, errno, syscall, step, path } = error;
  const own = failed?.hintFor?.(syscall, code) ?? (failed && socketHint(syscall, code));
  const hint = own ?? error.hint;
  return new SyscallError({ code, errno, syscall, step, path, hint });
}
