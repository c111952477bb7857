/**
 * One namespace, held open by a file descriptor (ioctl_ns(2)). Disposing closes the descriptor;
 * the namespace lives on while a process, a mount or another descriptor holds it.
 */
import { closeSync, fstatSync, openSync } from 'node:fs';
import { NskitError, SyscallError } from '../errors/index.js';
import { call, kernel, requireLinux, tryCall } from '../native/index.js';
import { kindOfFlag, kindWords, type NamespaceKind } from './kinds.js';

export class NamespaceFile implements Disposable {
  readonly kind: NamespaceKind;
  #fd: number;

  /** Takes the fd over. Throws ERR_NOT_A_NAMESPACE, and ERR_WRONG_KIND when a kind is expected. */
  constructor(fd: number, from: string, expected?: NamespaceKind) {
    this.#fd = fd;
    const flag = tryCall('ioctl', fd, kernel.NS_GET_NSTYPE);
    const kind = kindOfFlag(flag);
    if (kind === undefined) {
      this[Symbol.dispose]();
      throw new NskitError('ERR_NOT_A_NAMESPACE', `${from} is not a namespace file`, {
        hint: 'a namespace file is /proc/PID/ns/KIND or a bind mount of one',
      });
    }
    this.kind = kind;
    if (expected !== undefined && kind !== expected) {
      this[Symbol.dispose]();
      const is = `${from} is a ${kindWords[kind]} namespace`;
      throw new NskitError('ERR_WRONG_KIND', `${is}, not a ${kindWords[expected]} namespace`);
    }
  }

  /** Opens a namespace file: /proc/PID/ns/KIND, or where one is bound. */
  static open(path: string, expected?: NamespaceKind): NamespaceFile {
    requireLinux();
    return new NamespaceFile(openSync(path, 'r'), path, expected);
  }

  static ofProcess(pid: number | 'self', kind: NamespaceKind): NamespaceFile {
    return NamespaceFile.open(`/proc/${String(pid)}/ns/${kind}`, kind);
  }

  /** The descriptor, close-on-exec; it stays this object's. */
  get fd(): number {
    return this.#fd;
  }

  /** Two files are the same namespace when their ids are equal. */
  get id(): string {
    const { dev, ino } = fstatSync(this.#fd);
    return `${String(dev)}:${String(ino)}`;
  }

  get inode(): number {
    return fstatSync(this.#fd).ino;
  }

  /** The user namespace that owns this one; of a user namespace, its parent (NS_GET_USERNS). */
  owner(): NamespaceFile {
    return this.#related(kernel.NS_GET_USERNS, 'find the owning user namespace');
  }

  /** The parent of a user or pid namespace (NS_GET_PARENT). */
  parent(): NamespaceFile {
    return this.#related(kernel.NS_GET_PARENT, 'find the parent namespace');
  }

  /** The uid, as seen from here, of whoever made this user namespace (NS_GET_OWNER_UID). */
  ownerUid(): number {
    const uid = new Uint32Array(1);
    call(
      { step: 'find the owner of a user namespace' },
      'ioctl',
      this.#fd,
      kernel.NS_GET_OWNER_UID,
      uid,
    );
    return uid[0] ?? 0;
  }

  #related(request: number, step: string): NamespaceFile {
    const fd = call({ step }, 'ioctl', this.#fd, request);
    return new NamespaceFile(fd, step);
  }

  [Symbol.dispose](): void {
    if (this.#fd < 0) return;
    closeSync(this.#fd);
    this.#fd = -1;
  }
}

/** An error that means: outside what we may see or enter. */
export function isRefusal(error: unknown): boolean {
  return error instanceof SyscallError && (error.code === 'EPERM' || error.code === 'EACCES');
}
