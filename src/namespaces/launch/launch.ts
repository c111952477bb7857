/**
 * A launch from a running Node: the new process waits while a function of yours acts on it from
 * outside, then finishes its set-up and becomes the program.
 */
import { closeSync, readSync } from 'node:fs';
import { NskitError, SyscallError } from '../../errors/index.js';
import {
  SIGKILL,
  isLabel,
  kernel,
  pipe,
  prepareToWatch,
  runProgramAsync,
  stepError,
  tryCall,
  watch,
  type Program,
  type Step,
} from '../../native/index.js';
import { pidfdOf, type Child } from '../child.js';
import { assemble } from '../id-map.js';
import { programSteps, watched, type SpawnOptions } from '../spawn.js';
import { prepareStdio, type PreparedStdio } from '../stdio.js';
import { awaitRelease, earlySet, lateSet, reportBy } from './inside.js';
import { awaitReady, channelEnds, findProcess, newProcess, settings } from './making.js';
import { checkLaunch, type LaunchOptions } from './options.js';

export interface LaunchSpawnOptions
  extends Omit<LaunchOptions, 'workingDirectory'>, Omit<SpawnOptions, 'privileges' | 'limits'> {
  /** While the new process waits. When it throws, there is no program, and no process. */
  readonly meanwhile?: ((waiting: WaitingProcess) => void | Promise<void>) | undefined;
}

/** In its new namespaces, mapped, and held back. It stays itself however it ends: nobody reaps it. */
export interface WaitingProcess {
  readonly pid: number;
  /** Not to be closed. */
  readonly pidfd: number;
}

/** Throws SyscallError with the step that failed, inside or outside. */
export async function launch(
  argv: readonly string[],
  options: LaunchSpawnOptions = {},
): Promise<Child> {
  if (argv.length === 0) throw new NskitError('ERR_USAGE', 'no program to run');
  checkLaunch(options);
  options.signal?.throwIfAborted();
  prepareToWatch();
  const stdio = prepareStdio(options.stdio);
  try {
    return await launchWith(stdio, argv, options);
  } catch (error) {
    stdio.destroy();
    throw error;
  }
}

async function launchWith(
  stdio: PreparedStdio,
  argv: readonly string[],
  options: LaunchSpawnOptions,
): Promise<Child> {
  const run = programSteps(argv, { env: options.env, cwd: options.cwd });
  const { program, clone, ends } = makeSteps(options, { streams: stdio.steps, run });
  const outcome = await runProgramAsync(program, {
    in: 'child-files',
    makes: clone,
    keep: Object.values(ends),
  });
  // A change of uid in memory that is also ours has marked it as not to be dumped.
  if (options.ownerUid !== undefined) tryCall('prctl', kernel.PR_SET_DUMPABLE, 1, 0, 0, 0);
  using held = new HeldBack(program, {
    gate: outcome.result(ends.gate),
    ready: outcome.result(ends.ready),
  });
  stdio.closeChildEnds();
  const pid = outcome.result(clone);
  const child = watched({ pid, pidfd: pidfdOf(pid) }, stdio.streams, options.signal);
  try {
    await options.meanwhile?.({ pid, pidfd: child.pidfd });
    await held.release();
    options.signal?.throwIfAborted();
    return child;
  } catch (error) {
    child.kill(SIGKILL);
    await child.exit;
    options.signal?.throwIfAborted();
    throw error;
  }
}

interface MakeSteps {
  readonly program: Program;
  readonly clone: Step;
  /** What we keep of the two pipes. */
  readonly ends: { readonly gate: Step; readonly ready: Step };
}

/**
 * A process between us and the new one makes it, because we may not share our memory with it, and
 * is gone when it waits. CLONE_PARENT: the new one is our child nevertheless.
 */
function makeSteps(
  options: LaunchSpawnOptions,
  { streams, run }: { readonly streams: Program; readonly run: Program },
): MakeSteps {
  const channel = {
    gate: pipe('make a pipe to the new process'),
    ready: pipe('make a pipe from the new process'),
  };
  const ends = channelEnds(channel);
  const made = newProcess(options, { flags: kernel.CLONE_PARENT, exitSignal: 0 });
  const found = findProcess(made.clone);
  const part = settings(options, made.clone, found.folder);
  const main = [
    ...ends.steps,
    ...made.steps,
    ...ends.leave,
    ...found.steps,
    ...awaitReady(channel),
    ...(part.meanwhile ?? []),
  ];
  const inside = [
    made.start,
    ...reportBy(channel),
    ...earlySet(options),
    ...awaitRelease(channel),
    // Before the root changes, because the new one may have no /dev/null.
    ...streams,
    ...lateSet(options),
    ...run,
  ];
  return {
    clone: made.clone,
    ends: { gate: ends.gateWrite, ready: ends.readyRead },
    program: assemble(main, inside, part.aside ?? []),
  };
}

/** struct nskit_report: which step, and its errno. */
const REPORT_SIZE = 8;

/** Our ends of the pipes to a process that waits. */
class HeldBack implements Disposable {
  readonly #program: Program;
  readonly #ends: { readonly gate: number; readonly ready: number };

  constructor(program: Program, ends: { readonly gate: number; readonly ready: number }) {
    this.#program = program;
    this.#ends = ends;
  }

  /** Settles when the program runs. Throws what has kept it from that. */
  async release(): Promise<void> {
    const { gate, ready } = this.#ends;
    const isThere = tryCall('write', gate, Uint8Array.of(1), 1) === 1;
    await readable(ready);
    const report = new Int32Array(REPORT_SIZE / 4);
    const count = readSync(ready, report);
    if (count === REPORT_SIZE) throw this.#failure(report);
    if (isThere) return;
    const failure = { code: 'ESRCH', errno: -3, syscall: 'write' };
    throw new SyscallError({ ...failure, step: 'let the new process go on: it has ended' });
  }

  #failure([index = 0, errno = 0]: Int32Array): SyscallError {
    const list = this.#program.filter((item): item is Step => !isLabel(item));
    return stepError(list[index], errno);
  }

  [Symbol.dispose](): void {
    closeSync(this.#ends.gate);
    closeSync(this.#ends.ready);
  }
}

async function readable(fd: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const watching = watch(fd, () => {
      watching[Symbol.dispose]();
      resolve();
    });
  });
}
