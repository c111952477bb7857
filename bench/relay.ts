/**
 * Connections that are passed on from a namespace to the host, by `nskit forward` and its peers. socat
 * enters no namespace, so it relays on the host alone; the ceiling is no relay at all.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { namespaces } from '../src/index.js';
import { Namespaces } from '../src/namespaces/index.js';
import { nskitPath, start } from '../test/support/nskit.js';
import type { Group, Ratio, Settings } from './measure.js';
import { startPasta } from './uplink/carriers.js';
import { client, roundTrips, startClientServer } from './uplink/rates.js';
import { outputIn, type Place } from './uplink/place.js';
import { roundsOf, secondsOf } from './uplink/rounds.js';
import { Samples } from './uplink/samples.js';
import { runIperf, startIperfServer } from './uplink/throughput.js';

const OURS = 'nskit forward';
const CEILING = 'raw loopback';
const PEERS = ['pasta -T', 'socat'];

/** What lies between clients and the servers on the host's loopback. */
interface Between extends AsyncDisposable {
  readonly name: string;
  /** Where clients run, and connect to 127.0.0.1. */
  readonly place: Place;
  /** Where a server's port is found there. */
  readonly port: (ofServer: number) => number;
}

export async function measureRelay(settings: Settings): Promise<Group[]> {
  await using iperf = await startIperfServer();
  await using servers = await startClientServer();
  const [echo, answer] = [Number(servers.echo), Number(servers.answer)];
  await using started = await startAll([iperf.port, echo, answer]);
  const samples = { speeds: new Samples(), trips: new Samples(), connections: new Samples() };
  const seconds = secondsOf(settings);
  for (let round = 0; round < roundsOf(settings); round++) {
    for (const way of ['up', 'down'] as const) {
      for (const { name, place, port } of started.all) {
        const where = { place, gateway: '127.0.0.1', pid: undefined };
        const run = { port: port(iperf.port), seconds, way, count: 1 };
        const { gigabits } = await runIperf(where, run);
        samples.speeds.add(`${name}, ${way}`, 'Gbit/s', gigabits);
      }
    }
    for (const { name, place, port } of started.all) {
      const where = { name, place, gateway: '127.0.0.1' };
      await roundTrips(where, String(port(echo)), seconds, samples.trips);
    }
    for (const { name, place, port } of started.all) {
      const argv = client('connections', '127.0.0.1', String(port(answer)), seconds);
      samples.connections.add(name, '/s', Number(await outputIn(place, argv)));
    }
  }
  return groups(samples);
}

interface Taken {
  readonly speeds: Samples;
  readonly trips: Samples;
  readonly connections: Samples;
}

function groups({ speeds, trips, connections }: Taken): Group[] {
  return [
    {
      title: 'A stream through a relay, from a namespace to the host (up) and back',
      figures: speeds.figures(),
      ratios: ['up', 'down'].flatMap((way) => against(speeds, `, ${way}`)),
    },
    {
      title: 'Round trips of one byte through a relay',
      figures: trips.figures(),
      ratios: against(trips),
    },
    {
      title: 'Connections through a relay: connect, a byte to and fro, end',
      figures: connections.figures(),
      ratios: against(connections),
    },
  ];
}

function against(samples: Samples, suffix = ''): Ratio[] {
  return [...PEERS, CEILING].flatMap((peer) =>
    samples.against(`${OURS}${suffix}`, [`${peer}${suffix}`]),
  );
}

interface Started extends AsyncDisposable {
  readonly all: readonly Between[];
}

async function startAll(ports: readonly number[]): Promise<Started> {
  const starters = [startNothing, startForwards, startPastaSplice, startSocat];
  const all: Between[] = [];
  const end = async (): Promise<void> => {
    for (const each of all) await each[Symbol.asyncDispose]();
  };
  try {
    for (const starter of starters) {
      const started = await starter(ports);
      if (started !== undefined) all.push(started);
    }
  } catch (error) {
    await end();
    throw error;
  }
  return { all, [Symbol.asyncDispose]: end };
}

const same = (port: number): number => port;

function startNothing(): Promise<Between> {
  const place = new Namespaces([]);
  const end = (): Promise<void> => Promise.resolve();
  return Promise.resolve({ name: CEILING, place, port: same, [Symbol.asyncDispose]: end });
}

/** A process for each port, as whoever uses the command has it. */
async function startForwards(ports: readonly number[]): Promise<Between> {
  const place = await namespaces.add('bench-relay');
  const running = await Promise.all(
    ports.map((port) => {
      const words = ['bench-relay', 'host'].map((end) => `${end}:tcp:127.0.0.1:${port}`);
      return start(nskitPath, ['forward', ...words]);
    }),
  );
  return {
    ...{ name: OURS, place, port: same },
    [Symbol.asyncDispose]: async () => {
      for (const each of running) await each[Symbol.asyncDispose]();
      await place[Symbol.asyncDispose]();
    },
  };
}

async function startPastaSplice(ports: readonly number[]): Promise<Between | undefined> {
  const pasta = await startPasta({ mtu: 65_520, hostPorts: ports });
  if (pasta === undefined) return undefined;
  const end = (): PromiseLike<void> => pasta[Symbol.asyncDispose]();
  return { name: 'pasta -T', place: pasta.place, port: same, [Symbol.asyncDispose]: end };
}

/** Away from the servers' own ports, which it shares the loopback with. */
const SOCAT_OFFSET = -9000;

/** Left out where it is not installed. */
async function startSocat(ports: readonly number[]): Promise<Between | undefined> {
  if (spawnSync('socat', ['-V'], { stdio: 'ignore' }).error !== undefined) return undefined;
  const port = (ofServer: number): number => ofServer + SOCAT_OFFSET;
  const running = await Promise.all(ports.map((each) => socat(port(each), each)));
  return {
    ...{ name: 'socat', place: new Namespaces([]), port },
    [Symbol.asyncDispose]: async () => {
      for (const each of running) {
        each.kill();
        await once(each, 'exit');
      }
    },
  };
}

async function socat(from: number, to: number): Promise<ChildProcess> {
  const listen = `TCP-LISTEN:${from},bind=127.0.0.1,reuseaddr,fork,nodelay`;
  const argv = ['-d', '-d', listen, `TCP:127.0.0.1:${to},nodelay`];
  const child = spawn('socat', argv, { stdio: ['ignore', 'ignore', 'pipe'] });
  // Its first words: where it listens. The others would fill the pipe.
  await once(child.stderr, 'data');
  child.stderr.resume();
  return child;
}
