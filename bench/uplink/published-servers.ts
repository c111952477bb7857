/**
 * Servers behind published ports, each way of publishing with a namespace of its own and an address of
 * the host's loopback of its own, and for the ceiling servers on the host.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { packageFolder } from '../../src/index.js';
import { Namespaces } from '../../src/namespaces/index.js';
import { startUplink } from '../../test/support/uplink.js';
import { LOOPBACK, NSKIT, startPasta, startSlirp } from './carriers.js';
import type { Place } from './place.js';
import { startShared } from './shared.js';

/** The same on both sides. */
export const INSIDE = { iperf: 5201, echo: 5202, answer: 5203 } as const;

export interface PublishedServers extends AsyncDisposable {
  readonly name: string;
  /** Of the host's. */
  readonly address: string;
}

const MTU = 65_520;
const addressOf = (i: number): string => `127.90.${process.pid & 0xff}.${i}`;
const words = (address: string): string[] =>
  Object.values(INSIDE).map((port) => `${address}:${port}:${port}`);

/** Adds what starts; those that are not installed are left out. */
export async function startPublished(all: PublishedServers[]): Promise<void> {
  const starters = [onLoopback, byNskit, byShared, bySlirp, byRootlesskit, byPasta];
  for (const [i, start] of starters.entries()) {
    const started = await start(addressOf(i + 1));
    if (started !== undefined) all.push(started);
  }
}

async function onLoopback(address: string): Promise<PublishedServers> {
  const servers = await serveIn(new Namespaces([]), address);
  return { name: LOOPBACK, address, [Symbol.asyncDispose]: servers };
}

async function byNskit(address: string): Promise<PublishedServers> {
  const uplink = await startUplink({ publish: words(address) });
  return behind(NSKIT, address, { place: uplink.namespaces, carrier: uplink });
}

async function byShared(address: string): Promise<PublishedServers> {
  const shared = await startShared('bench-published', { publish: words(address) });
  return behind(shared.name, address, { place: shared.place, carrier: shared });
}

async function byPasta(address: string): Promise<PublishedServers | undefined> {
  const pasta = await startPasta({ mtu: MTU, publish: `${address}/5201-5203` });
  return pasta && (await behind('pasta', address, { place: pasta.place, carrier: pasta }));
}

async function bySlirp(address: string): Promise<PublishedServers | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'nskit-bench-slirp-'));
  const api = join(folder, 'api');
  const slirp = await startSlirp(MTU, api);
  const clean = (): void => rmSync(folder, { recursive: true, force: true });
  if (slirp === undefined) {
    clean();
    return undefined;
  }
  for (const port of Object.values(INSIDE)) await forward(api, address, port);
  const servers = await behind('slirp4netns', address, { place: slirp.place, carrier: slirp });
  const end = async (): Promise<void> => {
    await servers[Symbol.asyncDispose]();
    clean();
  };
  return { ...servers, [Symbol.asyncDispose]: end };
}

/** One order a connection, as slirp4netns(1) has it. */
async function forward(api: string, address: string, port: number): Promise<void> {
  const ends = { host_addr: address, host_port: port, guest_addr: '10.0.2.100', guest_port: port };
  const socket = net.connect(api);
  socket.end(JSON.stringify({ execute: 'add_hostfwd', arguments: { proto: 'tcp', ...ends } }));
  const answer = await text(socket);
  if (!answer.includes('return')) throw new Error(`slirp4netns: ${answer}`);
}

/** It makes its namespaces itself, and runs what it is told inside. */
async function byRootlesskit(address: string): Promise<PublishedServers | undefined> {
  const ports = words(address).flatMap((word) => ['-p', `${word}/tcp`]);
  const how = [
    '--net=slirp4netns',
    `--mtu=${MTU}`,
    '--disable-host-loopback',
    '--port-driver=builtin',
  ];
  const script = `iperf3 -s -p ${INSIDE.iperf} >/dev/null & exec ${clients.join(' ')}`;
  const argv = ['rootlesskit', ...how, ...ports, 'sh', '-c', script];
  try {
    const end = await startServer(new Namespaces([]), argv, 'SIGTERM');
    await untilReached(address);
    return { name: 'rootlesskit, builtin', address, [Symbol.asyncDispose]: end };
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return undefined;
    throw error;
  }
}

const clients = [
  ...['python3', join(packageFolder(), 'bench/uplink/clients.py'), 'serve', '0.0.0.0'],
  String(INSIDE.echo),
];

interface Behind {
  readonly place: Place;
  readonly carrier: AsyncDisposable;
}

async function behind(
  name: string,
  address: string,
  { place, carrier }: Behind,
): Promise<PublishedServers> {
  const servers = await serveIn(place, '0.0.0.0');
  const end = async (): Promise<void> => {
    await servers();
    await carrier[Symbol.asyncDispose]();
  };
  return { name, address, [Symbol.asyncDispose]: end };
}

async function serveIn(place: Place, address: string): Promise<() => Promise<void>> {
  const argv = ['iperf3', '-s', '-B', address, '-p', String(INSIDE.iperf), '--forceflush'];
  const ends = [await startServer(place, argv)];
  const own = clients.map((word) => (word === '0.0.0.0' ? address : word));
  ends.push(await startServer(place, own));
  return async () => {
    for (const end of ends) await end();
  };
}

/** It says something when it is ready. */
async function startServer(
  place: Place,
  argv: readonly string[],
  signal: NodeJS.Signals = 'SIGKILL',
): Promise<() => Promise<void>> {
  const server = await place.spawnAsync(argv, { stdio: ['ignore', 'pipe', 'ignore'] });
  if (server.stdout === null) throw new Error('no output');
  await once(server.stdout, 'data');
  return async () => {
    server.kill(signal);
    await server.exit;
  };
}

/** rootlesskit opens its ports beside starting the program. */
async function untilReached(address: string): Promise<void> {
  for (;;) {
    const socket = net.connect(INSIDE.answer, address);
    const isThere = await new Promise((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    if (isThere === true) return;
  }
}
