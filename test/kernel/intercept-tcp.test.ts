/** `intercept`: TCP connections that leave a namespace. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type net from 'node:net';
import { text } from 'node:stream/consumers';
import { after, afterEach, before, describe, test } from 'node:test';
import type { InterceptedFlow, NamedNamespace } from '../../src/index.js';
import { addresses, makeIntercepted, type Intercepted } from '../support/intercepted.js';
import { turn } from '../support/lab.js';
import { echo, echoed } from '../support/relay.js';

let scene: Intercepted;
let inside: NamedNamespace;
before(async () => {
  scene = await makeIntercepted('intercept');
  inside = scene.inside;
});
after(async () => {
  await scene[Symbol.asyncDispose]();
});
afterEach(async () => {
  await scene.finish();
});

async function client(host: string, port: number): Promise<net.Socket> {
  return await inside.connect({ host, port, allowHalfOpen: true });
}

for (const [family, host] of Object.entries(addresses)) {
  describe(`by ${family}, a destination`, () => {
    test('that answers, in another namespace', async () => {
      const port = await scene.serve(host, echo);
      const seen: InterceptedFlow[] = [];
      await scene.intercept((flow) => {
        seen.push(flow);
        return flow.connect({ in: scene.internet });
      });
      const socket = await client(host, port);
      const { localPort } = socket;
      assert.equal(await echoed(socket, 'there and back'), 'there and back');
      const [flow = assert.fail()] = seen;
      assert.deepEqual([flow.protocol, flow.destination], ['tcp', { address: host, port }]);
      assert.equal(flow.source.port, localPort);
      assert.equal(seen.length, 1);
    });

    test('that the handler puts somewhere else', async () => {
      const port = await scene.serve(host, (socket) => socket.end('elsewhere'));
      await scene.intercept((flow) => flow.connect({ in: scene.internet, host, port }));
      assert.equal(await text(await client(host, 80)), 'elsewhere');
    });

    test('that refuses', async () => {
      const refused: unknown[] = [];
      await scene.intercept((flow) => flow.connect({ in: scene.internet }), {
        onRefused: (_, reason) => refused.push((reason as NodeJS.ErrnoException).code),
      });
      await assert.rejects(client(host, 9), { code: 'ECONNREFUSED', address: host, port: 9 });
      assert.deepEqual(refused, ['ECONNREFUSED']);
    });

    test('that cannot be reached', async () => {
      await scene.intercept((flow) => {
        const elsewhere = family === 'IPv4' ? '198.51.100.1' : '2001:db8:1::1';
        return flow.connect({ in: scene.internet, host: elsewhere });
      });
      await assert.rejects(client(host, 80), { code: 'ENETUNREACH' });
    });

    test('that is silent', async () => {
      const silent = new AbortController();
      let seen: () => void;
      const asked = new Promise<void>((resolve) => (seen = resolve));
      await scene.intercept((flow) => {
        if (flow.destination.port !== 81) return flow.handle((socket) => socket.end('hello'));
        seen();
        return flow.refuse('timeout');
      });
      const waiting = inside.connect({ host, port: 81, signal: silent.signal });
      await asked;
      assert.equal(await text(await client(host, 80)), 'hello');
      silent.abort();
      await assert.rejects(waiting, { name: 'AbortError' });
    });

    test('that this program answers for', async () => {
      await scene.intercept((flow) =>
        flow.handle((socket) => {
          const { localAddress, localPort } = socket;
          socket.end(`${localAddress} ${localPort}`);
        }),
      );
      assert.equal(await text(await client(host, 443)), `${host} 443`);
    });

    test('that another program answers for', async () => {
      await scene.intercept((flow) =>
        flow.take((descriptor) => {
          const cat = spawn('cat', { stdio: [descriptor.fd, descriptor.fd, 'inherit'] });
          descriptor[Symbol.dispose]();
          cat.unref();
        }),
      );
      assert.equal(await echoed(await client(host, 7), 'by cat'), 'by cat');
    });

    test('that nobody has, and so nobody can listen on', async () => {
      await scene.intercept(() => undefined);
      await assert.rejects(inside.listen({ host, port: 0 }), { code: 'EADDRNOTAVAIL' });
    });
  });
}

const refusals = {
  refused: 'ECONNREFUSED',
  unreachable: 'EHOSTUNREACH',
} as const;
for (const [said, code] of Object.entries(refusals)) {
  test(`refused by the handler: ${said}`, async () => {
    await scene.intercept((flow) => flow.refuse(said as keyof typeof refusals));
    for (const host of Object.values(addresses)) {
      await assert.rejects(client(host, 80), { code });
    }
  });
}

test('a handler that throws, or gives no verdict: unreachable, and reported', async () => {
  const errors: unknown[] = [];
  await scene.intercept(
    (flow) => {
      if (flow.destination.port === 80) throw new Error('of the handler');
      return { verdict: 'perhaps' } as never;
    },
    { onError: (error) => errors.push(error) },
  );
  for (const port of [80, 81]) {
    await assert.rejects(client(addresses.IPv4, port), { code: 'EHOSTUNREACH' });
  }
  assert.deepEqual(
    errors.map((error) => (error as Error).name),
    ['Error', 'TypeError'],
  );
});

test('a handler may take its time: nobody is let in before', async () => {
  let decide: (flow: InterceptedFlow) => void;
  const asked = new Promise<InterceptedFlow>((resolve) => (decide = resolve));
  let answer: () => void = () => undefined;
  const decided = new Promise<void>((resolve) => (answer = resolve));
  await scene.intercept(async (flow) => {
    decide(flow);
    await decided;
    return flow.handle((socket) => socket.end('at last'));
  });
  let isConnected = false;
  const connecting = client(addresses.IPv4, 80).then((socket) => {
    isConnected = true;
    return socket;
  });
  await asked;
  await turn();
  assert.equal(isConnected, false);
  answer();
  assert.equal(await text(await connecting), 'at last');
});

test('loopback is left alone', async () => {
  let asked = 0;
  await scene.intercept(() => {
    asked++;
    return undefined;
  });
  for (const host of ['127.0.0.1', '127.9.9.9', '::1']) {
    await assert.rejects(client(host, 9), { code: 'ECONNREFUSED' });
    const listener = await inside.listen({ host, port: 0 });
    const { port = 0 } = listener;
    (await client(host, port)).destroy();
    listener[Symbol.dispose]();
  }
  assert.equal(asked, 0);
});

test('large transfers both ways, each direction ending by itself', async () => {
  const port = await scene.serve(addresses.IPv4, echo);
  await scene.intercept((flow) => flow.connect({ in: scene.internet }));
  const socket = await client(addresses.IPv4, port);
  const said = 'abcdefg'.repeat(1 << 20);
  assert.equal(await echoed(socket, said), said);
});

test('many at once', async () => {
  const port = await scene.serve(addresses.IPv4, echo);
  const interception = await scene.intercept((flow) => flow.connect({ in: scene.internet }));
  using pool = inside.pool();
  const flows = Array.from({ length: 200 }, async (_, i) => {
    const where = { host: addresses.IPv4, port, allowHalfOpen: true };
    return await echoed(await pool.connect(where), String(i));
  });
  const said = await Promise.all(flows);
  assert.deepEqual(
    said,
    Array.from({ length: 200 }, (_, i) => String(i)),
  );
  await turn();
  assert.equal(interception.open, 0);
});

test('an open connection is reset when the interception ends', async () => {
  const port = await scene.serve(addresses.IPv4, echo);
  const interception = await scene.intercept((flow) => flow.connect({ in: scene.internet }));
  const socket = await client(addresses.IPv4, port);
  socket.write('x');
  await once(socket, 'data');
  const ended = once(socket, 'error');
  await interception.close();
  assert.equal(((await ended) as [NodeJS.ErrnoException])[0].code, 'ECONNRESET');
});
