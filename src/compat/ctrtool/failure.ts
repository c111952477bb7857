/** Errors of the library as the original's users know them: what was done, and strerror(3). */
import { explainStored, type SyscallError } from '../../index.js';
import { strerror } from '../strerror.js';
import { writeError } from '../write-error.js';

/** What the launcher calls itself when it has taken our place: `ctrtool-APPLET`. */
const PREFIX = 'ctrtool-';

/** The exit status, which must be what the launcher is about to exit with. */
export function explainFailure(calledAs: string, words: readonly string[]): number {
  const [fd = 0, step = 0, errno = 0] = words.slice(0, 3).map(Number);
  const { error, exitStatus } = explainStored({ fd, step, errno, commandLine: words.slice(3) });
  const applet = calledAs.slice(calledAs.lastIndexOf(PREFIX) + PREFIX.length);
  writeError(describe(applet, error));
  return exitStatus;
}

function describe(applet: string, error: SyscallError): string {
  const text = strerror(error.errno);
  if (applet === 'ns_open_file' && error.syscall === 'execve') return `execvp(): ${text}`;
  const about =
    error.path === undefined || error.step.includes(error.path) ? '' : ` (${error.path})`;
  return `ctrtool ${applet}: ${error.step}${about}: ${text}`;
}

/** The text of any error that has a number, or its own words. */
export function reason(error: unknown): string {
  const { errno, message } = error as { errno?: unknown; message?: unknown };
  return typeof errno === 'number' ? strerror(errno) : String(message);
}
