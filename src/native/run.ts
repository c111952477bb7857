/**
 * Runs a program from this process: in a cloned child, or here. The children of a multi-threaded
 * process may do what its own threads may not (join a user namespace), and a failure there costs
 * this process nothing.
 */
import { SyscallError, hintFor } from '../errors/index.js';
import { binding, type Job } from './binding.js';
import { type Block } from './block.js';
import { __WALL } from './constants.js';
import { errnoCode } from './errno.js';
import { link, type Linked, type LinkOptions } from './link.js';
import type { Argument, Program, Step } from './step.js';
import { syscallNumber } from './syscall-numbers.js';

/**
 * `here`: the calling thread itself. `child`: shares our memory, has its own copy of our fds.
 * `child-files`: shares the fds too, so what it opens stays open here. `fork`: its own memory, for
 * whatever changes credentials (a shared memory's dumpable flag would be cleared for us too).
 */
export type ProcessKind = 'here' | 'child' | 'child-files' | 'fork';

export interface RunOptions extends LinkOptions {
  readonly in: ProcessKind;
  /** The program ends by executing another one, which lives on. */
  readonly starts?: boolean;
  /** Steps whose fds the caller takes; every other fd a step opened in `child-files` is closed. */
  readonly keep?: readonly Step[];
  /** A step that makes a child of ours (CLONE_PARENT): after a failure it is reaped here. */
  readonly makes?: Step;
}

export interface Outcome {
  /** What a step answered; -1 when it did not run. */
  result(step: Step): number;
  /** A block's memory after the run. */
  read(block: Block): Uint8Array;
  /** The program that was started. */
  readonly child: { readonly pid: number; readonly pidfd: number } | undefined;
}

const places: Record<ProcessKind, number> = { here: 0, child: 1, 'child-files': 2, fork: 3 };

/** Runs the program and waits on this thread: milliseconds at most, so nothing that may block. */
export function runProgram(program: Program, options: RunOptions): Outcome {
  const prepared = prepare(program, options);
  binding().run(...prepared.job);
  return conclude(prepared, options);
}

/** The same on a thread of the pool, for programs that may block. */
export async function runProgramAsync(program: Program, options: RunOptions): Promise<Outcome> {
  const prepared = prepare(program, options);
  await new Promise<void>((resolve) => {
    binding().runAsync(...prepared.job, resolve);
  });
  return conclude(prepared, options);
}

interface Prepared {
  readonly linked: Linked;
  readonly results: BigInt64Array;
  readonly outcome: Int32Array;
  readonly job: Job;
}

function prepare(program: Program, options: RunOptions): Prepared {
  const linked = link(program, options);
  const results = new BigInt64Array(linked.list.length).fill(-1n);
  const outcome = new Int32Array(4);
  const { steps, relocations, data } = linked;
  const place = places[options.in];
  return {
    linked,
    results,
    outcome,
    job: [place, options.starts ?? false, steps, relocations, data, results, outcome],
  };
}

function conclude({ linked, results, outcome }: Prepared, options: RunOptions): Outcome {
  const [failed = 0, error = 0, pid = 0, pidfd = -1] = outcome;
  const kept = failed < 0 ? (options.keep ?? []) : [];
  if (options.in === 'child-files' || options.in === 'here') closeOthers(linked, results, kept);
  if (failed >= 0) {
    if (options.makes !== undefined) reap(Number(results[linked.indexOf(options.makes)]));
    throw stepError(linked.list[failed], error);
  }
  return {
    result: (step) => Number(results[linked.indexOf(step)]),
    read: (block) => {
      const at = linked.offsetOf(block);
      return linked.data.subarray(at, at + block.bytes.length);
    },
    child: pid > 0 ? { pid, pidfd } : undefined,
  };
}

/** Left unreaped, a dead child would also keep the init of its pid namespace from ending. */
function reap(pid: number): void {
  if (pid > 0) binding().syscall(syscallNumber('wait4'), pid, 0, __WALL, 0);
}

/** What the program left open in our table, but for what is kept and what it closed itself. */
function closeOthers(linked: Linked, results: BigInt64Array, kept: readonly Step[]): void {
  // By index, because a step and a variation of it (`forgiving`) are the same fd.
  const settled = new Set(kept.map((step) => linked.indexOf(step)));
  linked.list.forEach(({ call, args: [fd] }, i) => {
    if (call === 'close' && results[i] === 0n && isStep(fd)) settled.add(linked.indexOf(fd));
  });
  linked.list.forEach((step, i) => {
    const fd = Number(results[i]);
    if (step.opens !== true || fd < 0 || settled.has(i)) return;
    binding().syscall(syscallNumber('close'), fd);
  });
}

function isStep(argument: Argument | undefined): argument is Step {
  return typeof argument === 'object' && 'sentence' in argument;
}

/**
 * The error of a step that failed with this errno (positive, as the kernel names it). Without a
 * step: there was no child to run one.
 */
export function stepError(step: Step | undefined, error: number): SyscallError {
  const code = errnoCode(error);
  const syscall = step === undefined ? 'clone' : nameOfCall(step);
  return new SyscallError({
    code,
    errno: -error,
    syscall,
    step: step?.sentence ?? 'start a child process',
    path: step?.path,
    hint: hintFor(syscall, code),
  });
}

const shownCalls: Partial<Record<Step['call'], string>> = {
  execvpe: 'execve',
  execveat: 'execve',
  umount2: 'umount',
  openat: 'open',
};

export function nameOfCall(step: Step): string {
  return shownCalls[step.call] ?? step.call;
}
