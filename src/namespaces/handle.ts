/**
 * Namespaces held open together: made new, or opened from a process, from files, or from fds. A
 * program is started in all of them at once; Node itself never moves. Disposing closes the fds.
 */
import { statSync } from 'node:fs';
import { NskitError } from '../errors/index.js';
import { execute, kernel, setCloseOnExec, tryCall } from '../native/index.js';
import type { Child } from './child.js';
import { inChild } from './inside.js';
import { joinAll } from './join.js';
import { kindWords, namespaceKinds, procNames, type NamespaceKind } from './kinds.js';
import { NamespaceFile } from './namespace-file.js';
import { replaceProcess } from './replace.js';
import { spawn, spawnAsync, type SpawnOptions, type Way } from './spawn.js';

export class Namespaces implements AsyncDisposable, Disposable {
  readonly #files: ReadonlyMap<NamespaceKind, NamespaceFile>;
  /** The init process of a pid namespace made here. */
  readonly #init: Child | undefined;

  /** Takes the files over. Throws ERR_WRONG_KIND for two of one kind. */
  constructor(files: Iterable<NamespaceFile>, init?: Child) {
    const byKind = new Map<NamespaceKind, NamespaceFile>();
    for (const file of files) {
      if (byKind.has(file.kind)) {
        const what = `two ${kindWords[file.kind]} namespaces`;
        throw new NskitError('ERR_WRONG_KIND', `${what}: a program can be in one only`);
      }
      byKind.set(file.kind, file);
    }
    this.#files = byKind;
    this.#init = init;
  }

  /** Namespaces of a running process: `kinds` of it, all eight when not said. */
  static ofProcess(
    pid: number | 'self',
    kinds: readonly NamespaceKind[] = namespaceKinds,
  ): Namespaces {
    const different = [...new Set(kinds)];
    return Namespaces.#openAll(different.map((kind) => () => NamespaceFile.ofProcess(pid, kind)));
  }

  /** Namespaces bound to files, as `ip netns` leaves them in /run/netns. */
  static ofFiles(paths: readonly string[]): Namespaces {
    return Namespaces.#openAll(paths.map((path) => () => NamespaceFile.open(path)));
  }

  /** Takes open fds over: they are closed after a failure too. */
  static ofFds(fds: readonly number[]): Namespaces {
    const waiting = new Set(fds);
    const take = (fd: number): NamespaceFile => {
      waiting.delete(fd);
      return new NamespaceFile(fd, `fd ${fd}`);
    };
    try {
      return Namespaces.#openAll([...waiting].map((fd) => () => take(fd)));
    } catch (error) {
      for (const fd of waiting) tryCall('close', fd);
      throw error;
    }
  }

  /** All or none: after a failure nothing stays open. */
  static #openAll(opens: readonly (() => NamespaceFile)[]): Namespaces {
    const files: NamespaceFile[] = [];
    try {
      for (const open of opens) files.push(open());
      return new Namespaces(files);
    } catch (error) {
      for (const file of files) file[Symbol.dispose]();
      throw error;
    }
  }

  get kinds(): NamespaceKind[] {
    return namespaceKinds.filter((kind) => this.#files.has(kind));
  }

  /** The namespace of a kind. Throws ERR_WRONG_KIND when this handle has none. */
  get(kind: NamespaceKind): NamespaceFile {
    const file = this.#files.get(kind);
    if (file !== undefined) return file;
    throw new NskitError('ERR_WRONG_KIND', `this handle holds no ${kind} namespace`);
  }

  /** Starts a program inside; blocks until it has been executed, about a millisecond. */
  spawn(argv: readonly string[], options: SpawnOptions = {}): Child {
    return spawn(this.way(), argv, options);
  }

  /** The same, waiting on a thread of the pool. */
  spawnAsync(argv: readonly string[], options: SpawnOptions = {}): Promise<Child> {
    return spawnAsync(this.way(), argv, options);
  }

  /**
   * Replaces this Node by a program inside: execve(2). A multi-threaded process cannot enter a user
   * namespace itself. Nothing after the call runs.
   */
  enter(argv: readonly string[]): never {
    const keep = [...this.#files.values()].map(({ fd }) => fd);
    const { enter, entersPid } = this.way();
    const run = [execute()];
    const program = [
      ...keep.map((fd) => setCloseOnExec('keep our fds from the program', fd, kernel.FD_CLOEXEC)),
      ...enter,
      ...(entersPid ? inChild(() => run) : run),
    ];
    return replaceProcess(program, { argv, keep });
  }

  /**
   * Steps into these namespaces; the user namespace first, because it grants the others. Those we
   * are in already are left out: to join them once more takes rights that an ordinary user lacks.
   */
  way(): Way {
    const kinds = this.kinds.filter((kind) => !isOurs(this.get(kind)));
    return {
      enter: joinAll(kinds.map((kind) => ({ kind, file: this.get(kind).fd }))),
      entersPid: kinds.includes('pid'),
      needsOwnMemory: kinds.includes('time'),
    };
  }

  /** Closes the fds; an init process that was made with a pid namespace is killed. */
  [Symbol.dispose](): void {
    for (const file of this.#files.values()) file[Symbol.dispose]();
    this.#init?.kill('SIGKILL');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this[Symbol.dispose]();
    await this.#init?.[Symbol.asyncDispose]();
  }
}

/** Of the two kinds that only children enter: the one our children would be in anyway. */
function isOurs(file: NamespaceFile): boolean {
  const own = statSync(`/proc/self/ns/${procNames(file.kind)}`, { throwIfNoEntry: false });
  return own?.ino === file.inode;
}
