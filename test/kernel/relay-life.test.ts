/** How a relay ends, and what it refuses to begin with. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, afterEach, before, describe, test } from 'node:test';
import {
  host,
  namespaces,
  relay,
  type NamedNamespace,
  type RelayEnd,
  type RelayOptions,
} from '../../src/index.js';
import { makeLab, type Lab } from '../support/lab.js';
import { closeAll, echo, echoed, endOf, joined, loopback, serve } from '../support/relay.js';

let lab: Lab;
let inside: NamedNamespace;
before(async () => {
  lab = await makeLab('relaylife');
  inside = lab.name;
});
after(async () => {
  await lab[Symbol.asyncDispose]();
});
afterEach(closeAll);

describe('closing', () => {
  test('lets nobody in, and waits for those who are', async () => {
    const server = await serve(inside, echo);
    const { made, port } = await joined({ in: host, ...loopback }, { in: inside, port: server });
    const client = await host.connect({ port, allowHalfOpen: true });
    client.write('before ');
    await once(client, 'readable');
    const closed = made.close();
    await assert.rejects(host.connect({ host: '127.0.0.1', port }), { code: 'ECONNREFUSED' });
    assert.equal(made.counters.open, 1);
    assert.equal(await echoed(client, 'and after'), 'before and after');
    await closed;
    assert.equal(made.counters.open, 0);
  });

  test('a connection that was waiting to be accepted is still relayed', async () => {
    const server = await serve(inside, echo);
    const { made, port } = await joined({ in: host, ...loopback }, { in: inside, port: server });
    const client = await host.connect({ port, allowHalfOpen: true });
    const closed = made.close();
    assert.equal(await echoed(client, 'late'), 'late');
    await closed;
  });

  test('with an aborted signal cuts what is open', async () => {
    const server = await serve(inside, echo);
    const { made, port } = await joined({ in: host, ...loopback }, { in: inside, port: server });
    const client = await host.connect({ port });
    client.write('x');
    await once(client, 'data');
    const controller = new AbortController();
    const closed = made.close({ signal: controller.signal });
    const ended = endOf(client);
    controller.abort();
    await closed;
    assert.equal(await ended, 'ECONNRESET');
  });

  test('gives up a target that does not answer', async () => {
    // A listener whose queue is full drops further SYNs.
    using silent = await inside.listen({ host: '127.0.0.1', port: 0, backlog: 0 });
    const full = await inside.connect({ port: silent.port ?? 0 });
    const { made, port } = await joined(
      { in: host, ...loopback },
      { in: inside, host: '127.0.0.1', port: silent.port ?? 0 },
    );
    const client = await host.connect({ port });
    const ended = endOf(client);
    await made[Symbol.asyncDispose]();
    assert.equal(await ended, 'ECONNRESET');
    full.destroy();
  });
});

test('a name that is deleted meanwhile: connections go on, no new ones can be made', async () => {
  const gone = await namespaces.add('gone');
  const server = await serve(gone, echo);
  const { made, port } = await joined({ in: host, ...loopback }, { in: gone, port: server });
  const client = await host.connect({ port, allowHalfOpen: true });
  client.write('before ');
  await once(client, 'readable');
  await gone.delete();
  assert.equal(await echoed(client, 'and after'), 'before and after');
  await assert.rejects(relay({ from: { in: host, ...loopback }, to: { in: gone, port: 1 } }), {
    code: 'ERR_NAME_UNKNOWN',
  });
  await made.close();
});

describe('refused before anything is opened', () => {
  const ends: Record<string, [Partial<RelayEnd>, Partial<RelayEnd>, RegExp]> = {
    'UDP to TCP': [{ protocol: 'udp', port: 0 }, { port: 80 }, /UDP at both ends/],
    'TCP to UDP': [{ port: 0 }, { protocol: 'udp', port: 80 }, /UDP at both ends/],
    'a port out of range': [{ port: 65536 }, { port: 80 }, /a port is a whole number/],
    'a target port out of range': [{ port: 0 }, { port: -1 }, /a port is a whole number/],
    'a name to listen on': [{ host: 'example.test', port: 0 }, { port: 80 }, /no IP address/],
    'a long path': [{ path: `/${'p'.repeat(108)}` }, { port: 80 }, /at most 107 bytes/],
    'a long target path': [{ port: 0 }, { path: `/${'p'.repeat(108)}` }, /at most 107 bytes/],
  };
  for (const [what, [from, to, message]] of Object.entries(ends)) {
    test(what, async () => {
      const options = { from: { in: host, ...from }, to: { in: inside, ...to } };
      await assert.rejects(relay(options as RelayOptions), { code: 'ERR_USAGE', message });
    });
  }

  test('a port that is taken', async () => {
    using taken = await host.listen(loopback);
    const from = { in: host, host: '127.0.0.1', port: taken.port ?? 0 };
    await assert.rejects(relay({ from, to: { in: inside, port: 80 } }), { code: 'EADDRINUSE' });
  });
});
