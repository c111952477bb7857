/**
 * Tries a program in a child of its own: what it makes ends with it, whatever happens. A forked
 * child, because a filter may kill it, and older kernels then kill whoever shares its memory.
 */
import { SyscallError } from '../../errors/index.js';
import {
  exit,
  runProgramAsync,
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
  try {
    const outcome = await runProgramAsync([...main, exit(0), ...aside], {
      in: 'fork',
      ...runOptions,
    });
    return { outcome };
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    // No call of ours is left waiting to be interrupted: the process was killed.
    return { failure: error.code === 'EINTR' ? killed(error) : error };
  }
}

function killed({ syscall, step }: SyscallError): Failure {
  return {
    code: KILLED,
    syscall,
    step,
    message: `${step}: the process that tried was killed`,
  };
}
