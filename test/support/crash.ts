/** Kills a command at a point that is told by what it has done so far, not by the time. */
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { nskitPath } from './nskit.js';

export interface KillPoint {
  readonly signal: NodeJS.Signals;
  /** After this many changes that can be seen from outside. */
  readonly changes: number;
  /** Folders whose entries count beside what /proc says of the command. */
  readonly folders?: readonly string[];
  /** At the latest when this file is there: the program runs, and nothing more will change. */
  readonly file?: string;
}

export interface Killed {
  /** Whether there was such a point before the command had ended, or its program ran. */
  readonly inTime: boolean;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A command, killed once it has changed so often what can be seen; waits for its end. */
export async function killed(args: readonly string[], point: KillPoint): Promise<Killed> {
  const { inTime, child } = startKilled(args, point, 'ignore');
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return { inTime, code, signal };
}

/** The same, and the process to wait for is the caller's. */
export function startKilled(
  args: readonly string[],
  point: KillPoint,
  stdio: StdioOptions,
): { inTime: boolean; child: ChildProcess } {
  const child = spawn(nskitPath, args, { stdio });
  return { inTime: killAfterChanges(child.pid ?? 0, point), child };
}

/** Looks again and again, because what is looked for may last some microseconds only. */
function killAfterChanges(pid: number, point: KillPoint): boolean {
  const { signal, changes, folders = [], file } = point;
  let last = '';
  for (let seen = -1; seen < changes;) {
    if (hasEnded(pid)) return false;
    if (file !== undefined && existsSync(file)) {
      process.kill(pid, signal);
      return false;
    }
    const now = [aspect(pid), ...folders.map(entries)].join('\n');
    if (now === last) continue;
    last = now;
    seen++;
  }
  process.kill(pid, signal);
  return true;
}

/** Its program, its namespaces, and its children with theirs. */
function aspect(pid: number): string {
  const children = text(`/proc/${pid}/task/${pid}/children`).trim().split(' ').filter(Boolean);
  const links = ['exe', 'ns/user', 'ns/net', 'ns/mnt', 'ns/pid_for_children'];
  return [pid, ...children.map(Number)]
    .flatMap((each) => links.map((name) => link(`/proc/${each}/${name}`)))
    .join(' ');
}

function hasEnded(pid: number): boolean {
  return /\) [ZX] /.test(text(`/proc/${pid}/stat`));
}

function text(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function entries(folder: string): string {
  try {
    return readdirSync(folder).join(' ');
  } catch {
    return '';
  }
}

/** Reproducible chance: mulberry32. */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
