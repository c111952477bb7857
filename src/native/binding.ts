import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NskitError } from '../errors/index.js';
import { requireLinux } from './platform.js';

/** What native/binding.c exports. Arrays are used in place: no copy is made. */
export interface Binding {
  run(...job: Job): void;
  runAsync(...job: [...Job, callback: () => void]): void;
  /** The kernel's answer; a negative errno for an error. */
  syscall(nr: number, ...args: readonly (number | ArrayBufferView)[]): number;
  createPoller(onEvents: (count: number) => void, pairs: Int32Array): NativePoller;
  /** read, write, sendto or recvfrom of `length` bytes at `at`; else as `syscall`. */
  transfer(...call: Transfer): number;
  /** How many frames were read, one into each slot; a negative errno when the first one failed. */
  readFrames(fd: number, arena: Uint8Array, slotBytes: number, lengths: Int32Array): number;
  /** Where the memory of an array lies, as long as the array lives. */
  addressOf(array: ArrayBufferView): number;
  /** From now on these signals wait for `passSignals`. */
  holdSignals(signals: Int32Array): void;
  /** They go to the process of this pidfd, but for those that the terminal sends; -1: to nobody. */
  passSignals(pidfd: number): void;
}

export type Transfer = [
  nr: number,
  fd: number,
  bytes: Uint8Array,
  at: number,
  length: number,
  flags: number,
];

export type Job = [
  place: number,
  starts: boolean,
  steps: Uint8Array,
  relocations: Uint32Array,
  data: Uint8Array,
  results: BigInt64Array,
  outcome: Int32Array,
];

export interface NativePoller {
  /** The epoll fd, or a negative errno. */
  readonly epoll: number;
  /** Takes what has become ready meanwhile, without waiting: how many pairs there are. */
  again(): number;
  ref(): void;
  unref(): void;
  close(): void;
}

let loaded: Binding | undefined;

/**
 * The native addon, loaded on first use, so that importing nskit where it cannot run does no harm.
 */
export function binding(): Binding {
  loaded ??= load();
  return loaded;
}

/** The folder of the installed package, from the commands' scripts or from the compiled tree. */
export function packageFolder(): string {
  let folder = ownFolder();
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) break;
    folder = parent;
  }
  return folder;
}

function binaryFolder(): string {
  return join(packageFolder(), 'bin');
}

/** The static launcher for this machine, as a path. */
export function launcherPath(): string {
  return join(binaryFolder(), `launcher-linux-${process.arch}`);
}

/** Of this module; in a command, of the script it is linked into. */
function ownFolder(): string {
  return dirname(fileURLToPath(import.meta.url));
}

function load(): Binding {
  requireLinux();
  const file = join(binaryFolder(), `nskit-linux-${process.arch}.node`);
  if (!existsSync(file)) {
    throw new NskitError('ERR_NATIVE_MISSING', `the native part is missing: ${file}`, {
      hint: 'run "npm ci" in the checkout (it needs gcc and libc6-dev), or install the package again',
    });
  }
  // What require does in the end; with its search for package files it takes longer (measured).
  const module = { exports: {} };
  process.dlopen(module, file);
  return module.exports as Binding;
}
