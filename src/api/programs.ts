/**
 * The syscall programs behind the commands, for those that take Node's place (`replaceProcess`)
 * or only show what they would do (`describeProgram`).
 */
import { NskitError } from '../errors/index.js';
import type { Program } from '../native/index.js';
import {
  baseShellProgram,
  ensureUsersBase,
  enterNameProgram,
  isRealRoot,
  makeProgram,
  newRecord,
  outerGid,
  outerUid,
  refreshStoredProgram,
  resolveName,
  stateDirectory,
  checkName,
  type AddOptions,
} from '../namespaces/index.js';

export interface ExecOptions {
  /** Be the caller's own uid inside instead of 0: without any capability once a program runs. */
  readonly mapCurrent?: boolean;
  readonly workingDirectory?: string;
}

/** What `nskit exec NAME` runs. Throws ERR_NAME_UNKNOWN. */
export function execProgram(name: string, options: ExecOptions = {}): Program {
  const { state, record, system } = resolveName(name);
  const { mapCurrent = false, workingDirectory } = options;
  if (!system) refreshStoredProgram(state, record);
  const inside = enterNameProgram(state, record, {
    ...(workingDirectory === undefined ? {} : { workingDirectory }),
    ...(mapCurrent ? { mapCurrent: { uid: outerUid(), gid: outerGid() } } : {}),
  });
  return inside.program;
}

/** What `nskit shell` runs; starts the base namespaces when there are none. */
export async function baseProgram(): Promise<Program> {
  if (isRealRoot()) {
    throw new NskitError('ERR_USAGE', 'root has no base namespaces of its own', {
      hint: 'root’s names are in /run/netns of the host: use "nskit shell NAME", or "ip netns"',
    });
  }
  const state = stateDirectory();
  await ensureUsersBase(state);
  return baseShellProgram(state);
}

/** What `nskit add NAME` runs in the base namespaces, once they are there. */
export function addProgram(name: string, options: AddOptions = {}): Program {
  checkName(name);
  return makeProgram(stateDirectory(), newRecord(name, options)).program;
}
