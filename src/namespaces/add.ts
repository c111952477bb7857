/** Making a name: pins first, then its stored program, and its record last. */
import { closeSync, copyFileSync, existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { NskitError } from '../errors/index.js';
import { runProgramAsync } from '../native/index.js';
import { ensureBase, findBase } from './base.js';
import { changing } from './change-lock.js';
import { cleanUp, undoMaking } from './clean-up.js';
import { etcFoldersOf, writeStoredProgram } from './entering.js';
import {
  checkSubordinateIds,
  isolatedKinds,
  makeIsolated,
  type Bind,
  type Making,
} from './isolated/index.js';
import { checkName } from './name.js';
import { makeProgram } from './named.js';
import type { LockHolder } from './pause.js';
import { announceRecord, publishRecord, type NameRecord } from './record.js';
import { stateDirectory, type StateDirectory } from './state-directory.js';
import { writeUplinkFiles, type UplinkFiles } from './uplink-files.js';

export interface EtcFile {
  /** A file of the host; its content is copied when the name is made. */
  readonly source: string;
  /** Where it appears inside: a path below /etc. */
  readonly target: string;
}

export interface AddOptions {
  readonly hostname?: string | undefined;
  /** Kinds beside the network namespace. */
  readonly kinds?: readonly ('pid' | 'uts' | 'ipc')[] | undefined;
  readonly files?: readonly EtcFile[] | undefined;
  /** For programs one does not trust: another user inside, and the host hidden. */
  readonly isolated?: boolean | undefined;
  /** What an isolated name shows of the host beside its programs. */
  readonly binds?: readonly Bind[] | undefined;
  /** What its uplink will change of its inside; an isolated name gets it no later. */
  readonly uplinkFiles?: UplinkFiles | undefined;
  readonly signal?: AbortSignal | undefined;
  /** For tests: the process that makes the pins kills itself after this many steps. */
  readonly killAfter?: number | undefined;
}

/** Makes a named network namespace, its loopback up. Throws ERR_NAME_EXISTS, ERR_NAME_INVALID. */
export async function addName(name: string, options: AddOptions = {}): Promise<NameRecord> {
  checkName(name);
  const state = stateDirectory();
  checkFiles(options.files ?? []);
  return await changing(state, async () => {
    if (options.isolated === true) checkSubordinateIds(state);
    using base = await ensureBase(state);
    await cleanUp(state);
    checkIsNew(state, name);
    const record = newRecord(name, options);
    const make = (): Promise<void> =>
      record.isolated
        ? makeIsolated(isolatedMaking(state, record, { base, options }))
        : makePins(state, record, options);
    return await publish(state, record, { ...options, make });
  });
}

export interface PublishOptions extends AddOptions {
  readonly make: () => Promise<void>;
}

/** Everything a name is made of, in order; or, after an error, nothing of it. */
export async function publish(
  state: StateDirectory,
  record: NameRecord,
  options: PublishOptions,
): Promise<NameRecord> {
  try {
    announceRecord(state, record);
    copyEtcFiles(state, record.name, options.files ?? []);
    const { uplinkFiles } = options;
    if (uplinkFiles !== undefined) writeUplinkFiles(state, record.name, uplinkFiles);
    await options.make();
    options.signal?.throwIfAborted();
    writeStoredProgram(state, record);
    publishRecord(state, record.name);
    return record;
  } catch (error) {
    await undoMaking(state, record.name).catch(() => undefined);
    throw error;
  }
}

export function checkIsNew(state: StateDirectory, name: string): void {
  using base = findBase(state);
  if (base !== undefined && existsSync(base.path(`root${state.pin('net', name)}`))) {
    throw new NskitError('ERR_NAME_EXISTS', `there is a namespace ${name} already`, {
      hint: `use another name, or "nskit delete ${name}" first`,
    });
  }
}

/** What is written down about a name that is to be made. */
export function newRecord(name: string, options: AddOptions): NameRecord {
  const { hostname, kinds = [], files = [], isolated = false } = options;
  const wanted = new Set(hostname === undefined ? kinds : [...kinds, 'uts' as const]);
  return {
    name,
    created: Date.now(),
    ...(hostname === undefined ? {} : { hostname }),
    kinds: isolated
      ? isolatedKinds
      : (['pid', 'uts', 'ipc'] as const).filter((kind) => wanted.has(kind)),
    isolated,
    files: files.length > 0,
    owner: { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 },
  };
}

function isolatedMaking(
  state: StateDirectory,
  record: NameRecord,
  { base, options }: { base: LockHolder; options: AddOptions },
): Making {
  const { binds = [], killAfter } = options;
  const folders = etcFoldersOf(state, record);
  return { state, record, base, binds, etcFolders: folders, killAfter };
}

async function makePins(
  state: StateDirectory,
  record: NameRecord,
  { killAfter }: AddOptions,
): Promise<void> {
  const { program, fds } = makeProgram(state, record);
  try {
    await runProgramAsync(program, {
      in: 'child',
      ...(killAfter === undefined ? {} : { killAfter }),
    });
  } finally {
    fds.forEach((fd) => {
      closeSync(fd);
    });
  }
}

function checkFiles(files: readonly EtcFile[]): void {
  for (const { source, target } of files) {
    if (!normalize(target).startsWith('/etc/') || target.endsWith('/')) {
      throw new NskitError('ERR_FILE_OPTION', `${target} is no file below /etc`, {
        hint: 'give --file SOURCE:/etc/FILE',
      });
    }
    if (!existsSync(source) || !statSync(source).isFile()) {
      throw new NskitError('ERR_FILE_OPTION', `${source} is no file that can be read`);
    }
  }
}

function copyEtcFiles(state: StateDirectory, name: string, files: readonly EtcFile[]): void {
  rmSync(join(state.etc, name), { recursive: true, force: true });
  for (const { source, target } of files) {
    const copy = join(state.etc, name, normalize(target).slice('/etc/'.length));
    mkdirSync(dirname(copy), { recursive: true, mode: 0o755 });
    copyFileSync(source, copy);
  }
}
