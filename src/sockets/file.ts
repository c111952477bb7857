/** A file or directory opened inside a namespace: openat2(2), through its mount namespace. */
import { constants } from 'node:fs';
import { Block, kernel, step } from '../native/index.js';
import * as so from './constants.js';
import type { FileDescriptor } from './descriptor.js';
import { usage } from './errors.js';
import type { Opening } from './opening.js';

const resolveFlags = {
  'no-xdev': so.RESOLVE_NO_XDEV,
  'no-magiclinks': so.RESOLVE_NO_MAGICLINKS,
  'no-symlinks': so.RESOLVE_NO_SYMLINKS,
  beneath: so.RESOLVE_BENEATH,
  'in-root': so.RESOLVE_IN_ROOT,
  cached: so.RESOLVE_CACHED,
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

/** struct open_how: flags, mode, resolve. */
const OPEN_HOW_SIZE = 24;
/** O_TMPFILE without the O_DIRECTORY in it, which differs between machines. */
const __O_TMPFILE = 0o20000000;

export function fileOpening(path: string, options: OpenFileOptions = {}): Opening<FileDescriptor> {
  const { flags = constants.O_RDONLY, mode, at = kernel.AT_FDCWD } = options;
  const how = new Block(OPEN_HOW_SIZE);
  const view = new DataView(how.bytes.buffer);
  const makes = (flags & (constants.O_CREAT | __O_TMPFILE)) !== 0;
  view.setBigUint64(0, BigInt(flags | kernel.O_CLOEXEC), true);
  // A mode without a file to make is EINVAL.
  view.setBigUint64(8, BigInt(makes ? (mode ?? 0o666) : 0), true);
  view.setBigUint64(16, BigInt(resolveBits(options.resolve ?? [])), true);
  const args = [at, path, how, OPEN_HOW_SIZE];
  const file = step(`open ${path}`, 'openat2', args, { opens: true, path });
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
