/** For root's tests about names made for a user: that user, and fresh folders and names. */
import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { groupId, userId, primaryGroup } from '../../src/namespaces/index.js';
import { nskitPath, run, type Ended } from './nskit.js';

export const userName = process.env['NSKIT_TEST_USER'] ?? 'nobody';
export const user = { uid: userId(userName), gid: primaryGroup(userName) };
/** Neither root nor the user, and in no group of theirs. */
export const stranger = { uid: userId('daemon'), gid: groupId('daemon') };

/** A folder of the user's alone, instead of its runtime directory. */
export function userFolder(parent = '/run'): string {
  const folder = mkdtempSync(join(parent, 'nskit-owner-'));
  chownSync(folder, user.uid, user.gid);
  return folder;
}

/** The user's runtime directory during these tests; the pause process in it goes with it. */
export const runtime = userFolder();
export function removeRuntime(): void {
  rmSync(runtime, { recursive: true });
}

type Ids = typeof user;

/** Any program, as this user with this environment beside a PATH. */
export function as({ uid, gid }: Ids, argv: readonly string[], env: NodeJS.ProcessEnv): Ended {
  const become = ['--reuid', String(uid), '--regid', String(gid), '--clear-groups', '--'];
  const settings = Object.entries({ PATH: process.env['PATH'], ...env });
  const texts = settings.map(([name, value = '']) => `${name}=${value}`);
  return run('setpriv', [...become, 'env', '-i', ...texts, ...argv], { cwd: '/' });
}

export function byUser(...argv: string[]): Ended {
  return as(user, argv, { XDG_RUNTIME_DIR: runtime });
}

/** `nskit ARGS` as the ordinary user. */
export function userNskit(...args: string[]): Ended {
  return byUser(nskitPath, ...args);
}

/** `nskit ARGS` as root, without the variables of a sudo that may have started us. */
export function rootNskit(args: readonly string[], env: NodeJS.ProcessEnv = {}): Ended {
  return run(nskitPath, args, { env: { PATH: process.env['PATH'], ...env }, cwd: '/' });
}

/** Every file there can be of a name that root made. */
export function tracesOf(name: string): string[] {
  const files = [
    `/run/netns/${name}`,
    `/run/userns/${name}`,
    `/run/nskit/programs/${name}`,
    `/run/nskit/names/${name}.json`,
    `/run/nskit/names/.${name}.making`,
  ];
  return files.filter((file) => existsSync(file));
}

/** Whatever state a name is in. */
export function wipe(name: string): void {
  for (const file of tracesOf(name)) {
    spawnSync('umount', ['--lazy', '--quiet', file]);
    rmSync(file);
  }
}
