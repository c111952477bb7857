/** Ports of the host's that lead into a namespace: how fast, and how many connections. */
import { Namespaces } from '../../src/namespaces/index.js';
import type { Group, Ratio, Settings } from '../measure.js';
import { LOOPBACK, NSKIT } from './carriers.js';
import { outputIn } from './place.js';
import { INSIDE, startPublished, type PublishedServers } from './published-servers.js';
import { client } from './rates.js';
import { roundsOf, secondsOf } from './rounds.js';
import { Samples } from './samples.js';
import { runIperf } from './throughput.js';

const PEERS = ['slirp4netns', 'rootlesskit, builtin', 'pasta'];

export async function measurePublished(settings: Settings): Promise<Group[]> {
  const place = new Namespaces([]);
  const [speeds, connections] = [new Samples(), new Samples()];
  const seconds = secondsOf(settings);
  const all: PublishedServers[] = [];
  try {
    await startPublished(all);
    for (let round = 0; round < roundsOf(settings); round++) {
      for (const way of ['up', 'down'] as const) {
        for (const { name, address } of all) {
          const through = { place, gateway: address, pid: undefined };
          const run = { port: INSIDE.iperf, seconds, way, count: 1 };
          speeds.add(`${name}, ${way}`, 'Gbit/s', (await runIperf(through, run)).gigabits);
        }
      }
      for (const { name, address } of all) {
        const argv = client('connections', address, String(INSIDE.answer), seconds);
        connections.add(name, '/s', Number(await outputIn(place, argv)));
      }
    }
  } finally {
    for (const each of all) await each[Symbol.asyncDispose]();
  }
  return [
    {
      title: 'A stream through a published port, into the namespace (up) and back',
      figures: speeds.figures(),
      ratios: ['up', 'down'].flatMap((way) => against(speeds, `, ${way}`)),
    },
    {
      title: 'Connections to a published port: connect, a byte to and fro, end',
      figures: connections.figures(),
      ratios: against(connections),
    },
  ];
}

function against(samples: Samples, suffix = ''): Ratio[] {
  return [...PEERS, LOOPBACK].flatMap((peer) => samples.against(NSKIT + suffix, [peer + suffix]));
}
