/** `relay` of UDP: a session for each client. */
import assert from 'node:assert/strict';
import type dgram from 'node:dgram';
import { once } from 'node:events';
import { after, afterEach, before, describe, test } from 'node:test';
import {
  host,
  relay,
  type NamedNamespace,
  type Relay,
  type RelayInternetEnd,
  type RelayOptions,
  type Sockets,
} from '../../src/index.js';
import { makeLab, turn, type Lab } from '../support/lab.js';

let lab: Lab;
let inside: NamedNamespace;
before(async () => {
  lab = await makeLab('relayudp');
  inside = lab.name;
});
after(async () => {
  await lab[Symbol.asyncDispose]();
});

const sockets: dgram.Socket[] = [];
const relays: Relay[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.close();
  for (const made of relays.splice(0)) await made[Symbol.asyncDispose]();
  await turn();
});

/** Answers each datagram with the port it came from and what it said. */
async function serve(where = { host: '127.0.0.1', port: 0 }): Promise<number> {
  const server = await inside.datagram(where);
  sockets.push(server);
  server.on('message', (said, { port, address }) => {
    server.send(`${port} ${said.length} ${String(said).slice(0, 20)}`, port, address);
  });
  return server.address().port;
}

type More = Partial<Omit<RelayOptions, 'from'>> & { readonly from?: Partial<RelayInternetEnd> };

async function joined(to: number, more: More = {}) {
  const { from = { in: host, host: '127.0.0.1' }, ...options } = more;
  const made = await relay({
    from: { port: 0, in: host, ...from, protocol: 'udp' },
    to: { in: inside, protocol: 'udp', port: to },
    ...options,
  });
  relays.push(made);
  const { port } = made.address as { port: number };
  return { made, port };
}

/** Connected, so that it hears only the address that it talks to. */
async function client(
  port: number,
  address = '127.0.0.1',
  place: Pick<Sockets, 'datagram'> = host,
) {
  const family = address.includes(':') ? '::' : '0.0.0.0';
  const socket = await place.datagram({ host: family });
  sockets.push(socket);
  socket.connect(port, address);
  await once(socket, 'connect');
  return async (said: string | Uint8Array): Promise<string> => {
    socket.send(said);
    const [answer] = (await once(socket, 'message')) as [Buffer];
    return String(answer);
  };
}

const portOf = (answer: string): string => answer.split(' ')[0] ?? '';

describe('a client', () => {
  test('is one session, and another client another', async () => {
    const { made, port } = await joined(await serve());
    const [a, b] = [await client(port), await client(port)];
    const [first, second, third] = [await a('a'), await b('b'), await a('again')];
    assert.equal(portOf(first), portOf(third));
    assert.notEqual(portOf(first), portOf(second));
    const { open, total, refused, bytesToTarget } = made.counters;
    assert.deepEqual([open, total, refused, bytesToTarget], [2, 2, 0, 7]);
  });

  test('that is idle is forgotten, and is a new one when it comes back', async () => {
    let now = 0;
    const { made, port } = await joined(await serve(), { idleMs: 60_000, now: () => now });
    const [a, b, c] = [await client(port), await client(port), await client(port)];
    const first = await a('a');
    now = 40_000;
    const kept = await b('b');
    now = 70_000;
    // Whoever is new is the occasion to look.
    await c('c');
    assert.equal(made.counters.open, 2);
    assert.equal(portOf(await b('b')), portOf(kept));
    assert.notEqual(portOf(await a('a')), portOf(first));
    assert.deepEqual([made.counters.open, made.counters.total], [3, 4]);
  });

  test('gets its answers from the address that it talks to', async () => {
    const { port } = await joined(await serve(), { from: { in: inside } });
    const seen = new Set<string>();
    for (const address of ['127.0.0.1', '127.0.0.5', '::1']) {
      const ask = await client(port, address, inside);
      seen.add(portOf(await ask(address)));
    }
    assert.equal(seen.size, 3);
    const { port: ipv4 } = await joined(await serve(), { from: { in: inside, host: '0.0.0.0' } });
    assert.match(await (await client(ipv4, '127.0.0.7', inside))('seven'), /seven/);
  });
});

test('a datagram of any length is one datagram', async () => {
  const { port } = await joined(await serve());
  const ask = await client(port);
  assert.match(await ask(new Uint8Array()), /^\d+ 0 $/);
  assert.match(await ask(new Uint8Array(65_507).fill(97)), /^\d+ 65507 a{20}$/);
});

test('a burst before there is a session arrives in order', async () => {
  const server = await inside.datagram({ host: '127.0.0.1' });
  sockets.push(server);
  const { port } = await joined(server.address().port);
  const socket = await host.datagram({ host: '127.0.0.1' });
  sockets.push(socket);
  for (let i = 0; i < 10; i++) socket.send(String(i), port, '127.0.0.1');
  const heard: string[] = [];
  while (heard.length < 10) heard.push(String(((await once(server, 'message')) as [Buffer])[0]));
  assert.equal(heard.join(''), '0123456789');
});

test('nobody at the other end is silence; once somebody is there, there are answers', async () => {
  const probe = await inside.datagram({ host: '127.0.0.1' });
  const { port: later } = probe.address();
  probe.close();
  await turn();
  const { made, port } = await joined(later);
  const socket = await host.datagram({ host: '127.0.0.1' });
  sockets.push(socket);
  socket.send('lost', port, '127.0.0.1');
  while (made.counters.bytesToTarget === 0) await turn();
  await turn();
  const server = await serve({ host: '127.0.0.1', port: later });
  assert.equal(server, later);
  const answer = once(socket, 'message');
  socket.send('found', port, '127.0.0.1');
  assert.match(String(((await answer) as [Buffer])[0]), /found$/);
});

test('IPv6 at both ends', async () => {
  const port = await serve({ host: '::1', port: 0 });
  const made = await relay({
    from: { in: host, protocol: 'udp', host: '::1', port: 0 },
    to: { in: inside, protocol: 'udp', host: '::1', port },
  });
  relays.push(made);
  const ask = await client((made.address as { port: number }).port, '::1');
  assert.match(await ask('six'), /six$/);
});

test('a target that is no address is refused, and counted', async () => {
  let why: (reason: unknown) => void;
  const reason = new Promise((resolve) => (why = resolve));
  const { made, port } = await joined(1, {
    to: { in: inside, protocol: 'udp', host: 'no-such-host.invalid', port: 53 },
    onRefused: (error) => {
      why(error);
    },
  });
  const socket = await host.datagram({ host: '127.0.0.1' });
  sockets.push(socket);
  socket.send('x', port, '127.0.0.1');
  assert.match(String(((await reason) as NodeJS.ErrnoException).code), /ENOTFOUND|EAI_AGAIN/);
  assert.deepEqual([made.counters.open, made.counters.refused], [0, 1]);
});
