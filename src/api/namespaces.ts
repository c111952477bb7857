/** `namespaces`: named network namespaces, and new ones without a name. */
import {
  Namespaces,
  addName,
  addNameForOwner,
  attachName,
  createNamespaces,
  networkInode,
  resolveName,
  resolvedNames,
  watchNames,
  type AddOptions,
  type CreateOptions,
  type Owner,
} from '../namespaces/index.js';
import { HeldNamespaces } from './held-namespaces.js';
import { NamedNamespace, OwnedNamedNamespace } from './named-namespace.js';

export const namespaces = {
  /** Makes a name, its loopback up. Throws ERR_NAME_EXISTS, ERR_NAME_INVALID. */
  async add(name: string, options: AddOptions = {}): Promise<OwnedNamedNamespace> {
    await addName(name, options);
    return new OwnedNamedNamespace(name);
  },

  /** As root: makes a name in /run/netns that this user enters without root. */
  async addForOwner(name: string, owner: Owner): Promise<OwnedNamedNamespace> {
    await addNameForOwner(name, owner);
    return new OwnedNamedNamespace(name);
  },

  /** Names the network namespace of a process that may be entered. */
  async attach(name: string, pid: number): Promise<OwnedNamedNamespace> {
    await attachName(name, pid);
    return new OwnedNamedNamespace(name);
  },

  /** Throws ERR_NAME_UNKNOWN. */
  get(name: string): NamedNamespace {
    resolveName(name);
    return new NamedNamespace(name);
  },

  /** Every name that can be used, sorted: one's own, then those that root made. */
  list: resolvedNames,

  /** The name of a process's network namespace. */
  identify(pid: number | 'self' = 'self'): string | undefined {
    const inode = networkInode(pid);
    return resolvedNames().find((found) => found.inode === inode)?.name;
  },

  /** Events when names of one's own come and go, until aborted. */
  watch: watchNames,

  /** New namespaces of any kinds, held by fds and without a name. */
  async create(options: CreateOptions): Promise<HeldNamespaces> {
    return new HeldNamespaces(await createNamespaces(options));
  },

  /** Namespaces of a process, of files, or of open fds. */
  ofProcess: (...from: Parameters<typeof Namespaces.ofProcess>): HeldNamespaces =>
    new HeldNamespaces(Namespaces.ofProcess(...from)),
  ofFiles: (paths: readonly string[]): HeldNamespaces =>
    new HeldNamespaces(Namespaces.ofFiles(paths)),
  ofFds: (fds: readonly number[]): HeldNamespaces => new HeldNamespaces(Namespaces.ofFds(fds)),
};
