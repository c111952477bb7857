/** A file or directory opened inside a namespace: openat2(2), through its mount namespace. */
import { constants } from 'node:fs';
import { kernel, openResolving } from '../native/index.js';
import type { FileDescriptor } from './descriptor.js';
import { usage } from './errors.js';
import type { Opening } from './opening.js';

const resolveFlags = {
  'no-xdev': kernel.RESOLVE_NO_XDEV,
  'no-magiclinks': kernel.RESOLVE_NO_MAGICLINKS,
  'no-symlinks': kernel.RESOLVE_NO_SYMLINKS,
  beneath: kernel.RESOLVE_BENEATH,
  'in-root': kernel.RESOLVE_IN_ROOT,
  cached: kernel.RESOLVE_CACHED,
} as const;

/** RESOLVE_* of openat2(2): how the path may be followed. */
export type ResolveFlag = keyof typeof resolveFlags;

export interface OpenFileOptions {
  /** O_* of node:fs constants, or numbers; O_RDONLY when not said, and always O_CLOEXEC. */
  readonly flags?: number | undefined;
  /** Of a file that is made. */
  readonly mode?: number | undefined;
  readonly resolve?: readonly ResolveFlag[] | undefined;
  /**
   * An open directory that a relative path begins at; it need not be inside. Without one that is
   * our working directory, or the root of the mount namespace that was entered.
   */
  readonly at?: number | undefined;
}

export function fileOpening(path: string, options: OpenFileOptions = {}): Opening<FileDescriptor> {
  const { flags = constants.O_RDONLY, mode, at } = options;
  const resolve = resolveBits(options.resolve ?? []);
  const file = openResolving(`open ${path}`, path, { flags, mode, at, resolve });
  return {
    steps: [file],
    fd: file,
    needs: 'mnt',
    mayBlock: true,
    finish: (descriptor) => descriptor,
  };
}

function resolveBits(names: readonly ResolveFlag[]): number {
  return names.reduce((bits, name) => {
    if (Object.hasOwn(resolveFlags, name)) return bits | resolveFlags[name];
    throw usage(`${JSON.stringify(name)} is none of ${Object.keys(resolveFlags).join(', ')}`);
  }, 0);
}
