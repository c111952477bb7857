/**
 * New namespaces that outlive their processes: each is bound to a file. A helper does it that has
 * stayed in the old mount namespace, where the rest of the system will see the mount.
 */
import { resolve } from 'node:path';
import { kernel, mount, open, step, type Program } from '../native/index.js';
import { kindWords, procNames, type NamespaceKind } from './kinds.js';
import { outsideHelper, type OutsideHelper } from './outside-helper.js';

export interface KeptFile {
  readonly kind: NamespaceKind;
  /** It must exist, and not lie on a mount that spreads into the new namespace. */
  readonly path: string;
}

export function keepInFiles(files: readonly KeptFile[]): OutsideHelper {
  if (files.length === 0) return { prepare: [], release: [], aside: [] };
  const flags = kernel.O_PATH | kernel.O_DIRECTORY;
  // Before the fork, because the helper's own /proc/self is not ours.
  const proc = open('open our folder in /proc', '/proc/self', { flags });
  const binds: Program = files.map(({ kind, path }) =>
    mount(`keep the ${kindWords[kind]} namespace in ${path}`, resolve(path), {
      source: `ns/${procNames(kind)}`,
      flags: kernel.MS_BIND,
    }),
  );
  const helper = outsideHelper('the helper that keeps namespaces in files', [
    step('change to the folder of the new process', 'fchdir', [proc]),
    ...binds,
  ]);
  return { ...helper, prepare: [proc, ...helper.prepare] };
}
