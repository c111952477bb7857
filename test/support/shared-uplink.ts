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

/** Deletes every name; then nothing may be left of the process. */
export async function endUplinks(): Promise<void> {
  const pid = uplinkPid();
  for (const { name, system } of namespaces.list()) {
    if (!system) await namespaces.get(name).delete({ kill: true });
  }
  if (pid !== undefined) await ended(pid);
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
