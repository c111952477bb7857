/** Folders and files of the host that the user names, so that an isolated namespace shows them. */
import { existsSync, realpathSync, statSync } from 'node:fs';
import { normalize } from 'node:path';
import { NskitError } from '../../errors/index.js';
import type { StateDirectory } from '../state-directory.js';

export interface Bind {
  /** A folder or file of the host, as the caller sees it. */
  readonly source: string;
  /** Where it appears inside; the same path when not given. */
  readonly target?: string;
  /**
   * Not read-only. Ids stay what they are: a program inside is a subordinate id, so the folder
   * must let that id write (chmod o+w, or setfacl -m u:ID:rwx).
   */
  readonly writable?: boolean;
}

export interface CheckedBind {
  readonly source: string;
  readonly target: string;
  readonly writable: boolean;
  readonly isFolder: boolean;
}

const OWN = ['/proc', '/sys', '/dev', '/.host'];

/** Throws ERR_FILE_OPTION for what cannot be shown, or must not be. */
export function checkBinds(state: StateDirectory, binds: readonly Bind[]): CheckedBind[] {
  return binds.map(({ source, target = source, writable = false }) => {
    const to = normalize(target).replace(/(?<=.)\/$/, '');
    if (!to.startsWith('/') || to === '/' || OWN.some((folder) => isWithin(to, folder))) {
      throw refused(`${target} cannot be a place inside`, 'give an absolute path elsewhere');
    }
    if (!existsSync(source)) throw refused(`there is no ${source} that you can see`);
    const real = realpathSync(source);
    const hidden = realpathSync(state.path);
    if (isWithin(hidden, real) || isWithin(real, hidden)) {
      const hint = `name something that neither holds ${hidden} nor lies in it`;
      throw refused(`${source} would show the state directory inside`, hint);
    }
    return { source: real, target: to, writable, isFolder: statSync(real).isDirectory() };
  });
}

function isWithin(path: string, folder: string): boolean {
  return folder === '/' || path === folder || path.startsWith(`${folder}/`);
}

function refused(message: string, hint?: string): NskitError {
  return new NskitError('ERR_FILE_OPTION', message, hint === undefined ? {} : { hint });
}
