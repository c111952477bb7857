import { kernel } from '../native/index.js';

/** The eight kinds of namespace, named as in /proc/PID/ns (namespaces(7)). */
export const namespaceKinds = [
  'user',
  'net',
  'mnt',
  'pid',
  'uts',
  'ipc',
  'cgroup',
  'time',
] as const;

export type NamespaceKind = (typeof namespaceKinds)[number];

/** The CLONE_NEW* flag of a kind: for clone, unshare, setns and as NS_GET_NSTYPE answers. */
export const cloneFlags: Record<NamespaceKind, number> = {
  user: kernel.CLONE_NEWUSER,
  net: kernel.CLONE_NEWNET,
  mnt: kernel.CLONE_NEWNS,
  pid: kernel.CLONE_NEWPID,
  uts: kernel.CLONE_NEWUTS,
  ipc: kernel.CLONE_NEWIPC,
  cgroup: kernel.CLONE_NEWCGROUP,
  time: kernel.CLONE_NEWTIME,
};

/** What the kind is called in a sentence. */
export const kindWords: Record<NamespaceKind, string> = {
  user: 'user',
  net: 'network',
  mnt: 'mount',
  pid: 'pid',
  uts: 'uts',
  ipc: 'ipc',
  cgroup: 'cgroup',
  time: 'time',
};

export function kindOfFlag(flag: number): NamespaceKind | undefined {
  return namespaceKinds.find((kind) => cloneFlags[kind] === flag);
}

/** The flags of several kinds together. */
export function flagsOf(kinds: Iterable<NamespaceKind>): number {
  let flags = 0;
  for (const kind of kinds) flags |= cloneFlags[kind];
  return flags;
}

/**
 * Where a process's own namespace of a kind shows, or, for the two kinds that only children
 * enter, its children's.
 */
export function procNames(kind: NamespaceKind): string {
  return kind === 'pid' || kind === 'time' ? `${kind}_for_children` : kind;
}

export function describeKinds(kinds: readonly NamespaceKind[]): string {
  return kinds.map((kind) => kindWords[kind]).join(', ');
}
