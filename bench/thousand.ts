/** A thousand names: what each costs to make, to list and to delete, in time, memory, processes. */
import { readFileSync, statSync } from 'node:fs';
import { allPids, namespaces, stateDirectory } from '../src/index.js';
import { lockHolderPid } from '../src/namespaces/pause.js';
import { nskitPath } from '../test/support/nskit.js';
import { atMost, figure, interleaved, medianOf, type Group, type Settings } from './measure.js';
import { processContender } from './process-timer.js';
import { nskitOnce, type Scene } from './scene.js';

export async function measureThousand(
  scene: Scene,
  { iterations, names }: Settings,
): Promise<Group> {
  const otherEnv = { ...process.env, XDG_RUNTIME_DIR: scene.otherRuntime };
  // A pause process in both, so that only the number of names differs.
  for (const env of [process.env, otherEnv]) {
    nskitOnce(['add', 'first'], env);
    nskitOnce(['delete', 'first'], env);
  }
  const before = pauseMemory();
  const added: number[] = [];
  for (let i = 0; i < names; i++) {
    const startedMs = performance.now();
    await namespaces.add(`bench-${i}`);
    added.push(performance.now() - startedMs);
  }
  const after = pauseMemory();
  const none = 'nskit list, no names';
  const all = `nskit list, ${names} names`;
  const listed = await interleaved(
    [
      processContender(none, [nskitPath, 'list'], { env: otherEnv }),
      processContender(all, [nskitPath, 'list']),
    ],
    Math.ceil(iterations / 10),
  );
  const deleteAllMs = nskitOnce(['delete', '--all']);
  const some = Math.ceil(names / 10);
  return {
    title: `${names} names`,
    figures: [
      figure(`add, the first ${some}`, added.slice(0, some)),
      figure(`add, the last ${some}`, added.slice(-some)),
      ...listed.values(),
      figure(`nskit delete --all, per name`, [deleteAllMs / names]),
      figure('pause process, resident set', [after.rss], 'kB'),
      figure('pause process, its own share', [after.pss], 'kB'),
      figure('pause process, growth with the names', [after.rss - before.rss], 'kB'),
      figure('processes in the base namespaces', [processesInBase()], 'processes'),
    ],
    ratios: [
      atMost(
        'list, beyond an empty list',
        medianOf(listed, all) - medianOf(listed, none),
        100,
        'ms',
      ),
    ],
  };
}

/** Kilobytes, from smaps_rollup (proc_pid_smaps_rollup in proc(5)). */
function pauseMemory(): { rss: number; pss: number } {
  const text = readFileSync(`/proc/${pausePid()}/smaps_rollup`, 'utf8');
  const field = (name: string): number =>
    Number(new RegExp(`^${name}:\\s*(\\d+) kB`, 'm').exec(text)?.[1]);
  return { rss: field('Rss'), pss: field('Pss') };
}

/** The pause process, and whoever else stays for the names. */
function processesInBase(): number {
  const base = userNamespace(pausePid());
  return allPids().filter((pid) => userNamespace(pid) === base).length;
}

function pausePid(): number {
  return lockHolderPid(stateDirectory().pauseLock) ?? 0;
}

function userNamespace(pid: number): number | undefined {
  try {
    return statSync(`/proc/${pid}/ns/user`).ino;
  } catch {
    return undefined;
  }
}
