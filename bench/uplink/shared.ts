/** The same uplink in a process of its own and in the one that serves all names. */
import { namespaces, stateDirectory, type UplinkOptions } from '../../src/index.js';
import { lockHolderPid } from '../../src/namespaces/pause.js';
import { startUplink } from '../../test/support/uplink.js';
import type { Group, Settings } from '../measure.js';
import { outputIn, type Place } from './place.js';
import { client, roundTrips, startClientServer } from './rates.js';
import { roundsOf, secondsOf } from './rounds.js';
import { Samples } from './samples.js';
import { runIperf, startIperfServer } from './throughput.js';

const [PRIVATE, SHARED] = ['nskit', 'nskit, shared process'] as const;
const GATEWAY = '10.0.2.2';
/** No worse than this, of the private one. */
const AT_LEAST = 0.9;

export interface Carried extends AsyncDisposable {
  readonly name: string;
  readonly place: Place;
  readonly gateway: string;
  readonly pid: number | undefined;
}

/** A name with an uplink in the shared process. */
export async function startShared(name: string, options: UplinkOptions = {}): Promise<Carried> {
  const place = await namespaces.add(name, { uplink: { allowHostLoopback: true, ...options } });
  const pid = lockHolderPid(stateDirectory().uplinkLock);
  const end = (): Promise<void> => place.delete({ kill: true });
  return { name: SHARED, place, gateway: GATEWAY, pid, [Symbol.asyncDispose]: end };
}

export async function startPrivate(): Promise<Carried> {
  const { namespaces: place, pid, ...uplink } = await startUplink();
  const end = uplink[Symbol.asyncDispose];
  return { name: PRIVATE, place, gateway: GATEWAY, pid, [Symbol.asyncDispose]: end };
}

export async function measureShared(settings: Settings): Promise<Group[]> {
  await using server = await startClientServer();
  await using iperf = await startIperfServer();
  await using own = await startPrivate();
  await using shared = await startShared('bench-shared');
  const all = [own, shared];
  const [speeds, trips, connections] = [new Samples(), new Samples(), new Samples()];
  const seconds = secondsOf(settings);
  for (let round = 0; round < roundsOf(settings); round++) {
    for (const way of ['up', 'down'] as const) {
      for (const carried of all) {
        const run = { port: iperf.port, seconds, way, count: 1 };
        speeds.add(`${carried.name}, ${way}`, 'Gbit/s', (await runIperf(carried, run)).gigabits);
      }
    }
    for (const carried of all) await roundTrips(carried, server.echo, seconds, trips);
    for (const { name, place, gateway } of all) {
      const argv = client('connections', gateway, server.answer, seconds);
      connections.add(name, '/s', Number(await outputIn(place, argv)));
    }
  }
  const ratios = (samples: Samples, suffix = '') =>
    samples.against(SHARED + suffix, [PRIVATE + suffix], AT_LEAST);
  return [
    {
      title: 'TCP streams through the shared process, MTU 65520',
      figures: speeds.figures(),
      ratios: [...ratios(speeds, ', up'), ...ratios(speeds, ', down')],
    },
    {
      title: 'Round trips of one byte through the shared process',
      figures: trips.figures(),
      ratios: ratios(trips),
    },
    {
      title: 'Connections through the shared process: connect, a byte to and fro, end',
      figures: connections.figures(),
      ratios: ratios(connections),
    },
  ];
}
