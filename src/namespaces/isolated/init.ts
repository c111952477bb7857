/**
 * The init process of an isolated namespace. It lives inside, where the state directory is hidden
 * and a subordinate uid may open nothing of the user's; so what it watches is open before.
 *
 * Nothing inside can look into it: its program is a file that may be executed but not read, and
 * belongs to an id that does not exist inside. Of such a process the kernel shows nobody its
 * memory, fds or root unless they are privileged where that id exists, which is the base.
 */
import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import {
  Block,
  call,
  close,
  exit,
  expectEqual,
  jump,
  kernel,
  label,
  orElse,
  setDisposition,
  setSignalMask,
  step,
  storedProgram,
  waitFor,
  wholeFileLock,
  write,
  type Program,
  type Step,
} from '../../native/index.js';
import { NskitError } from '../../errors/index.js';
import { launcherCopy } from '../launcher-copy.js';
import { initLock } from '../named.js';
import { lockHolderPid } from '../pause.js';
import { programFile, runCopy } from '../replace.js';
import type { StateDirectory } from '../state-directory.js';

/** Where the init process finds its fds. */
const at = { program: 3, ready: 4, lock: 5, commit: 6, pause: 7 } as const;

/**
 * It says that it holds its lock, and stays only when its maker answers: one whose maker was killed
 * meanwhile would belong to no name. Then it ends with the pause process, and with its own children.
 */
export function isolatedInit(): Uint8Array {
  const [refused, wait] = [label('not wanted'), label('wait')];
  const done = label('no process is left');
  const read = step('wait for the answer', 'read', [at.commit, new Block(8), 1]);
  const answer = orElse(read, refused);
  return storedProgram([
    setDisposition(constants.signals.SIGCHLD, 'ignore'),
    orElse(step('take the lock', 'fcntl', [at.lock, kernel.F_SETLK, wholeFileLock()]), refused),
    write('say that we are ready', at.ready, '.'),
    close('say that we are ready', at.ready),
    answer,
    orElse(expectEqual('wait for the answer', answer, 1, 'ECHILD'), refused),
    jump(wait),
    refused,
    exit(0),
    wait,
    orElse(untilReadable('wait for the end of the pause process', at.pause), wait, 'EINTR'),
    orElse(waitFor('wait for the last child', -1, new Block(4)), done),
    done,
    exit(0),
  ]);
}

function untilReadable(sentence: string, fd: number): Step {
  const entry = new Block(8);
  const view = new DataView(entry.bytes.buffer);
  view.setInt32(0, fd, true);
  view.setInt16(4, kernel.POLLIN, true);
  return step(sentence, 'ppoll', [entry, 1, 0, 0, 8]);
}

/** What the init process takes along, open in this process. */
export interface InitFiles extends Disposable {
  readonly program: number;
  readonly launcher: number;
  readonly lock: number;
  readonly pause: number;
}

export function openInitFiles(state: StateDirectory, name: string, pausePid: number): InitFiles {
  const fds: number[] = [];
  const kept = (fd: number): number => {
    fds.push(fd);
    return fd;
  };
  const dispose = (): void => fds.forEach((fd) => closeSync(fd));
  try {
    return {
      pause: kept(openPause(state, pausePid)),
      lock: kept(openSync(initLock(state, name), 'a+', 0o600)),
      program: kept(programFile(isolatedInit())),
      launcher: kept(launcherCopy(0o111)),
      [Symbol.dispose]: dispose,
    };
  } catch (error) {
    dispose();
    throw error;
  }
}

function openPause(state: StateDirectory, pid: number): number {
  const fd = call({ step: 'watch the pause process' }, 'pidfd_open', pid, 0);
  // Again, because the pid may have been reused before the pidfd was open.
  if (lockHolderPid(state.pauseLock) === pid) return fd;
  closeSync(fd);
  throw new NskitError('ERR_BASE_START', 'the pause process has just ended');
}

const COPY_FROM = 100;

export interface InitOptions {
  readonly name: string;
  readonly files: InitFiles;
  readonly ready: Step;
  readonly commit: Step;
}

/** No fd but those, and /dev/null; then the launcher. */
export function becomeInit({ name, files, ready, commit }: InitOptions): Program {
  const sentence = 'keep only the fds that are needed';
  const null_ = step(sentence, 'openat', [kernel.AT_FDCWD, '/dev/null', kernel.O_RDWR, 0]);
  const copy = (fd: number | Step): Step =>
    step(sentence, 'fcntl', [fd, kernel.F_DUPFD_CLOEXEC, COPY_FROM]);
  const sources = { program: files.program, ready, lock: files.lock, commit, pause: files.pause };
  const copies = Object.entries(sources).map(([key, fd]) => ({
    to: at[key as keyof typeof at],
    fd: copy(fd),
  }));
  const launcher = copy(files.launcher);
  const argv = [`nskit-init ${name}`, '--program', String(at.program)];
  return [
    ...copies.map(({ fd }) => fd),
    launcher,
    null_,
    ...[0, 1, 2].map((fd) =>
      step(sentence, 'dup3', [null_, fd, 0], { recovery: { goTo: 'next' } }),
    ),
    step(sentence, 'close_range', [3, 0xffff_ffff, kernel.CLOSE_RANGE_CLOEXEC]),
    ...copies.map(({ fd, to }) => step(sentence, 'dup3', [fd, to, 0])),
    setSignalMask(),
    runCopy(launcher, argv, []),
  ];
}
