/**
 * Replaces this process by a program: Node decides, then makes way for the launcher, which runs
 * the steps single-threaded and executes the command. So the command has our pid, our terminal and
 * our parent, and no Node stands by. Nothing after the call runs; buffered output must be flushed.
 */
import {
  call,
  kernel,
  launcherPath,
  pointerTable,
  runProgram,
  setCloseOnExec,
  step,
  storedProgram,
  cString,
  type Program,
  type Step,
} from '../native/index.js';
import { callersEnvironmentTexts, restoreCaller } from './caller.js';

/** Steps that replace us; the launcher explains a failure by starting Node again. */
export function replaceProcess(program: Program, options: ReplaceOptions = {}): never {
  const fd = programFile(storedProgram([...restoreCaller(), ...program]));
  const kept = (options.keep ?? []).map((fd) => keepOpen(fd));
  const argv = ['nskit', '--program', String(fd), ...(options.argv ?? [])];
  const env = options.env ?? callersEnvironmentTexts();
  runProgram([...inheritStandardFds(), ...kept, keepOpen(fd), runLauncher(argv, env)], {
    in: 'here',
  });
  throw new Error('execve returned');
}

export interface ReplaceOptions {
  /** What the program's `execute()` without arguments runs. */
  readonly argv?: readonly string[];
  /** NAME=VALUE; this process's environment when not given. */
  readonly env?: readonly string[];
  /** Fds of ours that the program's steps use; it closes them itself. */
  readonly keep?: readonly number[];
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

/** Node opens its own standard fds close-on-exec: a program would start without any. */
function inheritStandardFds(): Step[] {
  return [0, 1, 2].map((fd) => keepOpen(fd)).map((s) => ({ ...s, recovery: { goTo: 'next' } }));
}
