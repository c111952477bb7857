/**
 * Replaces this process by a program: Node decides, then makes way for the launcher, which runs
 * the steps single-threaded and executes the command. So the command has our pid, our terminal and
 * our parent, and no Node stands by. Nothing after the call runs; buffered output must be flushed.
 */
import { join } from 'node:path';
import {
  call,
  cString,
  forgiving,
  kernel,
  launcherPath,
  packageFolder,
  pointerTable,
  runProgram,
  setCloseOnExec,
  step,
  storedProgram,
  type FailureStatuses,
  type Program,
  type Step,
} from '../native/index.js';
import { callerOfProcess, callersEnvironmentTexts, restoreCaller } from './caller.js';
import { launcherCopy } from './launcher-copy.js';

/** Steps that replace us; the launcher explains a failure by starting Node again. */
export function replaceProcess(program: Program, options: ReplaceOptions = {}): never {
  const { command = 'nskit', fromCopy = false, statuses } = options;
  const stored = [...restoreCaller(), ...program];
  const fd = programFile(storedProgram(stored, statuses === undefined ? {} : { statuses }));
  // Node makes them close-on-exec, its own standard ones too: a program would start without any.
  const inherited = [0, 1, 2, ...callerOfProcess().files].map((file) => forgiving(keepOpen(file)));
  const kept = (options.keep ?? []).map((file) => keepOpen(file));
  // A copy is in no folder, so its name says where the package is.
  const name = fromCopy ? join(packageFolder(), 'bin', command) : command;
  const argv = [name, '--program', String(fd), ...(options.argv ?? [])];
  const env = options.env ?? callersEnvironmentTexts();
  const run = fromCopy ? runCopy(launcherCopy(0o555), argv, env) : runLauncher(argv, env);
  runProgram([...inherited, ...kept, keepOpen(fd), run], { in: 'here' });
  throw new Error('execve returned');
}

export interface ReplaceOptions {
  /** What the program's `execute()` without arguments runs. */
  readonly argv?: readonly string[];
  /** NAME=VALUE; this process's environment when not given. */
  readonly env?: readonly string[];
  /** Fds of ours that the program's steps use; it closes them itself. */
  readonly keep?: readonly number[];
  /** The package's command that explains a failure, with these exit statuses; nskit when not said. */
  readonly command?: string;
  readonly statuses?: FailureStatuses;
  /** The launcher runs from a sealed copy in memory: from inside, its file cannot be reached. */
  readonly fromCopy?: boolean;
}

/** A stored program in memory, as an fd that execve keeps. */
export function programFile(content: Uint8Array): number {
  const what = { step: 'hand a program to the launcher' };
  const fd = call(what, 'memfd_create', cString('nskit-program'), kernel.MFD_CLOEXEC);
  call(what, 'write', fd, content, content.length);
  return fd;
}

export function keepOpen(fd: number): Step {
  return setCloseOnExec(`keep fd ${fd} open`, fd, 0);
}

/** execve(2) of the launcher; its arguments say which program it runs. */
export function runLauncher(argv: readonly string[], env: readonly string[]): Step {
  const path = launcherPath();
  return step('run the launcher', 'execve', [path, pointerTable(argv), pointerTable(env)], {
    path,
  });
}

/** The same for a copy of it that is open. */
export function runCopy(
  copy: number | Step,
  argv: readonly string[],
  env: readonly string[],
): Step {
  const args = [copy, '', pointerTable(argv), pointerTable(env), kernel.AT_EMPTY_PATH];
  return step('run the launcher', 'execveat', args);
}
