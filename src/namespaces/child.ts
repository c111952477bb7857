/**
 * A program started in namespaces: what spawn gives. Its end is seen through its pidfd by Node's
 * own event loop, beside Node's own children and without a signal handler.
 */
import { closeSync } from 'node:fs';
import { constants } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { callError, kernel, tryCall, watch, SIGKILL, type Watch } from '../native/index.js';

export interface ChildExit {
  /** The exit code; null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ChildStreams {
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
}

/** A running program. Disposing kills it, waits for its end, and closes its streams. */
export class Child implements AsyncDisposable, ChildStreams {
  readonly pid: number;
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  /** Settles when the program has ended; its streams may still hold output. */
  readonly exit: Promise<ChildExit>;
  #pidfd: number;
  #watch: Watch | undefined;

  constructor(started: { pid: number; pidfd: number }, streams: ChildStreams) {
    this.pid = started.pid;
    this.#pidfd = started.pidfd;
    this.stdin = streams.stdin;
    this.stdout = streams.stdout;
    this.stderr = streams.stderr;
    this.exit = this.#waitForExit();
  }

  /** The process's pidfd, or -1 once it has ended; it stays this object's. */
  get pidfd(): number {
    return this.#pidfd;
  }

  /** False when the program has ended already. Throws for a signal that may not be sent. */
  kill(signal: NodeJS.Signals | number = 'SIGTERM'): boolean {
    if (this.#pidfd < 0) return false;
    const number = typeof signal === 'number' ? signal : constants.signals[signal];
    const answer = tryCall('pidfd_send_signal', this.#pidfd, number, 0, 0);
    // Ended, and reaped by somebody else.
    if (answer === -constants.errno.ESRCH) return false;
    if (answer >= 0) return true;
    const context = { step: `send ${signal} to process ${this.pid}` };
    throw callError(context, 'pidfd_send_signal', answer);
  }

  /** Do not keep Node running only because this program runs. */
  unref(): void {
    this.#watch?.unref();
  }

  ref(): void {
    this.#watch?.ref();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.ref();
    if (this.#pidfd >= 0) this.kill(SIGKILL);
    await this.exit;
    // Output that nobody has read would keep its pipe open for ever.
    this.stdout?.destroy();
    this.stderr?.destroy();
  }

  async #waitForExit(): Promise<ChildExit> {
    await new Promise<void>((resolve) => {
      this.#watch = watch(this.#pidfd, () => {
        resolve();
        this.#watch?.[Symbol.dispose]();
      });
    });
    const exit = reap(this.#pidfd);
    closeSync(this.#pidfd);
    this.#pidfd = -1;
    // Nobody reads it any more; what the program wrote may still be read.
    this.stdin?.destroy();
    return exit;
  }
}

/** The pidfd of a child of ours. A child that nobody could wait for is ended here. */
export function pidfdOf(pid: number): number {
  // Ours to wait for, so its pid cannot be reused before the pidfd is open.
  const pidfd = tryCall('pidfd_open', pid, 0);
  if (pidfd >= 0) return pidfd;
  tryCall('kill', pid, SIGKILL);
  tryCall('wait4', pid, 0, kernel.__WALL, 0);
  throw callError({ step: `hold process ${pid}` }, 'pidfd_open', pidfd);
}

/** siginfo_t of waitid(2): si_code, si_status. */
export const SIGINFO_SIZE = 128;
export const SI_CODE = 8;
export const SI_STATUS = 24;
export const CLD_EXITED = 1;

function reap(pidfd: number): ChildExit {
  const info = new Uint8Array(SIGINFO_SIZE);
  const options = kernel.WEXITED | kernel.__WALL;
  const answer = tryCall('waitid', kernel.P_PIDFD, pidfd, info, options, 0);
  const view = new DataView(info.buffer);
  // Somebody else reaped it (a SIGCHLD handler of the program's own): its status is lost.
  if (answer < 0) return { exitCode: null, signal: null };
  const status = view.getInt32(SI_STATUS, true);
  if (view.getInt32(SI_CODE, true) === CLD_EXITED) return { exitCode: status, signal: null };
  return { exitCode: null, signal: signalName(status) };
}

function signalName(number: number): NodeJS.Signals | null {
  const found = Object.entries(constants.signals).find(([, value]) => value === number);
  return (found?.[0] ?? null) as NodeJS.Signals | null;
}
