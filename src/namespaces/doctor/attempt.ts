/**
 * Tries a program in a child of its own: what it makes ends with it, whatever happens. A forked
 * child, because a filter may kill it, and older kernels then kill whoever shares its memory.
 */
import { SyscallError } from '../../errors/index.js';
import {
  exit,
  runProgramAsync,
  step,
  type Outcome,
  type Program,
  type RunOptions,
} from '../../native/index.js';

export interface Failure {
  /** The kernel's errno, or KILLED. */
  readonly code: string;
  readonly syscall: string;
  /** The sentence of the step that failed. */
  readonly step: string;
  readonly message: string;
}

/** Stands where an errno would when the process did not survive the attempt (seccomp can do so). */
export const KILLED = 'KILLED';

export type Attempt =
  | { readonly outcome: Outcome; readonly failure?: undefined }
  | { readonly outcome?: undefined; readonly failure: Failure };

export interface AttemptOptions extends Partial<RunOptions> {
  /** What forked children run: each part ends with an exit. */
  readonly aside?: Program;
}

/** Runs the steps. Any error but a system call's (no native part, say) is the caller's to see. */
export async function attempt(main: Program, options: AttemptOptions = {}): Promise<Attempt> {
  const { aside = [], ...runOptions } = options;
  const survived = step('be still alive', 'getpid', []);
  const program = [...main, survived, exit(0), ...aside];
  try {
    const outcome = await runProgramAsync(program, { in: 'fork', ...runOptions });
    if (outcome.result(survived) > 0) return { outcome };
    return { failure: killed(main, outcome) };
  } catch (error) {
    if (error instanceof SyscallError) return { failure: error };
    throw error;
  }
}

/** The step after the last one that answered: an unanswered step has -1 and no error. */
function killed(main: Program, outcome: Outcome): Failure {
  const steps = main.filter((item) => 'call' in item);
  const last = steps.find((item) => outcome.result(item) < 0) ?? steps.at(-1);
  const sentence = last?.sentence ?? 'start a child process';
  return {
    code: KILLED,
    syscall: last?.call ?? 'clone',
    step: sentence,
    message: `${sentence}: the process that tried was killed`,
  };
}
