/** Sockets opened inside and used from outside: what opening costs, and what serving costs. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net, { type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { host, namespaces, type SocketPool, type Sockets } from '../src/index.js';
import {
  interleaved,
  medianOf,
  timesFaster,
  type Contender,
  type Group,
  type Settings,
} from './measure.js';

const kinds = ['user', 'net'] as const;

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

/**
 * The peer starts nsenter to run a program that does nothing: whoever opens a listener that way
 * needs a helper as well, and a way to get the socket out of it.
 */
export async function measureListen({ iterations }: Settings): Promise<Group> {
  await using name = await namespaces.add('bench-listen');
  await using held = await namespaces.create({ kinds });
  const [user, network] = kinds.map((kind) => `/proc/${process.pid}/fd/${held.get(kind).fd}`);
  const enter = ['--preserve-credentials', `--user=${user}`, `--net=${network}`, 'true'];
  const peer = 'child_process.spawn nsenter -U -n true, no socket yet';
  const open = async (place: Pick<Sockets, 'listen'>): Promise<void> => {
    (await place.listen({ host: '127.0.0.1', port: 80 }))[Symbol.dispose]();
  };
  const figures = await interleaved(
    [
      timed(peer, () => once(spawn('nsenter', enter, { stdio: 'ignore' }), 'exit')),
      timed('listen in held namespaces', () => open(held)),
      timed('listen in a name', () => open(name)),
    ],
    iterations,
  );
  const slow = medianOf(figures, peer);
  const against = (which: string, atLeast: number) =>
    timesFaster(`${which} against nsenter`, [slow, medianOf(figures, which)], atLeast);
  return {
    title: 'Opening a listener inside, from warm Node',
    figures: [...figures.values()],
    ratios: [against('listen in held namespaces', 4), against('listen in a name', 2)],
  };
}

/** Connecting, closing: each by a visit of its own, or out of a pool. */
export async function measureConnect({ iterations }: Settings): Promise<Group> {
  await using held = await namespaces.create({ kinds });
  const listener = await held.listen({ port: 0 });
  const server = net.createServer((socket) => socket.end()).listen(listener);
  using pool = held.pool();
  const where = { host: '127.0.0.1', port: listener.port ?? 0 };
  const connect = async (from: Pick<SocketPool, 'connect'>): Promise<void> => {
    const socket = await from.connect(where);
    socket.resume();
    await once(socket, 'close');
  };
  const outside = net.createServer((socket) => socket.end()).listen(0, '127.0.0.1');
  await once(outside, 'listening');
  const { port } = outside.address() as net.AddressInfo;
  const figures = await interleaved(
    [
      timed('net.connect on the host', async () => {
        await once(net.connect(port, '127.0.0.1').resume(), 'close');
      }),
      timed('connect inside', () => connect(held)),
      timed('connect inside, from a pool', () => connect(pool)),
    ],
    iterations,
  );
  for (const each of [server, outside]) each.close();
  const plain = medianOf(figures, 'net.connect on the host');
  return {
    title: 'A connection made inside, to its end',
    figures: [...figures.values()],
    ratios: ['connect inside', 'connect inside, from a pool'].map((which) =>
      timesFaster(`${which}: speed against the host`, [plain, medianOf(figures, which)]),
    ),
  };
}

const MEGABYTES = 512;
const chunk = Buffer.alloc(1 << 20);

/** Reads to the end and prints how many milliseconds that took. */
const reader = `
import socket, sys, time
buffer = bytearray(1 << 20)
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
start = time.monotonic()
count = 0
while True:
    n = s.recv_into(buffer)
    if not n: break
    count += n
assert count == int(sys.argv[2]) << 20, count
print((time.monotonic() - start) * 1000)`;

/** The same server and the same client, on loopback of the host and across. */
export async function measureThroughput({ iterations }: Settings): Promise<Group> {
  await using held = await namespaces.create({ kinds });
  const inside = await serveInside(held);
  const outside = await serveInside(host);
  const argv = (port: number): string[] => ['-c', reader, String(port), String(MEGABYTES)];
  const loopback = `loopback of the host, ${MEGABYTES} MB`;
  const across = `a client inside, served from outside, ${MEGABYTES} MB`;
  const figures = await interleaved(
    [
      {
        name: loopback,
        run: async () => Number(await text(spawn('python3', argv(outside.port)).stdout)),
      },
      {
        name: across,
        run: async () => {
          const client = held.spawn(['python3', ...argv(inside.port)], {
            stdio: ['ignore', 'pipe', 'inherit'],
          });
          const took = client.stdout === null ? '' : await text(client.stdout);
          await client.exit;
          return Number(took);
        },
      },
    ],
    Math.max(5, Math.ceil(iterations / 20)),
  );
  for (const { server } of [inside, outside]) server.close();
  const medians: [number, number] = [medianOf(figures, loopback), medianOf(figures, across)];
  return {
    title: 'Throughput of a listener inside that is served from outside',
    figures: [...figures.values()],
    ratios: [timesFaster('throughput against raw loopback', medians, 0.9)],
  };
}

async function serveInside(
  place: Pick<Sockets, 'listen'>,
): Promise<{ server: net.Server; port: number }> {
  const listener = await place.listen({ host: '127.0.0.1', port: 0 });
  const port = listener.port ?? 0;
  return { server: net.createServer(pour).listen(listener), port };
}

function pour(socket: Socket): void {
  let left = MEGABYTES;
  const more = (): void => {
    while (left > 0) {
      left -= 1;
      if (!socket.write(chunk)) return;
    }
    socket.end();
  };
  socket.on('drain', more);
  more();
}
