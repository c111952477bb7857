/** The error of a program that the launcher ran: the launcher knows only a step and an errno. */
import { closeSync, fstatSync, readSync } from 'node:fs';
import { SyscallError, hintFor } from '../errors/index.js';
import { errnoCode, storedStatus, storedStep } from '../native/index.js';

export interface LauncherFailure {
  /** The open program file. */
  readonly fd: number;
  /** The index of the step. */
  readonly step: number;
  /** Positive, as the kernel names it. */
  readonly errno: number;
  /** The launcher's arguments: what it ran, or was to run. */
  readonly commandLine: readonly string[];
}

export interface ExplainedFailure {
  readonly error: SyscallError;
  /** What the launcher exits with; whoever explains must too, or it speaks for itself. */
  readonly exitStatus: number;
}

export function explainStored({ fd, step, errno, commandLine }: LauncherFailure): ExplainedFailure {
  const file = new Uint8Array(fstatSync(fd).size);
  readSync(fd, file, 0, file.length, 0);
  closeSync(fd);
  const text = storedStep(file, step);
  const code = errnoCode(errno);
  const syscall = text?.call ?? 'syscall';
  const error = new SyscallError({
    code,
    errno: -errno,
    syscall,
    step: text?.sentence ?? 'run a stored program',
    path: text?.path ?? (syscall === 'execve' ? programOf(commandLine) : undefined),
    hint: hintFor(syscall, code),
  });
  return { error, exitStatus: storedStatus(file, step, code) };
}

/** `exec NAME [--] PROGRAM`, `--program FD PROGRAM`, `shell NAME`. */
function programOf([, , ...rest]: readonly string[]): string | undefined {
  return (rest[0] === '--' ? rest[1] : rest[0]) ?? process.env['SHELL'];
}
