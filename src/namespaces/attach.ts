/** Naming the network namespace of a process one may enter, and pinning its owner with it. */
import { NskitError, SyscallError } from '../errors/index.js';
import { runProgramAsync, type Program } from '../native/index.js';
import { checkIsNew, publish } from './add.js';
import { ensureBase } from './base.js';
import { changing } from './change-lock.js';
import { cleanUp } from './clean-up.js';
import { checkName } from './name.js';
import { NamespaceFile } from './namespace-file.js';
import { adoptProgram, tryToEnter } from './named.js';
import type { NameRecord } from './record.js';
import { stateDirectory } from './state-directory.js';

/** Throws ERR_NAME_EXISTS, and the failed step when the namespace may not be entered. */
export async function attachName(name: string, pid: number): Promise<NameRecord> {
  checkName(name);
  using net = openOf(pid);
  using user = ownerOf(net, pid);
  const fds = fdsOf(user, net);
  await runProgramAsync(tryToEnter(fds), { in: 'child' });
  const state = stateDirectory();
  return await changing(state, async () => {
    using _base = await ensureBase(state);
    await cleanUp(state);
    checkIsNew(state, name);
    const make = async (): Promise<void> => {
      await runProgramAsync(adoptProgram(state, name, fds), { in: 'child' });
    };
    return await publish(state, attachedRecord(name), { make });
  });
}

/**
 * The steps of it, for those who only want to know: first whether one may enter, then what is done in
 * the base namespaces. Throws like it.
 */
export function attachProgram(name: string, pid: number): Program {
  checkName(name);
  using net = openOf(pid);
  using user = ownerOf(net, pid);
  const fds = fdsOf(user, net);
  return [...tryToEnter(fds), ...adoptProgram(stateDirectory(), name, fds)];
}

function fdsOf(user: NamespaceFile, net: NamespaceFile): Map<'user' | 'net', number> {
  return new Map([
    ['user', user.fd],
    ['net', net.fd],
  ] as const);
}

function attachedRecord(name: string): NameRecord {
  const owner = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
  return { name, created: Date.now(), kinds: ['user'], isolated: false, files: false, owner };
}

function openOf(pid: number): NamespaceFile {
  try {
    return NamespaceFile.ofProcess(pid, 'net');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'EACCES') throw error;
    throw new NskitError(
      'ERR_NOT_A_NAMESPACE',
      code === 'ENOENT' ? `there is no process ${pid}` : `process ${pid} is not yours to enter`,
      {
        hint: 'only processes of yours, in user namespaces of yours, can be entered',
        cause: error,
      },
    );
  }
}

function ownerOf(net: NamespaceFile, pid: number): NamespaceFile {
  try {
    return net.owner();
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    const message = `the network namespace of process ${pid} belongs to an outer user namespace`;
    throw new NskitError('ERR_BASE_UNREACHABLE', message, { cause: error });
  }
}
