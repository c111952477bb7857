/** `relay` of TCP and Unix sockets, between any two places. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type net from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, afterEach, before, describe, test } from 'node:test';
import { host, namespaces, type NamedNamespace } from '../../src/index.js';
import { makeLab, turn, type Lab } from '../support/lab.js';
import {
  closeAll,
  echo,
  echoed,
  endOf,
  joined,
  loopback,
  serve,
  type Place,
} from '../support/relay.js';

let lab: Lab;
let inside: NamedNamespace;
before(async () => {
  lab = await makeLab('relay');
  inside = lab.name;
});
after(async () => {
  await lab[Symbol.asyncDispose]();
});
afterEach(closeAll);

describe('between', () => {
  const places: Record<string, () => Promise<[Place, Place]>> = {
    'the host and a name': () => Promise.resolve([host, inside]),
    'a name and the host': () => Promise.resolve([inside, host]),
    'the host and itself': () => Promise.resolve([host, host]),
    'a name and held namespaces': async () => [
      inside,
      await namespaces.create({ kinds: ['user', 'net'] }),
    ],
  };
  for (const [what, make] of Object.entries(places)) {
    test(what, async () => {
      const [from, to] = await make();
      const server = await serve(to, echo);
      const { made, port } = await joined({ in: from, ...loopback }, { in: to, port: server });
      const client = await from.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      assert.equal(await echoed(client, 'across'), 'across');
      await made.close();
      assert.deepEqual(made.counters, {
        ...{ open: 0, total: 1, refused: 0 },
        ...{ bytesToTarget: 6, bytesToClient: 6 },
      });
      if (Symbol.dispose in to && to !== host && to !== inside) {
        (to as Disposable)[Symbol.dispose]();
      }
    });
  }

  test('a Unix socket and TCP, and back', async () => {
    const path = join(lab.folder, 'relay.sock');
    const server = await serve(inside, echo);
    const first = await joined({ in: host, path }, { in: inside, port: server });
    const second = await joined({ in: inside, ...loopback }, { in: host, path });
    const client = await inside.connect({ port: second.port, allowHalfOpen: true });
    assert.equal(await echoed(client, 'through both'), 'through both');
    await first.made.close();
    assert.equal(existsSync(path), false, 'the file that it made is gone');
  });

  test('abstract Unix sockets, which belong to the network namespace', async () => {
    await serve(inside, echo, { path: '\0relayed' });
    await joined({ in: host, path: '\0outer' }, { in: inside, path: '\0relayed' });
    const client = await host.connect({ path: '\0outer', allowHalfOpen: true });
    assert.equal(await echoed(client, 'abstract'), 'abstract');
  });

  test('IPv6, and localhost that is only there', async () => {
    const server = await serve(inside, echo, { host: '::1', port: 0 });
    const { port } = await joined({ in: host, host: '::1', port: 0 }, { in: inside, port: server });
    const client = await host.connect({ host: '::1', port, allowHalfOpen: true });
    assert.equal(await echoed(client, 'six'), 'six');
  });

  test('all addresses when none is said', async () => {
    const server = await serve(host, echo);
    const { port } = await joined({ in: inside, port: 0 }, { in: host, port: server });
    for (const address of ['127.0.0.1', '127.9.9.9', '::1']) {
      const client = await inside.connect({ host: address, port, allowHalfOpen: true });
      assert.equal(await echoed(client, address), address);
    }
  });
});

describe('a target that', () => {
  test('half-closes, and goes on listening', async () => {
    const server = await serve(inside, (socket) => {
      socket.end('that was all');
      socket.on('data', (data) => heard.push(String(data)));
      socket.on('end', () => heard.push('end'));
    });
    const heard: string[] = [];
    const { made, port } = await joined({ in: host, ...loopback }, { in: inside, port: server });
    const client = await host.connect({ port, allowHalfOpen: true });
    const [said] = (await once(client, 'data')) as [Buffer];
    assert.equal(String(said), 'that was all');
    await once(client, 'end');
    client.end('but I have more');
    await made.close();
    await turn();
    assert.deepEqual(heard, ['but I have more', 'end']);
  });

  test('resets', async () => {
    const server = await serve(inside, (socket) => {
      socket.once('data', () => socket.resetAndDestroy());
    });
    const { port } = await joined({ in: host, ...loopback }, { in: inside, port: server });
    const client = await host.connect({ port });
    client.write('x');
    assert.equal(await endOf(client), 'ECONNRESET');
  });

  test('is reset by its client', async () => {
    let onReset: (code: string) => void;
    const reset = new Promise<string>((resolve) => (onReset = resolve));
    const server = await serve(inside, (socket) => {
      void endOf(socket).then(onReset);
      socket.write('go');
    });
    const { port } = await joined({ in: host, ...loopback }, { in: inside, port: server });
    const client = await host.connect({ port });
    await once(client, 'data');
    client.resetAndDestroy();
    assert.equal(await reset, 'ECONNRESET');
  });

  test('talks to a client that half-closed and then left', async () => {
    let onReset: (code: string) => void;
    const reset = new Promise<string>((resolve) => (onReset = resolve));
    const server = await serve(inside, (socket) => {
      const talk = (): void => {
        if (socket.write('still there?')) setImmediate(talk);
        else socket.once('drain', talk);
      };
      socket.once('end', talk);
      void endOf(socket).then(onReset);
    });
    const { port } = await joined({ in: host, ...loopback }, { in: inside, port: server });
    const client = await host.connect({ port, allowHalfOpen: true });
    client.end();
    await once(client, 'data');
    client.destroy();
    assert.match(await reset, /^(ECONNRESET|EPIPE)$/);
  });

  test('answers and closes without listening to the end: the answer arrives', async () => {
    const server = await serve(inside, (socket) => {
      socket.pause();
      socket.once('readable', () => socket.end('too large', () => socket.destroy()));
    });
    const { port } = await joined({ in: host, ...loopback }, { in: inside, port: server });
    const client = await host.connect({ port });
    client.on('error', () => undefined);
    client.write(Buffer.alloc(1 << 20));
    const [said] = (await once(client, 'data')) as [Buffer];
    assert.equal(String(said), 'too large');
    client.destroy();
  });

  test('refuses: its client is reset, and counted', async () => {
    const refused: unknown[] = [];
    const onRefused = (reason: unknown): void => void refused.push(reason);
    const { made, port } = await joined(
      { in: host, ...loopback },
      { in: inside, host: '127.0.0.1', port: 9 },
      { onRefused },
    );
    assert.equal(await endOf(await host.connect({ port })), 'ECONNRESET');
    const { open, total, refused: count } = made.counters;
    assert.deepEqual([open, total, count], [0, 1, 1]);
    const [reason] = refused as [NodeJS.ErrnoException];
    assert.equal(reason.code, 'ECONNREFUSED');
  });

  test('is not there at all: a Unix path', async () => {
    const path = join(lab.folder, 'nobody.sock');
    const { port } = await joined({ in: inside, ...loopback }, { in: host, path });
    assert.equal(await endOf(await inside.connect({ port })), 'ECONNRESET');
  });

  test('stalls keeps only its own client waiting', async () => {
    const stalled: net.Socket[] = [];
    const sizeBytes = 48 << 20;
    const server = await serve(inside, (socket) => {
      socket.once('data', (first) => {
        if (first[0] !== 0) return void socket.end(first);
        socket.pause();
        socket.unshift(first);
        stalled.push(socket);
      });
    });
    const { made, port } = await joined({ in: host, ...loopback }, { in: inside, port: server });
    const slow = await host.connect({ port });
    slow.end(Buffer.alloc(sizeBytes));
    const quick = await host.connect({ port });
    assert.equal(await echoed(quick, 'quick'), 'quick');
    assert.equal(made.counters.open, 1);
    const [socket = assert.fail()] = stalled;
    let count = 0;
    for await (const chunk of socket) count += (chunk as Buffer).length;
    assert.equal(count, sizeBytes);
    slow.destroy();
  });
});

test('both directions at once, slow readers on both sides', async () => {
  const sizeBytes = 16 << 20;
  const server = await serve(inside, echo);
  const { port } = await joined({ in: host, ...loopback }, { in: inside, port: server });
  const client = await host.connect({ port, allowHalfOpen: true });
  client.end(Buffer.alloc(sizeBytes, 'abcdefg'));
  const said = await text(client);
  assert.equal(said.length, sizeBytes);
  assert.equal(said, 'abcdefg'.repeat(sizeBytes / 7 + 1).slice(0, sizeBytes));
});
