/** The options that unshare and enter share: one for each kind of namespace. */
import { Option, type Command } from 'commander';
import { namespaceKinds, type NamespaceKind } from '../index.js';

/** The names of unshare(1) and nsenter(1) differ from the kernel's for one kind. */
const optionNames: Record<NamespaceKind, { flag: string; name: string; words: string }> = {
  mnt: { flag: 'm', name: 'mount', words: 'mount namespace' },
  uts: { flag: 'u', name: 'uts', words: 'UTS namespace (the hostname)' },
  ipc: { flag: 'i', name: 'ipc', words: 'IPC namespace' },
  net: { flag: 'n', name: 'net', words: 'network namespace' },
  pid: { flag: 'p', name: 'pid', words: 'pid namespace' },
  user: { flag: 'U', name: 'user', words: 'user namespace' },
  cgroup: { flag: 'C', name: 'cgroup', words: 'cgroup namespace' },
  time: { flag: 'T', name: 'time', words: 'time namespace' },
};

const order: readonly NamespaceKind[] = [
  'mnt',
  'uts',
  'ipc',
  'net',
  'pid',
  'user',
  'cgroup',
  'time',
];

/** Of each kind, by its option's name: true without a file. */
export type NamespaceOptions = Readonly<Record<string, unknown>>;

export function addNamespaceOptions(command: Command, verb: string): void {
  for (const kind of order) {
    const { flag, name, words } = optionNames[kind];
    command.addOption(new Option(`-${flag}, --${name} [file]`, `${verb} ${words}`));
  }
}

/** The long option of a kind, as a person typed it. */
export function optionOf(kind: NamespaceKind): string {
  return `--${optionNames[kind].name}`;
}

/** What the command line says about each kind that it names. */
export function chosenNamespaces(raw: NamespaceOptions): [NamespaceKind, true | string][] {
  return namespaceKinds.flatMap((kind): [NamespaceKind, true | string][] => {
    const value = raw[optionNames[kind].name];
    if (value === undefined) return [];
    return [[kind, typeof value === 'string' ? value : true]];
  });
}
