/** From a Node that is running already: starting programs in namespaces, and making namespaces. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { namespaces } from '../src/index.js';
import {
  interleaved,
  medianOf,
  timesFaster,
  type Contender,
  type Group,
  type Settings,
} from './measure.js';

const NAME = 'bench-warm';
const PROGRAM = '/usr/bin/true';
const kinds = ['user', 'net'] as const;
const stdio = 'ignore';

function timed(name: string, job: () => Promise<unknown>): Contender {
  return {
    name,
    run: async () => {
      const startedMs = performance.now();
      await job();
      return performance.now() - startedMs;
    },
  };
}

/** To the exit event, as ours is timed to the end of its exit promise. */
function childProcess(name: string, [file = '', ...args]: readonly string[]): Contender {
  return timed(name, async () => {
    const [code] = (await once(spawn(file, args, { stdio }), 'exit')) as [number | null];
    if (code !== 0) throw new Error(`${name} ended with ${String(code)}`);
  });
}

export async function measureWarmSpawn({ iterations }: Settings): Promise<Group> {
  await using name = await namespaces.add(NAME);
  await using held = await namespaces.create({ kinds });
  const [user, net] = kinds.map((kind) => `/proc/${process.pid}/fd/${held.get(kind).fd}`);
  const nsenter = ['nsenter', '--preserve-credentials', `--user=${user}`, `--net=${net}`, PROGRAM];
  const figures = await interleaved(
    [
      childProcess('child_process.spawn true', [PROGRAM]),
      childProcess('child_process.spawn nsenter -U -n true', nsenter),
      timed('spawn in held namespaces', () => held.spawn([PROGRAM], { stdio }).exit),
      timed('spawn in a name', () => name.spawn([PROGRAM], { stdio }).exit),
    ],
    iterations,
  );
  const of = (which: string): number => medianOf(figures, which);
  const peer = of('child_process.spawn nsenter -U -n true');
  return {
    title: 'Starting a program from warm Node',
    figures: [...figures.values()],
    ratios: [
      timesFaster('held namespaces against nsenter', [peer, of('spawn in held namespaces')], 4),
      timesFaster('a name (fresh /sys) against nsenter', [peer, of('spawn in a name')]),
    ],
  };
}

export async function measureCreate({ iterations }: Settings): Promise<Group> {
  const peer = 'child_process.spawn unshare -Urn true';
  const ours = 'create user+net, close';
  const figures = await interleaved(
    [
      childProcess(peer, ['unshare', '-Urn', PROGRAM]),
      timed(ours, async () => {
        using made = await namespaces.create({ kinds });
        return made;
      }),
    ],
    iterations,
  );
  const medians: [number, number] = [medianOf(figures, peer), medianOf(figures, ours)];
  return {
    title: 'New user and network namespaces from warm Node',
    figures: [...figures.values()],
    ratios: [timesFaster('create against unshare -Urn', medians, 4)],
  };
}
