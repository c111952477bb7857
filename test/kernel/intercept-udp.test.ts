/** `intercept`: UDP that leaves a namespace. */
import assert from 'node:assert/strict';
import type dgram from 'node:dgram';
import { once } from 'node:events';
import { after, afterEach, before, describe, test } from 'node:test';
import type { InterceptedDatagrams, InterceptedFlow, NamedNamespace } from '../../src/index.js';
import { addresses, makeIntercepted, type Intercepted } from '../support/intercepted.js';

let scene: Intercepted;
let inside: NamedNamespace;
before(async () => {
  scene = await makeIntercepted('interceptudp');
  inside = scene.inside;
});
after(async () => {
  await scene[Symbol.asyncDispose]();
});

const sockets: dgram.Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.close();
  await scene.finish();
});

/** In the other namespace: answers with the port that it hears from, and what it heard. */
async function serve(host: string): Promise<number> {
  const server = await scene.internet.datagram({ host });
  sockets.push(server);
  server.on('message', (said, { port, address }) => {
    server.send(`${port} ${String(said)}`, port, address);
  });
  return server.address().port;
}

/** Connected: it hears nobody but the destination. */
async function client(host: string, port: number): Promise<dgram.Socket> {
  const socket = await inside.datagram({ host: host.includes(':') ? '::' : '0.0.0.0' });
  sockets.push(socket);
  socket.connect(port, host);
  await once(socket, 'connect');
  return socket;
}

async function ask(socket: dgram.Socket, said: string | Uint8Array): Promise<string> {
  socket.send(said);
  const [answer] = (await once(socket, 'message')) as [Buffer];
  return String(answer);
}

const portOf = (answer: string): string => answer.split(' ')[0] ?? '';

for (const [family, host] of Object.entries(addresses)) {
  describe(`by ${family}`, () => {
    test('a program and a destination are one flow, with one port', async () => {
      const port = await serve(host);
      const seen: InterceptedFlow[] = [];
      const interception = await scene.intercept((flow) => {
        seen.push(flow);
        return flow.connect({ in: scene.internet });
      });
      const [a, b] = [await client(host, port), await client(host, port)];
      const first = await ask(a, 'a');
      assert.match(first, / a$/);
      assert.equal(portOf(await ask(a, 'again')), portOf(first));
      assert.notEqual(portOf(await ask(b, 'b')), portOf(first));
      assert.deepEqual(
        seen.map(({ protocol, destination }) => [protocol, destination]),
        [
          ['udp', { address: host, port }],
          ['udp', { address: host, port }],
        ],
      );
      assert.equal(seen[0]?.source.port, a.address().port);
      assert.equal(interception.open, 2);
    });

    test('this program answers, from the address that was asked', async () => {
      await scene.intercept((flow) =>
        flow.handleDatagrams((datagrams) => {
          datagrams.on('message', (said) => datagrams.send(said));
        }),
      );
      assert.equal(await ask(await client(host, 53), 'query'), 'query');
      const large = 'x'.repeat(60_000);
      assert.equal(await ask(await client(host, 53), large), large);
    });

    test('refused by the other end: as a closed port looks', async () => {
      await scene.intercept((flow) => flow.connect({ in: scene.internet }));
      await refused(await client(host, 9));
    });

    test('refused by the handler', async () => {
      await scene.intercept((flow) => flow.refuse());
      await refused(await client(host, 80));
    });

    test('a socket that is not connected talks to several destinations', async () => {
      await scene.intercept((flow) =>
        flow.handleDatagrams((datagrams) => {
          const { port } = flow.destination;
          datagrams.on('message', () => datagrams.send(Buffer.from(`from ${port}`)));
        }),
      );
      const socket = await inside.datagram({ host: host.includes(':') ? '::' : '0.0.0.0' });
      sockets.push(socket);
      for (const port of [1000, 1001]) {
        socket.send('?', port, host);
        const [said, from] = (await once(socket, 'message')) as [Buffer, dgram.RemoteInfo];
        assert.deepEqual([String(said), from.address, from.port], [`from ${port}`, host, port]);
      }
    });
  });
}

async function refused(socket: dgram.Socket): Promise<void> {
  socket.send('x');
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
  assert.equal(error.code, 'ECONNREFUSED');
}

test('what is idle is forgotten, and its handler told', async () => {
  let now = 0;
  const closed: string[] = [];
  const interception = await scene.intercept(
    (flow) =>
      flow.handleDatagrams((datagrams) => {
        datagrams.on('message', (said) => datagrams.send(said));
        datagrams.on('close', () => closed.push(flow.destination.address));
      }),
    { idleMs: 60_000, now: () => now },
  );
  await ask(await client(addresses.IPv4, 53), 'first');
  now = 61_000;
  await ask(await client(addresses.IPv6, 53), 'second');
  assert.deepEqual(closed, [addresses.IPv4]);
  assert.equal(interception.open, 1);
});

test('a handler that closes has a new flow next time', async () => {
  const flows: InterceptedDatagrams[] = [];
  await scene.intercept((flow) =>
    flow.handleDatagrams((datagrams) => {
      flows.push(datagrams);
      datagrams.on('message', (said) => {
        datagrams.send(said);
        datagrams.close();
      });
    }),
  );
  const socket = await client(addresses.IPv4, 53);
  assert.equal(await ask(socket, 'one'), 'one');
  assert.equal(await ask(socket, 'two'), 'two');
  assert.equal(flows.length, 2);
});

test('a burst before the handler has decided arrives in order', async () => {
  await scene.intercept(async (flow) => {
    await Promise.resolve();
    return flow.handleDatagrams((datagrams) => {
      datagrams.on('message', (said) => datagrams.send(said));
    });
  });
  const socket = await client(addresses.IPv4, 53);
  for (let i = 0; i < 8; i++) socket.send(String(i));
  const heard: string[] = [];
  while (heard.length < 8) heard.push(String(((await once(socket, 'message')) as [Buffer])[0]));
  assert.equal(heard.join(''), '01234567');
});

test('loopback is left alone', async () => {
  let asked = 0;
  await scene.intercept(() => {
    asked++;
    return undefined;
  });
  const server = await inside.datagram({ host: '127.0.0.1' });
  sockets.push(server);
  server.on('message', (said, { port, address }) => server.send(said, port, address));
  assert.equal(await ask(await client('127.0.0.1', server.address().port), 'near'), 'near');
  assert.equal(asked, 0);
});
