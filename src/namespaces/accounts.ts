/** Users and groups by name or number. */
import { spawnSync } from 'node:child_process';
import { NskitError } from '../errors/index.js';

const ID_MAX = 0xffff_fffe;

/** Throws ERR_NO_SUCH_USER. */
export function userId(nameOrNumber: string): number {
  return lookUp('user', 'passwd', nameOrNumber);
}

/** Throws ERR_NO_SUCH_USER. */
export function groupId(nameOrNumber: string): number {
  return lookUp('group', 'group', nameOrNumber);
}

/** By getent(1), because users may come from a directory service. */
function lookUp(what: 'user' | 'group', database: string, text: string): number {
  if (/^\d+$/.test(text) && Number(text) <= ID_MAX) return Number(text);
  const { stdout } = spawnSync('getent', [database, '--', text], { encoding: 'utf8' });
  const [name, , id] = (stdout as string | null)?.trim().split(':') ?? [];
  if (name === text && id !== undefined) return Number(id);
  throw new NskitError('ERR_NO_SUCH_USER', `there is no ${what} ${JSON.stringify(text)}`);
}

/** The primary group of a user; for a uid that no user has, the same number. */
export function primaryGroup(user: string): number {
  const { stdout } = spawnSync('getent', ['passwd', '--', user], { encoding: 'utf8' });
  const group = (stdout as string | null)?.split(':')[3];
  return group === undefined ? userId(user) : Number(group);
}
