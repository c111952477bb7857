/** Small things, many of them: round trips, connections, datagrams. */
import { join } from 'node:path';
import { packageFolder } from '../../src/index.js';
import { start, type Running } from '../../test/support/nskit.js';
import type { Group, Settings } from '../measure.js';
import { LOOPBACK, NSKIT, startCarriers, type Carrier } from './carriers.js';
import { outputIn, type Place } from './place.js';
import { roundsOf, secondsOf } from './rounds.js';
import { Samples } from './samples.js';
import { iperfEnd, startIperfServer } from './throughput.js';

const MTU = 65_520;
const DATAGRAM_BYTES = 1400;
const PEERS = ['slirp4netns', 'pasta'];

const clients = ['python3', join(packageFolder(), 'bench/uplink/clients.py')];

export interface ClientServer extends AsyncDisposable {
  readonly echo: string;
  readonly answer: string;
  readonly hold: string;
}

export async function startClientServer(): Promise<ClientServer> {
  const [file = '', ...args] = clients;
  const server: Running = await start(file, [...args, 'serve']);
  const [echo = '', answer = '', hold = ''] = server.firstLine.split(' ');
  return {
    ...{ echo, answer, hold },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

export function client(what: string, gateway: string, port: string, amount: number): string[] {
  return [...clients, what, gateway, port, String(amount)];
}

export async function measureRates(settings: Settings): Promise<Group[]> {
  await using server = await startClientServer();
  await using iperf = await startIperfServer();
  const carriers = await startCarriers(MTU);
  const samples = { trips: new Samples(), connections: new Samples(), datagrams: new Samples() };
  const seconds = secondsOf(settings);
  try {
    for (let round = 0; round < roundsOf(settings); round++) {
      for (const carrier of carriers) {
        await roundTrips(carrier, server.echo, seconds, samples.trips);
      }
      for (const { name, place, gateway } of carriers) {
        const argv = client('connections', gateway, server.answer, seconds);
        samples.connections.add(name, '/s', Number(await outputIn(place, argv)));
      }
      for (const way of ['up', 'down'] as const) {
        for (const carrier of carriers) {
          const rate = await datagrams(carrier, way, { port: iperf.port, seconds });
          samples.datagrams.add(`${carrier.name}, ${way}`, 'kpackets/s', rate / 1000);
        }
      }
    }
  } finally {
    for (const carrier of carriers) await carrier[Symbol.asyncDispose]();
  }
  const { trips, connections, datagrams: sent } = samples;
  return [
    {
      title: 'Round trips of one byte',
      figures: trips.figures(),
      ratios: trips.against(NSKIT, PEERS, 1),
    },
    {
      title: 'Connections: connect, a byte to and fro, end',
      figures: connections.figures(),
      ratios: connections.against(NSKIT, PEERS, 1),
    },
    {
      title: `Datagrams of ${DATAGRAM_BYTES} bytes that arrive`,
      figures: sent.figures(),
      ratios: ['up', 'down'].flatMap((way) =>
        sent.against(
          `${NSKIT}, ${way}`,
          PEERS.map((peer) => `${peer}, ${way}`),
          1.2,
        ),
      ),
    },
  ];
}

export interface Way {
  readonly name: string;
  readonly place: Place;
  readonly gateway: string;
}

export async function roundTrips(
  { name, place, gateway }: Way,
  port: string,
  seconds: number,
  samples: Samples,
): Promise<void> {
  const argv = client('round-trips', gateway, port, seconds);
  const [rate = 0, microseconds = 0] = (await outputIn(place, argv)).split(' ').map(Number);
  samples.add(name, '/s', rate);
  samples.add(`${name}, one of them`, 'µs', microseconds);
}

interface Sums {
  readonly packets: number;
  readonly lost_packets: number;
  readonly seconds: number;
}

async function datagrams(
  { name, place, gateway }: Carrier,
  way: 'up' | 'down',
  { port, seconds }: { port: number; seconds: number },
): Promise<number> {
  const how = ['-u', '-b', '0', '-l', `${DATAGRAM_BYTES}`, ...(way === 'down' ? ['-R'] : [])];
  const argv = ['-c', gateway, '-p', `${port}`, '-t', `${seconds}`, ...how];
  const { sum } = (await iperfEnd(place, argv)) as { readonly sum: Sums };
  const { packets, lost_packets: lost, seconds: took } = sum;
  if (name !== LOOPBACK || packets > 0) return (packets - lost) / took;
  throw new Error('iperf3 sent nothing');
}
