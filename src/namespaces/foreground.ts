/**
 * This Node in front of a program for whoever waits for us, a shell or a supervisor: it passes on the
 * signals that are sent to us, stops when the program stops (^Z), and ends as it ends. The program is
 * in our process group, so what the terminal sends reaches it by itself.
 */
import { constants } from 'node:os';
import { binding, kernel, runProgram, setDisposition, tryCall } from '../native/index.js';
import { SIGINFO_SIZE, type Child, type ChildExit } from './child.js';

const { signals } = constants;

/** Those that mean something else to a process itself, or cannot be caught. */
const ownSignals = new Set([
  ...[signals.SIGKILL, signals.SIGSTOP, signals.SIGCHLD, signals.SIGPIPE, signals.SIGTTOU],
  ...[signals.SIGSEGV, signals.SIGBUS, signals.SIGFPE, signals.SIGILL, signals.SIGTRAP],
  ...[signals.SIGSYS, signals.SIGABRT, signals.SIGPROF, signals.SIGVTALRM, signals.SIGXFSZ],
]);

const CLASSIC_SIGNALS = 31;

/**
 * Starts a program and waits for its end; its exit status, 128+n for signal n. Blocks until it has
 * been executed.
 */
export async function inForeground(start: () => Child): Promise<number> {
  const passed = Array.from({ length: CLASSIC_SIGNALS }, (_, i) => i + 1).filter(
    (signal) => !ownSignals.has(signal),
  );
  // Before the program starts, because it may be ready for a signal before we go on.
  binding().holdSignals(Int32Array.from(passed));
  const child = start();
  binding().passSignals(child.pidfd);
  // After the start, because what we ignore the program would ignore. In the background we may
  // still have something to say.
  runProgram([setDisposition(signals.SIGTTOU, 'ignore')], { in: 'here' });
  const stopWithIt = (): void => {
    if (hasStopped(child)) stopUntilContinued(child);
  };
  process.on('SIGCHLD', stopWithIt);
  stopWithIt();
  const exit = await child.exit;
  process.off('SIGCHLD', stopWithIt);
  binding().passSignals(-1);
  return statusOf(exit);
}

function statusOf({ exitCode, signal }: ChildExit): number {
  return exitCode ?? 128 + (signal === null ? 0 : signals[signal]);
}

/** waitid(2) tells a stop once. */
function hasStopped(child: Child): boolean {
  const info = new Uint8Array(SIGINFO_SIZE);
  const options = kernel.WSTOPPED | kernel.WNOHANG;
  const answer = tryCall('waitid', kernel.P_PIDFD, child.pidfd, info, options, 0);
  // si_signo stays 0 when there was nothing to tell.
  return answer === 0 && info[0] !== 0;
}

/** A plain SIGSTOP, whatever stopped the program. The shell goes on with us: we go on with it. */
function stopUntilContinued(child: Child): void {
  tryCall('kill', process.pid, signals.SIGSTOP);
  child.kill('SIGCONT');
}

/**
 * At once, because Node's own end sets the terminal back to what it was when Node started, also when
 * the program meant to change it, or another one has it by now.
 */
export function endProcess(status: number): never {
  process.emit('exit', status);
  // Coverage is written at Node's own end.
  if (process.env['NODE_V8_COVERAGE'] === undefined) tryCall('exit_group', status);
  process.exit(status);
}
