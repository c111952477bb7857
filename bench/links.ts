/** Many veth pairs at once, against iproute2's own way of doing many things at once. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { namespaces, type LinkSpec } from '../src/index.js';
import { interleaved, medianOf, timesFaster, type Group, type Settings } from './measure.js';
import { nskitOnce, type Scene } from './scene.js';

const ROUNDS = 5;

/** Each round begins in fresh namespaces: what the kernel takes to delete is not counted. */
export async function measureLinks(scene: Scene, { names: pairs }: Settings): Promise<Group> {
  const batch = join(scene.folder, 'pairs');
  const lines = Array.from({ length: pairs }, (_, i) => `link add a${i} type veth peer name b${i}`);
  writeFileSync(batch, `${lines.join('\n')}\n`);
  const specs = Array.from({ length: pairs }, (_, i): LinkSpec => {
    return { kind: 'veth', name: `a${i}`, peer: { name: `b${i}` } };
  });
  const peer = `nskit exec ip -batch, ${pairs} pairs`;
  const ours = `links.addAll, ${pairs} pairs`;
  const one = `links.addVeth, ${pairs} times`;
  const figures = await interleaved(
    [
      { name: peer, run: () => byIp(batch) },
      { name: ours, run: () => inFreshName((name) => name.links.addAll(specs)) },
      {
        name: one,
        run: () =>
          inFreshName(async ({ links }) => {
            for (const { name, peer: other } of specs as VethSpec[]) {
              await links.addVeth(name, { peer: other });
            }
          }),
      },
    ],
    ROUNDS,
  );
  const medians = (which: string): [number, number] => [
    medianOf(figures, peer),
    medianOf(figures, which),
  ];
  return {
    title: `${pairs} veth pairs`,
    figures: [...figures.values()],
    ratios: [
      timesFaster('in a batch against ip -batch', medians(ours), 1),
      timesFaster('one by one against ip -batch', medians(one)),
    ],
  };
}

interface VethSpec {
  readonly name: string;
  readonly peer: { readonly name: string };
}

const NAME = 'bench-links';

type Name = Awaited<ReturnType<typeof namespaces.add>>;

async function inFreshName(job: (name: Name) => Promise<void>): Promise<number> {
  return await cleanedUp(async (name) => {
    const startedMs = performance.now();
    await job(name);
    return performance.now() - startedMs;
  });
}

/** What entering takes is taken off: only ip's own work is compared. */
function byIp(batch: string): Promise<number> {
  return cleanedUp(() => {
    const enteredMs = nskitOnce(['exec', NAME, 'true']);
    return nskitOnce(['exec', NAME, 'ip', '-batch', batch]) - enteredMs;
  });
}

/**
 * The kernel takes a namespace with all its devices down in the background, and whoever comes next
 * would wait for its locks: so wait until a device has gone whose other end was in there.
 */
async function cleanedUp(job: (name: Name) => number | Promise<number>): Promise<number> {
  await using watcher = await namespaces.add(`${NAME}-watcher`);
  const took = await (async () => {
    await using name = await namespaces.add(NAME);
    await watcher.links.addVeth('watched', { peer: { name: 'watching', namespace: name } });
    return await job(name);
  })();
  const changes = watcher.monitor({ nouns: ['link'] });
  const present = await watcher.links.list({ kind: 'veth' });
  if (present.length > 0) {
    for await (const change of changes) {
      if (change.noun === 'link' && change.change === 'delete') break;
    }
  }
  await changes.return();
  return took;
}
