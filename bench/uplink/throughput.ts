/** Streams through the uplink and its peers, by iperf3: how fast, and what a gigabyte costs. */
import { start } from '../../test/support/nskit.js';
import type { Group, Ratio, Settings } from '../measure.js';
import { LOOPBACK, NSKIT, cpuSeconds, startCarriers } from './carriers.js';
import { outputIn, type Place } from './place.js';
import { roundsOf, secondsOf } from './rounds.js';
import { Samples } from './samples.js';

/** Up: from the namespace to the host. */
const ways = { up: [], down: ['-R'] } as const;
type Way = keyof typeof ways;
const streams = [1, 8] as const;

/** Times as fast as slirp4netns, at least. */
const targets: Readonly<Record<number, Readonly<Record<Way, number>>>> = {
  65_520: { up: 3, down: 2 },
  1500: { up: 8, down: 5 },
};

export async function measureStreams(settings: Settings): Promise<Group[]> {
  const groups: Group[] = [];
  for (const mtu of [65_520, 1500]) groups.push(...(await measureMtu(mtu, settings)));
  return groups;
}

async function measureMtu(mtu: number, settings: Settings): Promise<Group[]> {
  await using server = await startIperfServer();
  const carriers = await startCarriers(mtu);
  const speeds = new Samples();
  const costs = new Samples();
  try {
    for (let round = 0; round < roundsOf(settings); round++) {
      for (const way of ['up', 'down'] as const) {
        for (const count of streams) {
          for (const carrier of carriers) {
            const name = nameOf(carrier.name, way, count);
            const run = { port: server.port, seconds: secondsOf(settings), way, count };
            const { gigabits, cpuPerGigabyte } = await runIperf(carrier, run);
            speeds.add(name, 'Gbit/s', gigabits);
            if (cpuPerGigabyte !== undefined) costs.add(name, 's/GB', cpuPerGigabyte);
          }
        }
      }
    }
  } finally {
    for (const carrier of carriers) await carrier[Symbol.asyncDispose]();
  }
  return [
    { title: `TCP streams, MTU ${mtu}`, figures: speeds.figures(), ratios: ratios(speeds, mtu) },
    { title: `Processor time of a gigabyte, MTU ${mtu}`, figures: costs.figures(), ratios: [] },
  ];
}

function nameOf(carrier: string, way: Way, count: number): string {
  return `${carrier}, ${way}, ${count === 1 ? 'one stream' : `${count} streams`}`;
}

function ratios(speeds: Samples, mtu: number): Ratio[] {
  return (['up', 'down'] as const).flatMap((way) => {
    const one = (carrier: string): string => nameOf(carrier, way, 1);
    const pasta = way === 'down' && mtu === 65_520 ? 1.2 : undefined;
    return [
      ...speeds.against(one(NSKIT), [one('slirp4netns')], targets[mtu]?.[way]),
      ...speeds.against(one(NSKIT), [one('pasta')], pasta),
      ...speeds.against(one(NSKIT), [one(LOOPBACK)]),
      ...speeds.against(one('nskit, ring'), [one('slirp4netns')]),
    ];
  });
}

interface Server extends AsyncDisposable {
  readonly port: number;
}

export async function startIperfServer(): Promise<Server> {
  const port = 20_000 + (process.pid % 10_000);
  const server = await start('iperf3', ['-s', '-B', '127.0.0.1', '-p', `${port}`, '--forceflush']);
  // Nobody reads what it says of each second; a full pipe would stop it.
  void (async () => {
    while ((await server.nextLine()) !== undefined);
  })();
  const end = server[Symbol.asyncDispose].bind(server);
  return { port, [Symbol.asyncDispose]: end };
}

interface Run {
  readonly port: number;
  readonly seconds: number;
  readonly way: Way;
  readonly count: number;
}

interface StreamsEnd {
  readonly sum_received: { readonly bytes: number; readonly bits_per_second: number };
}

/** Through what; `pid`: whose processor time counts. */
interface Through {
  readonly place: Place;
  readonly gateway: string;
  readonly pid: number | undefined;
}

/** What a client says of its end; again while the server is still ending the run before. */
export async function iperfEnd(place: Place, argv: readonly string[]): Promise<unknown> {
  for (;;) {
    const text = await outputIn(place, ['iperf3', '-J', ...argv]);
    // With an error it ends well all the same.
    const { error, end } = JSON.parse(text) as { error?: string; end: unknown };
    if (error === undefined) return end;
    if (!error.includes('busy')) throw new Error(`iperf3: ${error}`);
  }
}

export async function runIperf(
  { place, gateway, pid }: Through,
  { port, seconds, way, count }: Run,
): Promise<{ gigabits: number; cpuPerGigabyte: number | undefined }> {
  const before = pid === undefined ? 0 : cpuSeconds(pid);
  const where = ['-c', gateway, '-p', `${port}`];
  const argv = [...where, '-t', `${seconds}`, '-P', `${count}`, ...ways[way]];
  const { sum_received: received } = (await iperfEnd(place, argv)) as StreamsEnd;
  const { bytes, bits_per_second: bits } = received;
  const spent = pid === undefined ? undefined : cpuSeconds(pid) - before;
  return {
    gigabits: bits / 1e9,
    cpuPerGigabyte: spent === undefined ? undefined : spent / (bytes / 1e9),
  };
}
