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
import type { UplinkOptions } from '../uplink/index.js';
import { nameFilesOf } from './name-files.js';
import { HeldNamespaces } from './held-namespaces.js';
import { NamedNamespace, OwnedNamedNamespace } from './named-namespace.js';

export interface NewNameOptions extends AddOptions {
  /** With an uplink, in the process that all of the user's namespaces share. */
  readonly uplink?: UplinkOptions | undefined;
}

export const namespaces = {
  /** Makes a name, its loopback up. Throws ERR_NAME_EXISTS, ERR_NAME_INVALID. */
  async add(name: string, options: NewNameOptions = {}): Promise<OwnedNamedNamespace> {
    const { uplink, ...rest } = options;
    if (uplink === undefined) {
      await addName(name, rest);
      return new OwnedNamedNamespace(name);
    }
    await addName(name, { ...rest, uplinkFiles: nameFilesOf(uplink) });
    const made = new OwnedNamedNamespace(name);
    try {
      await made.uplink.attach(uplink);
      return made;
    } catch (error) {
      await made.delete({ kill: true });
      throw error;
    }
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
