/** Steps about processes: children, signals, credentials, and the program that runs at the end. */
import { constants } from 'node:os';
import { Block, Place, pointerTable, textBlock } from './block.js';
import {
  IFF_RUNNING,
  IFF_UP,
  PR_SET_NO_NEW_PRIVS,
  PR_SET_PDEATHSIG,
  SIG_BLOCK,
  SIG_SETMASK,
  SIOCSIFFLAGS,
  AF_INET,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
} from './constants.js';
import { errnoNumber } from './errno.js';
import {
  callersArguments,
  callersEnvironment,
  step,
  type Argument,
  type Label,
  type Program,
  type Step,
} from './step.js';

export const SIGKILL = constants.signals.SIGKILL;
const SIGSET_SIZE = 8;

/** Like fork(2): the child goes on at the label. */
export function fork(sentence: string, child: Label): Step {
  return step(sentence, 'clone', [constants.signals.SIGCHLD, 0, 0, 0, 0], { child });
}

export function exit(status: Argument): Step {
  return step('exit', 'exit_group', [status]);
}

export function setns(sentence: string, fd: Argument, flag: number): Step {
  return step(sentence, 'setns', [fd, flag]);
}

export function unshare(sentence: string, flags: number): Step {
  return step(sentence, 'unshare', [flags]);
}

/** waitpid(2) into a block of one word. */
export function waitFor(sentence: string, pid: Argument, status: Block): Step {
  return step(sentence, 'wait4', [pid, status, 0, 0]);
}

/** Waits for a helper and fails unless it ended with 0. */
export function expectSuccess(sentence: string, pid: Step): Step[] {
  const status = new Block(4);
  const load = step(sentence, 'load32', [status]);
  return [waitFor(sentence, pid, status), load, expectEqual(sentence, load, 0, 'ECHILD')];
}

export function expectEqual(sentence: string, a: Argument, b: Argument, code: string): Step {
  return step(sentence, 'expectEqual', [a, b, errnoNumber(code)]);
}

export function expectNotEqual(sentence: string, a: Argument, b: Argument, code: string): Step {
  return step(sentence, 'expectNotEqual', [a, b, errnoNumber(code)]);
}

export function load32(sentence: string, block: Block, offset = 0): Step {
  return step(sentence, 'load32', [new Place(block, offset)]);
}

/** Keeps every signal waiting; the mask before goes to the block. */
export function blockSignals(before: Block): Step {
  const all = new Block(new Uint8Array(SIGSET_SIZE).fill(255));
  return step('hold back signals', 'rt_sigprocmask', [SIG_BLOCK, all, before, SIGSET_SIZE]);
}

/** Sets the signal mask; an empty one without a block. */
export function setSignalMask(mask: Block = new Block(SIGSET_SIZE)): Step {
  return step('let signals in', 'rt_sigprocmask', [SIG_SETMASK, mask, 0, SIGSET_SIZE]);
}

/** For good: no program that is executed from now on has more rights, whatever its file says. */
export function giveUpPrivileges(): Step {
  return step('give up new privileges', 'prctl', [PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0]);
}

export type Disposition = 'default' | 'ignore';

/** struct sigaction of the kernel: handler, flags, restorer, mask. */
export function setDisposition(signal: number, disposition: Disposition): Step {
  const bytes = new Uint8Array(32);
  bytes[0] = disposition === 'ignore' ? 1 : 0;
  const verb = disposition === 'ignore' ? 'ignore' : 'stop ignoring';
  return step(`${verb} signal ${String(signal)}`, 'rt_sigaction', [
    signal,
    new Block(bytes),
    0,
    SIGSET_SIZE,
  ]);
}

/** Be killed when the parent *thread* ends: only where that thread lives as long as its process. */
export function dieWithParent(signal: number = SIGKILL): Step {
  return step('die when the parent dies', 'prctl', [PR_SET_PDEATHSIG, signal, 0, 0, 0]);
}

/** Stands in for a child until it has ended, then exits as it did (128+n for a signal). */
export function supervise(child: Step): Step {
  return step('wait for the program to end', 'supervise', [child]);
}

/** execvpe(3). Without argv and env: what the launcher's caller gave. */
export function execute(argv?: readonly string[], env?: readonly string[]): Step {
  const [program] = argv ?? [];
  return step(
    argv === undefined ? 'run the program' : `run ${program ?? ''}`,
    'execvpe',
    [
      argv === undefined ? callersArguments : pointerTable(argv),
      env === undefined ? callersEnvironment : pointerTable(env),
    ],
    program === undefined ? {} : { path: program },
  );
}

/** A failure of this process from here on is written to the fd too, as eight bytes. */
export function reportTo(fd: Argument): Step {
  return step('say it there when something fails', 'reportTo', [fd]);
}

export function setHostname(hostname: string): Step {
  const text = textBlock(hostname);
  const sentence = `set the hostname to ${hostname}`;
  return step(sentence, 'sethostname', [text, text.bytes.length]);
}

/** struct ifreq: the name (16), the flags (2). Like `ip link set lo up`. */
export function bringUpLoopback(): Program {
  const request = new Block(40);
  request.bytes.set(new TextEncoder().encode('lo'));
  new DataView(request.bytes.buffer).setInt16(16, IFF_UP | IFF_RUNNING, true);
  const sentence = 'bring the loopback interface up';
  const socket = step(sentence, 'socket', [AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0], { opens: true });
  return [
    socket,
    step(sentence, 'ioctl', [socket, SIOCSIFFLAGS, request], { path: 'lo' }),
    step(sentence, 'close', [socket]),
  ];
}
