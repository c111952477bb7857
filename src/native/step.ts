/**
 * The vocabulary of syscall programs. A program is a list of steps; a step is one system call (or
 * one operation of native/steps.c), its arguments, and a sentence that names it. Steps are plain
 * values: nothing happens until a program is linked (link.ts) and run (run.ts, or the launcher).
 *
 * An argument may be the step whose result it is, so a program reads like the code it stands for:
 *
 *     const netns = openPath('open the namespace', '/run/netns/a');
 *     const program = [netns, setns('join it', netns, CLONE_NEWNET), execute(['ip', 'addr'])];
 */
import type { SyscallName } from './syscall-numbers.js';
import type { Block, Place } from './block.js';

/** Operations of native/steps.c beside system calls. */
export const operations = {
  expectEqual: -1,
  expectNotEqual: -2,
  load32: -3,
  load64: -4,
  store32: -5,
  store64: -6,
  decimal: -7,
  jump: -8,
  getenv: -9,
  execvpe: -10,
  supervise: -11,
  defer: -12,
  changeEnvironment: -13,
  reportTo: -14,
  keepDescriptors: -15,
} as const;

export type Operation = keyof typeof operations;

/** The arguments or the environment of whoever started the launcher. */
export interface Inherited {
  readonly inherited: 'argv' | 'envp';
}

export const callersArguments: Inherited = { inherited: 'argv' };
export const callersEnvironment: Inherited = { inherited: 'envp' };

/** A number, a text (as a pointer), memory (as a pointer), or what an earlier step answered. */
export type Argument = number | bigint | string | Block | Place | Step | Inherited;

/** A place in a program to go on from. It costs nothing: link.ts turns it into an index. */
export interface Label {
  readonly label: string;
}

/** What to do after an error instead of ending the program. */
export interface Recovery {
  readonly goTo: Label | 'next';
  /** Only after this errno; any other error still ends the program. */
  readonly only?: string;
  /** The program goes on, to tidy up, and yet ends as failed here; it must not end by `exit`. */
  readonly remembers?: boolean;
}

export interface Step {
  readonly sentence: string;
  readonly call: SyscallName | Operation;
  readonly args: readonly Argument[];
  readonly recovery?: Recovery;
  /** Where a new child goes on: a result of 0 jumps there. */
  readonly child?: Label;
  /** What the call is about, for its error. */
  readonly path?: string;
  /** The step that this one is a variation of: naming either means the same result. */
  readonly variationOf?: Step;
  /** The result is a file descriptor that somebody has to close. */
  readonly opens?: boolean;
}

export type Program = readonly (Step | Label)[];

export type StepOptions = Pick<Step, 'recovery' | 'child' | 'path' | 'opens'>;

export function step(
  sentence: string,
  call: SyscallName | Operation,
  args: readonly Argument[],
  options: StepOptions = {},
): Step {
  return { sentence, call, args, ...options };
}

export function label(name: string): Label {
  return { label: name };
}

export function isLabel(item: Step | Label): item is Label {
  return 'label' in item;
}

/** The same step, but an error (or only this one) is forgiven. */
export function forgiving(original: Step, only?: string): Step {
  return recovering(original, 'next', only);
}

/** The same step, but an error (or only this one) goes on elsewhere. */
export function orElse(original: Step, goTo: Label, only?: string): Step {
  return recovering(original, goTo, only);
}

/** The same step, but an error first goes where what was done is undone. */
export function undoing(original: Step, goTo: Label): Step {
  return varied(original, { goTo, remembers: true });
}

function recovering(original: Step, goTo: Recovery['goTo'], only: string | undefined): Step {
  return varied(original, only === undefined ? { goTo } : { goTo, only });
}

function varied(original: Step, recovery: Recovery): Step {
  return { ...original, recovery, variationOf: original.variationOf ?? original };
}

export function jump(goTo: Label): Step {
  return step(`go on with: ${goTo.label}`, 'jump', [], { recovery: { goTo } });
}
