/**
 * Processes inside a namespace, as `ip netns pids` finds them: by /proc/PID/ns. A process of
 * another user cannot be looked at, and a namespace may also be held by an fd alone; neither is seen.
 */
import { readdirSync, statSync } from 'node:fs';

/** Every process whose network namespace has this inode number. */
export function processesInNamespace(inode: number): number[] {
  return allPids().filter((pid) => networkInode(pid) === inode);
}

export function allPids(): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid));
}

/** The inode of a process's network namespace; undefined when it is gone, or not ours to see. */
export function networkInode(pid: number | 'self'): number | undefined {
  try {
    return statSync(`/proc/${pid}/ns/net`).ino;
  } catch {
    return undefined;
  }
}
