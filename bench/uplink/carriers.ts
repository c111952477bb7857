/**
 * The ways out of a namespace that are compared: nskit in both ways of receiving, slirp4netns, pasta,
 * and for the ceiling none at all. Each has a namespace of its own, whose gateway is this loopback.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Namespaces, createNamespaces, type Child } from '../../src/namespaces/index.js';
import { startUplink } from '../../test/support/uplink.js';
import { outputIn } from './place.js';

export interface Carrier extends AsyncDisposable {
  readonly name: string;
  /** Where clients run. */
  readonly place: Namespaces;
  /** The host's loopback, as seen from there. */
  readonly gateway: string;
  /** Whose work and memory the carrying is; none of raw loopback. */
  readonly pid: number | undefined;
}

export const LOOPBACK = 'raw loopback';
export const NSKIT = 'nskit';

const GATEWAY = '10.0.2.2';

/** All of them, for one MTU; slirp4netns and pasta are left out where they are not installed. */
export async function startCarriers(mtu: number): Promise<Carrier[]> {
  const own = new Namespaces([]);
  const loopback = { place: own, gateway: '127.0.0.1', pid: undefined };
  const peers = await Promise.all([startSlirp(mtu), startPasta({ mtu })]);
  return [
    { name: LOOPBACK, ...loopback, [Symbol.asyncDispose]: () => Promise.resolve() },
    await startNskit(NSKIT, { mtu, streams: 'peek' }),
    await startNskit('nskit, ring', { mtu, streams: 'ring' }),
    ...peers.filter((peer) => peer !== undefined),
  ];
}

async function startNskit(
  name: string,
  options: { mtu: number; streams: 'peek' | 'ring' },
): Promise<Carrier> {
  const { namespaces: place, pid, ...uplink } = await startUplink(options);
  const end = uplink[Symbol.asyncDispose];
  return { name, place, gateway: GATEWAY, pid, [Symbol.asyncDispose]: end };
}

/** `api`: the path of its control socket. */
export function startSlirp(mtu: number, api?: string): Promise<Carrier | undefined> {
  return startPeer('slirp4netns', (pid) => [
    'slirp4netns',
    ...(api === undefined ? [] : [`--api-socket=${api}`]),
    ...['--configure', `--mtu=${mtu}`, '--ready-fd=3', String(pid), 'tap0'],
  ]);
}

export interface PastaOptions {
  readonly mtu: number;
  /** `ADDRESS/FIRST-LAST`: TCP ports of the host's that lead inside; none when not said. */
  readonly publish?: string | undefined;
  /** TCP ports of the host's loopback that are reached on the namespace's; none when not said. */
  readonly hostPorts?: readonly number[] | undefined;
}

export function startPasta({
  mtu,
  publish = 'none',
  hostPorts = [],
}: PastaOptions): Promise<Carrier | undefined> {
  const spliced = hostPorts.length === 0 ? 'none' : hostPorts.join(',');
  return startPeer('pasta', (pid) => [
    'pasta',
    ...['--foreground', '--quiet', '--config-net', '-I', 'tap0', '-m', String(mtu), '-4'],
    ...['-a', '10.0.2.100', '-n', '24', '-g', GATEWAY],
    ...['-t', publish, '-u', 'none', '-T', spliced, '-U', 'none', String(pid)],
  ]);
}

/** They find the namespace by a process in it. */
async function startPeer(
  name: string,
  argv: (pid: number) => string[],
): Promise<Carrier | undefined> {
  const place = await createNamespaces({ kinds: ['user', 'net'] });
  const holder = await place.spawnAsync(['cat'], { stdio: ['pipe', 'ignore', 'inherit'] });
  const end = async (): Promise<void> => {
    holder.stdin?.end();
    await holder.exit;
    await place[Symbol.asyncDispose]();
  };
  const [file = '', ...args] = argv(holder.pid);
  const peer = spawn(file, args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const isThere = await new Promise((resolve) => {
    peer.once('error', () => resolve(false)).once('spawn', () => resolve(true));
  });
  const { pid } = peer;
  if (isThere !== true || pid === undefined) {
    await end();
    return undefined;
  }
  const died = once(peer, 'exit').then(() => {
    throw new Error(`${name} ended before the namespace had a default route`);
  });
  const { monitor, ready } = await defaultRoute(place);
  try {
    await Promise.race([ready, died]);
  } catch (error) {
    await end();
    throw error;
  } finally {
    monitor.kill();
    await monitor.exit;
  }
  return {
    ...{ name, place, gateway: GATEWAY, pid },
    [Symbol.asyncDispose]: async () => {
      await endPeer(peer);
      await end();
    },
  };
}

/** pasta does not say when it is ready; its route does. */
async function defaultRoute(place: Namespaces): Promise<{ monitor: Child; ready: Promise<void> }> {
  const monitor = await place.spawnAsync(['ip', 'monitor', 'route'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface(monitor.stdout as NonNullable<Child['stdout']>);
  const isThere = async (): Promise<boolean> =>
    (await outputIn(place, ['ip', 'route', 'show', 'default'])) !== '';
  const wait = async (): Promise<void> => {
    while (!(await isThere())) await once(lines, 'line');
  };
  return { monitor, ready: wait() };
}

async function endPeer(peer: ChildProcess): Promise<void> {
  const ended = once(peer, 'exit');
  peer.kill();
  await ended;
}

/** USER_HZ: what /proc counts in, on every architecture that nskit runs on. */
const TICKS_PER_SECOND = 100;

/** Processor time that a process has taken so far, in seconds. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // Behind the name, which may hold anything: state is the first, utime the twelfth.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

const PAGE_BYTES = 4096;

/** Resident, in bytes. */
export function memoryBytes(pid: number): number {
  return PAGE_BYTES * Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
}
