/**
 * What the uplink process keeps of its starter's environment: where the state directory is, and what
 * Node needs to start. No secrets in variables, and no NODE_OPTIONS that would load files it may not
 * read.
 */
import { delimiter, dirname } from 'node:path';

const KEPT = ['XDG_RUNTIME_DIR', 'LD_LIBRARY_PATH', 'LANG', 'LC_ALL', 'TZ'];

/** NAME=VALUE. The Node that runs us comes first: one that is a version manager's script could not. */
export function restrictedEnvironment(env: NodeJS.ProcessEnv = process.env): string[] {
  const kept = KEPT.flatMap((name) => (env[name] === undefined ? [] : [`${name}=${env[name]}`]));
  const path = [dirname(process.execPath), env['PATH']].filter((part) => part !== undefined);
  return [...kept, `PATH=${path.join(delimiter)}`];
}
