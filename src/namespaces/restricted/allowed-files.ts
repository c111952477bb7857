/**
 * The files that the uplink process may touch: what Node and nskit are made of, what the host says
 * about names, and its own place in the state directory. Nobody's home, and nothing to make but its
 * socket: the files that are laid over a name's /etc are made by whoever asks for an uplink.
 */
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import {
  kernel,
  landlockVersion,
  packageFolder,
  restrictByLandlock,
  type PathRule,
  type Program,
} from '../../native/index.js';
import type { StateDirectory } from '../state-directory.js';

/** Programs and libraries of the system; everybody may read them. */
const SYSTEM_FOLDERS = [
  ...['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'],
  ...['/nix/store', '/gnu/store'],
];

/** What of /proc is for a process's owner alone, Landlock's rule for ptrace(2) keeps from us. */
const READABLE = ['/etc', '/proc', '/sys/fs/cgroup', '/sys/devices/system/cpu', '/dev/urandom'];

/** Where /etc/resolv.conf leads, before or after a change of the host's network. */
const RESOLVER_FOLDERS = [
  ...['/run/systemd/resolve', '/run/resolvconf', '/run/NetworkManager', '/run/connman'],
  ...['/run/netconfig', '/mnt/wsl'],
];

/** Where the kernel has no Landlock, or an older one, what there is. */
export function restrictFiles(state: StateDirectory): Program {
  const version = landlockVersion();
  if (version === 0) return [];
  const handled = handledBy(version);
  // The kernel refuses a rule for a file that says anything about entries of a folder.
  const ofFile = (accesses().run & ~kernel.LANDLOCK_ACCESS_FS_READ_DIR) | accesses().write;
  const rules = needs(state).map(({ path, access }) => {
    return { path, access: access & (isFolder(path) ? handled : ofFile) };
  });
  return restrictByLandlock({ handled, scoped: scopedBy(version), rules });
}

function needs(state: StateDirectory): PathRule[] {
  const { read, run, write, serve, maintain } = accesses();
  const each = (paths: readonly string[], access: number): PathRule[] =>
    paths.map((path) => ({ path, access }));
  return [
    ...each([...SYSTEM_FOLDERS, ...programFiles(), packageFolder()], run),
    ...each([...READABLE, ...RESOLVER_FOLDERS, ...hostFiles()], read),
    ...each(['/dev/null'], write),
    ...each([state.uplinkFolder], serve),
    ...each([state.uplinks], maintain),
  ];
}

function accesses() {
  const {
    LANDLOCK_ACCESS_FS_EXECUTE: EXECUTE,
    LANDLOCK_ACCESS_FS_READ_FILE: READ_FILE,
    LANDLOCK_ACCESS_FS_READ_DIR: READ_DIR,
    LANDLOCK_ACCESS_FS_WRITE_FILE: WRITE_FILE,
    LANDLOCK_ACCESS_FS_REMOVE_FILE: REMOVE_FILE,
    LANDLOCK_ACCESS_FS_REMOVE_DIR: REMOVE_DIR,
    LANDLOCK_ACCESS_FS_MAKE_SOCK: MAKE_SOCK,
    LANDLOCK_ACCESS_FS_TRUNCATE: TRUNCATE,
  } = kernel;
  const read = READ_FILE | READ_DIR;
  return {
    read,
    run: read | EXECUTE,
    write: READ_FILE | WRITE_FILE,
    /** A lock that is there, a socket that comes and goes. */
    serve: read | WRITE_FILE | MAKE_SOCK | REMOVE_FILE,
    /**
     * What is there gets another text, and goes. A new file could be one that programs inside run code
     * from, ld.so.preload.
     */
    maintain: read | WRITE_FILE | TRUNCATE | REMOVE_FILE | REMOVE_DIR,
  };
}

/**
 * Node, wherever the launcher may find it (native/launch_node.c), and the libraries that this process
 * has, because a Node of a version manager's may bring its own. Those of the system are in its folders.
 */
function programFiles(): string[] {
  const bin = join(packageFolder(), 'bin');
  const inPath = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'node'));
  const places = [
    process.execPath,
    join(bin, '.node'),
    join(bin, '../../../../bin/node'),
    ...inPath,
  ];
  const files = [...places.flatMap(realPath), ...mappedFiles()];
  return [...new Set(files)].filter((file) => !isOfSystem(file));
}

/** proc_pid_maps(5): the path is the sixth word. */
function mappedFiles(): string[] {
  const lines = readFileSync('/proc/self/maps', 'utf8').split('\n');
  const paths = lines.flatMap((line) => /^(?:\S+ +){5}(\/.*)$/.exec(line)?.slice(1) ?? []);
  return [...new Set(paths)].flatMap(realPath);
}

function isOfSystem(file: string): boolean {
  return SYSTEM_FOLDERS.some((folder) => file.startsWith(`${folder}/`));
}

/** The folders behind links, because such files are replaced by rename; never a home as a whole. */
function hostFiles(): string[] {
  return ['/etc/resolv.conf', '/etc/hosts'].flatMap(realPath).map((file) => {
    const folder = dirname(file);
    return folder === '/' || folder === homedir() ? file : folder;
  });
}

/** None when it leads nowhere. */
function realPath(path: string): string[] {
  try {
    return [realpathSync(path)];
  } catch {
    return [];
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** LANDLOCK_ACCESS_FS_* of a version are the lowest bits; each version only added some. */
function handledBy(version: number): number {
  const { LANDLOCK_ACCESS_FS_MAKE_SYM: MAKE_SYM, LANDLOCK_ACCESS_FS_REFER: REFER } = kernel;
  const { LANDLOCK_ACCESS_FS_TRUNCATE: TRUNCATE, LANDLOCK_ACCESS_FS_IOCTL_DEV: IOCTL } = kernel;
  const newest = version < 2 ? MAKE_SYM : version < 3 ? REFER : version < 5 ? TRUNCATE : IOCTL;
  return 2 * newest - 1;
}

/** Abstract sockets, and signals to anybody else. */
function scopedBy(version: number): number {
  return version < 6
    ? 0
    : kernel.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | kernel.LANDLOCK_SCOPE_SIGNAL;
}
