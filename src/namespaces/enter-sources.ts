/**
 * Where the namespaces to enter come from, opened by steps of a program: all of one process
 * through one folder of /proc, so that they are the same process's even when its pid is reused.
 */
import { statSync } from 'node:fs';
import { NskitError, SyscallError, hintFor } from '../errors/index.js';
import { kernel, open, step, type Step } from '../native/index.js';
import { kindWords, namespaceKinds, type NamespaceKind } from './kinds.js';
import { NamespaceFile } from './namespace-file.js';

/** A process's; a file; an fd that whoever runs the program has open. */
type FileSource = { readonly pid: number } | { readonly path: string } | { readonly fd: number };

/** The network namespace of a socket: an fd of another process. */
export interface SocketSource {
  readonly socketOf: number;
  readonly socket: number;
}

interface SpecialSources {
  readonly net: SocketSource;
  /** The user namespace that owns the first of the others. */
  readonly user: 'owner';
}

/** Where each kind of namespace comes from. */
export type NamespaceSources = {
  readonly [Kind in NamespaceKind]?:
    FileSource | (Kind extends keyof SpecialSources ? SpecialSources[Kind] : never);
};

/** A directory: a path, or the root or working directory of a process. */
export type DirectorySource = string | { readonly pid: number };

export interface OpenedSource {
  readonly kind: NamespaceKind;
  /** What setns(2) takes. */
  readonly file: Step | number;
  /** Only possible with rights that a namespace entered before may give: run right before. */
  readonly late: readonly Step[];
}

/** One program's open files. */
export class Sources {
  readonly steps: Step[] = [];
  readonly #folders = new Map<number, Step>();

  /** /proc/PID, opened once. */
  process(pid: number): Step {
    const known = this.#folders.get(pid);
    if (known !== undefined) return known;
    const flags = kernel.O_PATH | kernel.O_DIRECTORY;
    return this.#remember(pid, open(`find process ${pid}`, `/proc/${pid}`, { flags }));
  }

  directory(sentence: string, source: DirectorySource, name: 'root' | 'cwd'): Step {
    const flags = kernel.O_PATH | kernel.O_DIRECTORY;
    return this.#add(
      typeof source === 'string'
        ? open(sentence, source, { flags })
        : open(sentence, name, { flags, at: this.process(source.pid) }),
    );
  }

  namespace(kind: NamespaceKind, source: FileSource | SocketSource): OpenedSource {
    const sentence = `open the ${kindWords[kind]} namespace`;
    if ('fd' in source) return { kind, file: source.fd, late: [] };
    if ('socket' in source) return { kind, ...this.#netOfSocket(source) };
    const file =
      'path' in source
        ? open(sentence, source.path)
        : open(`${sentence} of process ${source.pid}`, `ns/${kind}`, {
            at: this.process(source.pid),
          });
    return { kind, file: this.#add(file), late: [] };
  }

  /** Asked of the socket only when we are where that is allowed. */
  #netOfSocket({ socketOf, socket }: SocketSource): Omit<OpenedSource, 'kind'> {
    const pidfd = this.#add(
      step(`find process ${socketOf}`, 'pidfd_open', [socketOf, 0], { opens: true }),
    );
    const sentence = `copy fd ${socket} of process ${socketOf}`;
    const copy = this.#add(step(sentence, 'pidfd_getfd', [pidfd, socket, 0], { opens: true }));
    const ask = step('ask the socket for its network namespace', 'ioctl', [copy, kernel.SIOCGSKNS]);
    return { file: ask, late: [ask] };
  }

  /** The user namespace that owns another one. */
  owner(of: Step | number): OpenedSource {
    const sentence = 'find the user namespace that owns it';
    const file = this.#add(step(sentence, 'ioctl', [of, kernel.NS_GET_USERNS], { opens: true }));
    return { kind: 'user', file, late: [] };
  }

  #add(opened: Step): Step {
    this.steps.push(opened);
    return opened;
  }

  #remember(pid: number, folder: Step): Step {
    this.#folders.set(pid, folder);
    return this.#add(folder);
  }
}

/** Says early, and in words, what the kernel would say later with a number. */
export function checkSources(sources: NamespaceSources): void {
  for (const kind of namespaceKinds) {
    const source = sources[kind];
    if (source === undefined || source === 'owner' || 'fd' in source) continue;
    if ('pid' in source) checkProcess(source.pid);
    if ('socketOf' in source) checkProcess(source.socketOf);
    else checkFile(kind, 'pid' in source ? `/proc/${source.pid}/ns/${kind}` : source.path);
  }
}

/** Throws a SyscallError with ESRCH. */
export function checkProcess(pid: number): void {
  const path = `/proc/${pid}`;
  try {
    statSync(path);
  } catch {
    const hint = 'it has ended, or this /proc shows another pid namespace';
    const step = `find process ${pid}`;
    throw new SyscallError({ code: 'ESRCH', errno: -3, syscall: 'open', step, path, hint });
  }
}

function checkFile(kind: NamespaceKind, path: string): void {
  try {
    NamespaceFile.open(path, kind)[Symbol.dispose]();
  } catch (error) {
    if (error instanceof NskitError) throw error;
    const { code = 'EIO', errno = -5 } = error as NodeJS.ErrnoException;
    const step = `open the ${kindWords[kind]} namespace`;
    const hint = hintFor('open', code);
    throw new SyscallError({ code, errno, syscall: 'open', step, path, hint }, { cause: error });
  }
}
