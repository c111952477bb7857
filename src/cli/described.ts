/** A named namespace as the listings show it. */
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { isRealRoot, processesOf, type AttachedUplink, type ResolvedName } from '../index.js';

export interface Described {
  readonly name: string;
  /** Made by root, in /run/netns. */
  readonly system: boolean;
  /** ISO 8601; null when it is not known. */
  readonly created: string | null;
  readonly owner: { readonly uid: number; readonly gid: number };
  /** That of the process which all the user's namespaces share. */
  readonly uplink: { readonly device: string } | null;
}

export function describe(found: ResolvedName, attached: readonly AttachedUplink[]): Described {
  const uplink = attached.find(({ inode }) => inode === found.inode);
  const { name, system, record, created } = found;
  return {
    name,
    system,
    created: created === undefined ? null : new Date(created).toISOString(),
    owner: record.owner,
    uplink: uplink === undefined ? null : { device: uplink.device },
  };
}

export interface DescribedProcess {
  readonly pid: number;
  readonly command: string;
}

export function describeProcesses(found: ResolvedName): DescribedProcess[] {
  return processesOf(found).map((pid) => ({ pid, command: commandOf(pid) }));
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}

/** As it must be typed: a user's own name wins over one that root made. */
export function typedName({ name, system }: ResolvedName): string {
  return system && !isRealRoot() ? `system:${name}` : name;
}

/** The user's name where it is our own, else the number: no look-up for each line of a list. */
export function ownerText({ uid }: { uid: number }): string {
  if (uid === process.geteuid?.()) return userInfo().username;
  return uid === 0 ? 'root' : String(uid);
}
