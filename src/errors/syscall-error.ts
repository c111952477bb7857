/**
 * A system call that failed, in Node's own shape (`code`, negative `errno`, `syscall`, `path`)
 * with two fields more: the sentence of the step that made the call, and a hint what to do.
 * Programs match on `code`, not on `instanceof`.
 */
export interface SyscallFailure {
  readonly code: string;
  /** Negative, as in Node's own errors. */
  readonly errno: number;
  readonly syscall: string;
  /** What was being done, as a sentence without its full stop. */
  readonly step: string;
  /** The object of the call: a path, a name, a process. */
  readonly path?: string | undefined;
  readonly hint?: string | undefined;
}

export class SyscallError extends Error implements SyscallFailure {
  readonly code: string;
  readonly errno: number;
  readonly syscall: string;
  readonly step: string;
  readonly path: string | undefined;
  readonly hint: string | undefined;

  constructor(failure: SyscallFailure, options?: ErrorOptions) {
    const object = failure.path === undefined ? '' : ` on ${failure.path}`;
    super(`${failure.step}: ${failure.syscall} failed with ${failure.code}${object}`, options);
    this.name = 'SyscallError';
    this.code = failure.code;
    this.errno = failure.errno;
    this.syscall = failure.syscall;
    this.step = failure.step;
    this.path = failure.path;
    this.hint = failure.hint;
  }
}
