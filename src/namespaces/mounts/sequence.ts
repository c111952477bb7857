/** A mount sequence: several mounts and what belongs to them, all or nothing. */
import { exit, runProgramAsync, step, type Program } from '../../native/index.js';
import type { Namespaces } from '../handle.js';
import { changeDirectory, makeDirectory, makeLink, mountOn, unmount } from './programs.js';
import type { MountStep } from './step.js';
import { Undo } from './undo.js';

export interface MountSequenceOptions {
  /** In their mounts, with the rights of their user namespace; by default where we are. */
  readonly inside?: Pick<Namespaces, 'way'> | undefined;
  /**
   * When one fails, those before it are taken back, the last first: mounts, unmounts, folders,
   * files and links. A changed mount (remount, propagation) stays changed. By default true.
   */
  readonly undo?: boolean | undefined;
}

/** Throws SyscallError with the step that failed. */
export async function mountSequence(
  steps: readonly MountStep[],
  options: MountSequenceOptions = {},
): Promise<void> {
  const program = mountProgram(steps, options);
  const own = options.inside?.way().needsOwnMemory === true;
  await runProgramAsync(program, { in: own ? 'fork' : 'child' });
}

/** What mountSequence does, for a dry run. Throws ERR_USAGE. */
export function mountProgram(
  steps: readonly MountStep[],
  { inside, undo: isWanted = true }: MountSequenceOptions = {},
): Program {
  const undo = new Undo(isWanted);
  const main = steps.flatMap((one) => programOf(one, undo));
  return [...(inside?.way().enter ?? []), ...main, exit(0), ...undo.program];
}

function programOf(one: MountStep, undo: Undo): Program {
  if ('mount' in one) return mountOn(one, undo);
  if ('makeDirectory' in one) return makeDirectory(one, undo);
  if ('unmount' in one) return unmount(one, undo);
  if ('symlink' in one) return makeLink(one, undo);
  if ('changeDirectory' in one) return changeDirectory(one, undo);
  return [step('write everything to disk', 'sync', [])];
}
