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

async function inFreshName(
  job: (name: Awaited<ReturnType<typeof namespaces.add>>) => Promise<void>,
): Promise<number> {
  await using name = await namespaces.add(NAME);
  const startedMs = performance.now();
  await job(name);
  return performance.now() - startedMs;
}

/** What entering takes is taken off: only ip's own work is compared. */
async function byIp(batch: string): Promise<number> {
  await using _name = await namespaces.add(NAME);
  const enteredMs = nskitOnce(['exec', NAME, 'true']);
  return nskitOnce(['exec', NAME, 'ip', '-batch', batch]) - enteredMs;
}
