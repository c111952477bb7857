/** Starting a program in namespaces from a running Node, which itself stays where it is. */
import {
  Block,
  SIGKILL,
  chdir,
  execute,
  exit,
  forgiving,
  kernel,
  label,
  prepareToWatch,
  runProgram,
  runProgramAsync,
  setSignalMask,
  step,
  type Outcome,
  type Program,
  type RunOptions,
  type Step,
} from '../native/index.js';
import { NskitError } from '../errors/index.js';
import { callersEnvironmentTexts, restoreCaller, type Caller } from './caller.js';
import { Child, pidfdOf } from './child.js';
import { assemble } from './id-map.js';
import {
  applyPrivileges,
  changesIds,
  limitSteps,
  type Privileges,
  type ResourceLimits,
} from './privileges/index.js';
import { keepOpen } from './replace.js';
import { prepareStdio, type StdioOptions } from './stdio.js';

export interface SpawnOptions {
  readonly stdio?: StdioOptions | undefined;
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** The working directory, as it is called inside. */
  readonly cwd?: string | undefined;
  /** Aborting kills the program (SIGKILL). */
  readonly signal?: AbortSignal | undefined;
  /** What it may do: ids, groups, capabilities. */
  readonly privileges?: Privileges | undefined;
  readonly limits?: ResourceLimits | undefined;
}

export interface Way {
  /** Steps into the namespaces, in the child. */
  readonly enter: Program;
  /** Steps of the program's own process, once it is inside: its mounts. */
  readonly view?: Program;
  /** What the steps above jump to. */
  readonly aside?: Program;
  /** Whether a pid namespace is among them: then only a child of the child is inside. */
  readonly entersPid: boolean;
  /** setns to a time namespace is refused in memory that is shared with Node. */
  readonly needsOwnMemory: boolean;
  /** What whoever started us had set, for a program that stands where they wanted it. */
  readonly caller?: Caller;
}

/**
 * Starts a program. Blocks this thread until it has been executed (about a millisecond): with
 * steps that may wait for something, use spawnAsync.
 */
export function spawn(way: Way, argv: readonly string[], options: SpawnOptions = {}): Child {
  const attempt = prepare(way, argv, options);
  return attempt.finish(() => runProgram(attempt.program, attempt.how));
}

/** The same with the waiting done on a thread of the pool. */
export async function spawnAsync(
  way: Way,
  argv: readonly string[],
  options: SpawnOptions = {},
): Promise<Child> {
  const attempt = prepare(way, argv, options);
  try {
    const outcome = await runProgramAsync(attempt.program, attempt.how);
    return attempt.finish(() => outcome);
  } catch (error) {
    return attempt.finish(() => {
      throw error;
    });
  }
}

interface Attempt {
  readonly program: Program;
  readonly how: RunOptions;
  finish(run: () => Outcome): Child;
}

function prepare(way: Way, argv: readonly string[], options: SpawnOptions): Attempt {
  if (argv.length === 0) throw new NskitError('ERR_USAGE', 'no program to run');
  options.signal?.throwIfAborted();
  // Before anything is opened, because an option may be refused.
  const run = programSteps(argv, options, way.caller);
  prepareToWatch();
  const stdio = prepareStdio(options.stdio);
  const inner = innerClone();
  const last = [...(way.view ?? []), ...stdio.steps, ...run];
  const steps = assemble(
    way.entersPid
      ? [...way.enter, inner.clone, exit(0), inner.child, ...last]
      : [...way.enter, ...last],
    way.aside ?? [],
  );
  return {
    program: steps,
    // The child between is over once the program inside runs; that one is what we wait for.
    how: {
      in: way.needsOwnMemory || changesIds(options.privileges ?? {}) ? 'fork' : 'child',
      starts: !way.entersPid,
      ...(way.entersPid ? { makes: inner.clone } : {}),
    },
    finish: (run) => {
      try {
        const outcome = run();
        stdio.closeChildEnds();
        return watched(started(outcome, way, inner.clone), stdio.streams, options.signal);
      } catch (error) {
        stdio.destroy();
        throw error;
      }
    },
  };
}

/** Aborting kills it. */
export function watched(
  process: { pid: number; pidfd: number },
  streams: ConstructorParameters<typeof Child>[1],
  signal: AbortSignal | undefined,
): Child {
  const child = new Child(process, streams);
  if (signal === undefined) return child;
  const kill = (): void => {
    child.kill(SIGKILL);
  };
  // It may have been aborted while the program was being started.
  if (signal.aborted) kill();
  signal.addEventListener('abort', kill, { once: true });
  void child.exit.then(() => {
    signal.removeEventListener('abort', kill);
  });
  return child;
}

function started(outcome: Outcome, way: Way, clone: Step): { pid: number; pidfd: number } {
  if (!way.entersPid) return outcome.child ?? { pid: -1, pidfd: -1 };
  const pid = outcome.result(clone);
  return { pid, pidfd: pidfdOf(pid) };
}

/** struct clone_args: flags first, exit_signal at 32; its size since Linux 5.5. */
const CLONE_ARGS_SIZE = 88;

/** A child that is inside the pid namespace and whose parent is Node: CLONE_PARENT. */
export function innerClone(): { clone: Step; child: ReturnType<typeof label> } {
  const child = label('the program inside the pid namespace');
  const args = new Block(CLONE_ARGS_SIZE);
  const flags = kernel.CLONE_PARENT | kernel.CLONE_VFORK;
  new DataView(args.bytes.buffer).setBigUint64(0, BigInt(flags), true);
  const sentence = 'start a child in the pid namespace';
  return { child, clone: step(sentence, 'clone3', [args, CLONE_ARGS_SIZE], { child }) };
}

const nobody: Caller = { ignoredSignals: [], softFileLimit: undefined, files: [] };

/** Its caller's signals and fds, by default no fd but the standard ones, then the program. */
export function programSteps(
  argv: readonly string[],
  options: SpawnOptions,
  caller: Caller = nobody,
): Program {
  return [
    ...(options.cwd === undefined ? [] : [chdir(options.cwd)]),
    step('keep no other file open', 'close_range', [3, 0xffff_ffff, kernel.CLOSE_RANGE_CLOEXEC]),
    ...caller.files.map((fd) => forgiving(keepOpen(fd))),
    ...restoreCaller(caller),
    ...limitSteps(options.limits ?? {}),
    ...applyPrivileges(options.privileges ?? {}),
    setSignalMask(),
    execute(argv, callersEnvironmentTexts(options.env)),
  ];
}
