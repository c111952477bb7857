/** The uplink process of a test file's own home: which one it is, and that it ends. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { namespaces, stateDirectory, type Child, type NamedNamespace } from '../../src/index.js';
import { lockHolderPid } from '../../src/namespaces/pause.js';
import { ended } from './own-home.js';

export function uplinkPid(): number | undefined {
  return lockHolderPid(stateDirectory().uplinkLock);
}

/** Who starts it again. */
export function watcherPid(): number | undefined {
  return lockHolderPid(stateDirectory().watcherLock);
}

/** SIGKILL, and until it has ended: who it was. */
export async function kill(pid: number | undefined): Promise<number> {
  assert.ok(pid !== undefined && pid > 0);
  process.kill(pid, 'SIGKILL');
  await ended(pid);
  return pid;
}

/** Until both have ended by themselves. */
export async function untilOver(): Promise<void> {
  // The watcher first: while it lives, another process may come.
  for (const pid of [watcherPid(), uplinkPid()]) if (pid !== undefined) await ended(pid);
}

/** Deletes every name; then nothing may be left of the process, and of its watcher. */
export async function endUplinks(): Promise<void> {
  for (const { name, system } of namespaces.list()) {
    if (!system) await namespaces.get(name).delete({ kill: true });
  }
  await untilOver();
  const state = stateDirectory();
  assert.equal(uplinkPid(), undefined);
  assert.ok(!existsSync(state.uplinkSocket));
  assert.deepEqual(existsSync(state.uplinks) ? readdirSync(state.uplinks) : [], []);
}

/** Starts a program inside that says something when it is ready; it ends with the namespace. */
export async function serveIn(name: NamedNamespace, argv: readonly string[]): Promise<Child> {
  const child = await name.spawnAsync(argv, { stdio: ['ignore', 'pipe', 'ignore'] });
  assert.ok(child.stdout);
  await once(child.stdout, 'data');
  return child;
}
