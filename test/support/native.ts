/** What tests of programs and children look at: this process's fds, its signals, its status. */
import { closeSync, existsSync, openSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { call, watch } from '../../src/native/index.js';
import type { Child } from '../../src/index.js';

/** Every fd of this process and what it is; the one that reads the folder is gone by then. */
export function openFds(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [`${fd} ${readlinkSync(`/proc/self/fd/${fd}`)}`];
    } catch {
      return [];
    }
  });
}

/** Runs `work` with no free fd; gives them back afterwards. */
export async function withoutFds<T>(free: number, work: () => T | Promise<T>): Promise<T> {
  const taken: number[] = [];
  try {
    for (;;) taken.push(openSync('/dev/null', 'r'));
  } catch {
    // EMFILE: now there is none.
  }
  try {
    for (let i = 0; i < free; i++) closeSync(taken.pop() ?? -1);
    return await work();
  } finally {
    for (const fd of taken) closeSync(fd);
  }
}

/** A field of /proc/PID/status, as it is written. */
export function statusField(field: string, pid: number | 'self' = 'self'): string {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return new RegExp(`^${field}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? '';
}

/** Our own children, or another process's; zombies too. */
export function children(parent: number | 'self' = 'self'): number[] {
  return readdirSync(`/proc/${parent}/task`).flatMap((task) => {
    const path = `/proc/${parent}/task/${task}/children`;
    return existsSync(path)
      ? readFileSync(path, 'utf8').trim().split(' ').filter(Boolean).map(Number)
      : [];
  });
}

/** What a program wrote, once it has ended and its pipes are closed. */
export async function said(child: Child): Promise<string> {
  if (child.stdout === null) throw new Error('its output is not ours');
  child.stderr?.resume();
  const streams = [child.stdin, child.stdout, child.stderr];
  const closed = streams.map(async (stream) => {
    if (stream !== null && !stream.closed) await once(stream, 'close');
  });
  const [written] = await Promise.all([text(child.stdout), child.exit, ...closed]);
  return written;
}

/** When a process that is no child of ours has ended. */
export async function endOf(pid: number): Promise<void> {
  const pidfd = call({ step: 'find the process' }, 'pidfd_open', pid, 0);
  await new Promise<void>((resolve) => {
    const watched = watch(pidfd, () => {
      watched[Symbol.dispose]();
      resolve();
    });
  });
  closeSync(pidfd);
}
