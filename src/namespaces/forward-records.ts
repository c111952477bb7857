/**
 * Forwards that go on by themselves. Each has a record, forwards/ID.json, which its process holds a
 * lock on as long as it lives (F_GETLK names it, as for the pause process): a record without a lock
 * is a leftover, and no pid is written down that could become somebody else's.
 *
 * The lock is lost when its process closes any descriptor of the file. So a process that has a
 * record never looks at the others.
 */
import { closeSync, fstatSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { NskitError } from '../errors/index.js';
import { call, kernel, wholeFileLock } from '../native/index.js';
import { changing } from './change-lock.js';
import { endAndWait } from './ending.js';
import { lockHolderPid } from './pause.js';
import { listFolder } from './record.js';
import { stateDirectory, type StateDirectory } from './state-directory.js';

export interface ForwardRecord {
  /** As `nskit forward` reads them. */
  readonly from: string;
  readonly to: string;
  /** Those that it ends with. */
  readonly names: readonly string[];
  /** Milliseconds since the epoch. */
  readonly created: number;
  /** The file of a Unix socket that it listens on. */
  readonly socket?: SocketFile | undefined;
}

export interface SocketFile {
  readonly path: string;
  readonly inode: number;
}

export interface FoundForward extends ForwardRecord {
  readonly id: number;
  /** 0 when it lives where we cannot see it. */
  readonly pid: number;
}

/** A record of this process. */
export interface OwnForward extends Disposable {
  readonly id: number;
  /** Somebody has removed it. */
  readonly isRemoved: boolean;
}

export async function claimForward(record: ForwardRecord): Promise<OwnForward> {
  const state = stateDirectory();
  return await changing(state, () => {
    const id = Math.max(0, ...idsOf(state)) + 1;
    const path = recordPath(state, id);
    const fd = openSync(path, 'wx', 0o600);
    const own: OwnForward = {
      id,
      get isRemoved() {
        return fstatSync(fd).nlink === 0;
      },
      [Symbol.dispose]: () => {
        if (!own.isRemoved) rmSync(path, { force: true });
        closeSync(fd);
      },
    };
    try {
      const lock = wholeFileLock().bytes;
      call({ step: 'lock the record of the forward', path }, 'fcntl', fd, kernel.F_SETLK, lock);
      writeSync(fd, `${JSON.stringify(record)}\n`);
      return Promise.resolve(own);
    } catch (error) {
      own[Symbol.dispose]();
      throw error;
    }
  });
}

/** Those whose process lives. */
export async function listForwards(): Promise<FoundForward[]> {
  const state = stateDirectory();
  const living = findForwards(state);
  if (living.length < idsOf(state).length) {
    await changing(state, () => {
      cleanForwards(state);
      return Promise.resolve();
    });
  }
  return living;
}

/** Throws ERR_FORWARD_UNKNOWN. */
export async function removeForward(id: number): Promise<void> {
  const found = (await listForwards()).find((forward) => forward.id === id);
  if (found === undefined) {
    throw new NskitError('ERR_FORWARD_UNKNOWN', `there is no forward ${id}`, {
      hint: '"nskit forward --list" shows what there is',
    });
  }
  await endForward(stateDirectory(), found);
}

/** The caller holds the change lock. */
export async function endForwardsOf(state: StateDirectory, name: string): Promise<void> {
  for (const forward of findForwards(state)) {
    if (forward.names.includes(name)) await endForward(state, forward);
  }
}

/** Removes what processes left that were killed. The caller holds the change lock. */
export function cleanForwards(state: StateDirectory): void {
  for (const id of idsOf(state)) {
    const path = recordPath(state, id);
    if (lockHolderPid(path) !== undefined) continue;
    const { socket } = readForward(path) ?? {};
    if (socket !== undefined && inodeOf(socket.path) === socket.inode) {
      rmSync(socket.path, { force: true });
    }
    rmSync(path, { force: true });
  }
}

function findForwards(state: StateDirectory): FoundForward[] {
  return idsOf(state).flatMap((id) => {
    const path = recordPath(state, id);
    const record = readForward(path);
    const pid = lockHolderPid(path);
    return record === undefined || pid === undefined ? [] : [{ ...record, id, pid }];
  });
}

/** Removes the record, which its process takes as a wish, and waits for its end. */
async function endForward(state: StateDirectory, { id, pid }: FoundForward): Promise<void> {
  const path = recordPath(state, id);
  const ask = (): void => rmSync(path, { force: true });
  if (pid === 0) ask();
  else await endAndWait(pid, () => lockHolderPid(path) === pid, ask);
}

function recordPath(state: StateDirectory, id: number): string {
  return join(state.forwards, `${id}.json`);
}

function idsOf(state: StateDirectory): number[] {
  return listFolder(state.forwards)
    .flatMap((file) => /^(\d+)\.json$/.exec(file)?.slice(1, 2) ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

function readForward(path: string): ForwardRecord | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ForwardRecord;
  } catch {
    return undefined;
  }
}

export function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}
