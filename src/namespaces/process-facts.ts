/** What /proc tells about a process that one wants to follow. */
import { readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { NskitError } from '../errors/index.js';
import { checkProcess } from './enter-sources.js';
import { namespaceKinds, type NamespaceKind } from './kinds.js';

/** The kinds whose namespace is another one than ours. */
export function differentNamespaces(pid: number): NamespaceKind[] {
  checkProcess(pid);
  return namespaceKinds.filter(
    (kind) => readlinkSync(`/proc/${pid}/ns/${kind}`) !== readlinkSync(`/proc/self/ns/${kind}`),
  );
}

/** NAME=VALUE, as the process was started with. */
export function environmentOf(pid: number): string[] {
  checkProcess(pid);
  return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter(Boolean);
}

/**
 * The effective uid and gid of a process: as they are seen from here, or as it sees them itself
 * in its user namespace.
 */
export function idsOf(pid: number, seen: 'here' | 'inside'): { uid: number; gid: number } {
  checkProcess(pid);
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const id = (field: 'Uid' | 'Gid', map: 'uid_map' | 'gid_map'): number => {
    const outside = Number(new RegExp(`^${field}:\\s*\\d+\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
    if (seen === 'here') return outside;
    return insideId(readFileSync(`/proc/${pid}/${map}`, 'utf8'), outside);
  };
  return { uid: id('Uid', 'uid_map'), gid: id('Gid', 'gid_map') };
}

/** Throws ERR_ID_MAP when the id is not mapped. */
export function insideId(map: string, outside: number): number {
  for (const line of map.trim().split('\n')) {
    const [inside = 0, first = 0, count = 0] = line.trim().split(/\s+/).map(Number);
    if (outside >= first && outside < first + count) return inside + outside - first;
  }
  throw new NskitError('ERR_ID_MAP', `id ${outside} has no name in that user namespace`);
}

/** The file that takes processes into the cgroup (v2) of a process. Throws ERR_USAGE. */
export function cgroupFile(pid: number): string {
  checkProcess(pid);
  const own = /^0::(.*)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, 'utf8'))?.[1];
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  const mountPoint = mounts.find((line) => line.includes(' - cgroup2 '))?.split(' ')[4];
  if (own === undefined || mountPoint === undefined) {
    throw new NskitError('ERR_USAGE', 'there is no cgroup (v2) to join here');
  }
  return join(mountPoint, own, 'cgroup.procs');
}
