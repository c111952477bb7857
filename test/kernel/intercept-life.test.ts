/** How an interception begins and ends, and what it leaves. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { after, afterEach, before, describe, test } from 'node:test';
import { host, intercept, namespaces, nft, Network, type NamedNamespace } from '../../src/index.js';
import { addresses, makeIntercepted, type Intercepted } from '../support/intercepted.js';
import { output } from '../support/network.js';
import { nskit, nskitPath } from '../support/nskit.js';
import { echoed } from '../support/relay.js';

let scene: Intercepted;
let inside: NamedNamespace;
before(async () => {
  scene = await makeIntercepted('interceptlife');
  inside = scene.inside;
});
after(async () => {
  await scene[Symbol.asyncDispose]();
});
afterEach(async () => {
  await scene.finish();
});

/** All that an interception changes, in the words of others. */
async function state(): Promise<string> {
  const script = `
    export PATH="$PATH:/usr/sbin"
    for f in -4 -6; do ip $f rule; ip $f route show table all; ip $f -o addr show lo; done
    nft list ruleset
    cat /proc/sys/net/ipv4/conf/lo/accept_local`;
  return await output(inside, 'sh', '-c', script);
}

test('when it ends the namespace is as it was', async () => {
  const before = await state();
  const interception = await scene.intercept(() => undefined);
  const during = await state();
  for (const part of ['nskit-intercept', 'lookup 28267', '10.0.2.100', 'fd00::100', 'tproxy']) {
    assert.ok(during.includes(part), during);
  }
  await interception.close();
  assert.equal(await state(), before);
});

test('the packet filter reads, in the words of nft, as it is meant', async () => {
  await scene.intercept(() => undefined, { families: ['inet'] });
  const said = await output(inside, 'sh', '-c', 'PATH="$PATH:/usr/sbin" nft list ruleset');
  const rules = said.split('\n').map((line) => line.trim().replace(/:\d+ accept$/, ':PORT accept'));
  for (const rule of [
    'flags owner',
    'type filter hook output priority mangle; policy accept;',
    'oif != "lo" accept',
    'meta mark set meta mark | 0x10000000',
    'type filter hook prerouting priority mangle; policy accept;',
    'iif != "lo" accept',
    'meta mark & 0x10000000 == 0x00000000 accept',
    'meta l4proto tcp meta mark & 0x20000000 == 0x00000000 drop',
    'meta l4proto tcp tproxy to 127.0.0.1:PORT accept',
    'meta l4proto udp tproxy to 127.0.0.1:PORT accept',
    'meta mark & 0x20000000 == 0x00000000 drop',
  ]) {
    assert.ok(rules.includes(rule), `${rule}\n${said}`);
  }
});

test('a setting that was there before is put back', async () => {
  const set = (value: string): Promise<string> =>
    output(inside, 'sh', '-c', `echo ${value} > /proc/sys/net/ipv4/conf/lo/accept_local`);
  await set('1');
  await (await scene.intercept(() => undefined)).close();
  assert.match(await state(), /\n1\n$/);
  await set('0');
});

test('there is one at a time', async () => {
  const first = await scene.intercept((flow) => flow.refuse());
  await assert.rejects(
    scene.intercept(() => undefined),
    { code: 'ERR_INTERCEPTED' },
  );
  await assert.rejects(inside.connect({ host: addresses.IPv4, port: 80 }), {
    code: 'ECONNREFUSED',
  });
  await first.close();
  await scene.intercept((flow) => flow.refuse('unreachable'));
  await assert.rejects(inside.connect({ host: addresses.IPv4, port: 80 }), {
    code: 'EHOSTUNREACH',
  });
});

test('of a family that is not intercepted there is no route at all', async () => {
  await scene.intercept((flow) => flow.handle((socket) => socket.end('four')), {
    families: ['inet'],
  });
  const socket = await inside.connect({ host: addresses.IPv4, port: 80 });
  assert.equal(await text(socket), 'four');
  await assert.rejects(inside.connect({ host: addresses.IPv6, port: 80 }), {
    code: 'ENETUNREACH',
  });
});

test('without a word the families are those of the host', async () => {
  const routes = await host.routes.list({ table: 'all' });
  const has = (family: 'inet' | 'inet6'): boolean =>
    routes.some((route) => route.family === family && route.destination === 'default');
  const found = (['inet', 'inet6'] as const).filter(has);
  const { families } = await scene.intercept(() => undefined, { families: undefined });
  assert.deepEqual(families, found.length > 0 ? found : ['inet', 'inet6']);
  host[Symbol.dispose]();
});

test('networks of devices go their own way, default routes do not', async () => {
  await inside.links.addVeth('v0', { peer: { name: 'v1', namespace: scene.internet } });
  await inside.addresses.add('192.0.2.1/24', { device: 'v0' });
  await scene.internet.addresses.add('192.0.2.2/24', { device: 'v1' });
  await inside.links.up('v0');
  await scene.internet.links.up('v1');
  await inside.routes.add('default', { via: '192.0.2.2' });
  const port = await scene.serve('192.0.2.2', (socket) => socket.end('by the wire'));
  await scene.intercept((flow) => flow.handle((socket) => socket.end('intercepted')));
  const wired = await inside.connect({ host: '192.0.2.2', port });
  assert.equal(await text(wired), 'by the wire');
  // Its own address on the device, too, which the kernel reaches by loopback.
  await assert.rejects(inside.connect({ host: '192.0.2.1', port: 9 }), { code: 'ECONNREFUSED' });
  const other = await inside.connect({ host: addresses.IPv4, port });
  assert.equal(await text(other), 'intercepted');
  await inside.links.delete('v0');
  scene.internet[Symbol.dispose]();
});

test('killed, it leaves nothing that the next one does not take over', async () => {
  const before = await state();
  const child = spawn(nskitPath, ['intercept', '-4', '-6', inside.name]);
  await once(child.stderr, 'data');
  child.kill('SIGKILL');
  await once(child, 'close');
  const left = await state();
  assert.ok(!left.includes('tproxy'), left);
  const interception = await scene.intercept((flow) => flow.handle((socket) => socket.end('new')));
  assert.equal(await text(await inside.connect({ host: addresses.IPv4, port: 80 })), 'new');
  await interception.close();
  assert.equal((await state()).replace(/\n1\n$/, '\n0\n'), before);
});

test('a name that is deleted meanwhile: closing is no error', async () => {
  const brief = await namespaces.add('brief');
  const interception = await intercept(brief, (flow) => flow.refuse(), { families: ['inet'] });
  await assert.rejects(brief.connect({ host: addresses.IPv4, port: 80 }), {
    code: 'ECONNREFUSED',
  });
  await brief.delete();
  await interception.close();
});

test('held namespaces', async () => {
  await using held = await namespaces.create({ kinds: ['user', 'net'] });
  const interception = await intercept(
    held,
    (flow) => flow.handle((socket) => socket.end('held')),
    { families: ['inet'] },
  );
  assert.equal(await text(await held.connect({ host: addresses.IPv4, port: 80 })), 'held');
  await interception.close();
});

test('one’s own network is refused', async () => {
  await assert.rejects(
    intercept(host, () => undefined),
    { code: 'ERR_USAGE', message: /own network/ },
  );
  host[Symbol.dispose]();
});

test('a filter that cannot be made leaves nothing', async () => {
  const before = await state();
  using network = new Network({ path: inside.path });
  using filter = new nft.NfTables(network.file);
  const chain = { hook: 'prerouting', priority: 0, rules: [[nft.verdict('drop')]] } as const;
  const bad = { ...chain, rules: [[{ name: 'no-such-expression', data: new Uint8Array() }]] };
  const table = { name: 'some', family: 2 };
  await assert.rejects(
    filter.add([
      { ...table, chains: [chain] },
      { ...table, name: 'b', chains: [bad] },
    ]),
    {
      code: 'ENOENT',
    },
  );
  assert.equal(await state(), before);
});

describe('nskit intercept', () => {
  async function start(...args: string[]) {
    const child = spawn(nskitPath, ['intercept', ...args]);
    const [ready] = (await once(child.stderr, 'data')) as [Buffer];
    return {
      ready: String(ready),
      child,
      end: async (): Promise<[number | null, string]> => {
        const said = text(child.stdout);
        child.kill('SIGTERM');
        const [status] = (await once(child, 'close')) as [number | null];
        return [status, await said];
      },
    };
  }

  test('prints each flow, and connects on', async () => {
    const { ready, child, end } = await start('-4', inside.name);
    assert.equal(ready, `nskit: intercepting IPv4 of ${inside.name}\n`);
    const controller = new AbortController();
    const { signal } = controller;
    // Whether anybody has that address, or there is a way to it, is the host's affair.
    const connecting = inside.connect({ host: addresses.IPv4, port: 9, signal });
    const over = assert.rejects(connecting);
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    assert.match(String(line), /^tcp 10\.0\.2\.100:\d+ -> 203\.0\.113\.5:9\n/);
    controller.abort();
    await over;
    assert.equal((await end())[0], 0);
  });

  test('gives each connection to a program', async () => {
    const script = 'echo "$NSKIT_ORIGINAL_DESTINATION"; exec cat';
    const { end } = await start('-4', '-6', inside.name, '--', 'sh', '-c', script);
    for (const [host, shown] of [
      [addresses.IPv4, '203.0.113.5:80'],
      [addresses.IPv6, '[2001:db8::5]:80'],
    ] as const) {
      const socket = await inside.connect({ host, port: 80, allowHalfOpen: true });
      assert.equal(await echoed(socket, 'hello'), `${shown}\nhello`);
    }
    assert.deepEqual(await end(), [0, '']);
  });

  test('a program that cannot be run: the connection ends, and why is said', async () => {
    const { child, end } = await start('-4', inside.name, '--', '/no/such/program');
    const said = once(child.stderr, 'data');
    const socket = await inside.connect({ host: addresses.IPv4, port: 80 });
    assert.equal(await text(socket), '');
    assert.match(String(((await said) as [Buffer])[0]), /nskit: .*no.such.program ENOENT/);
    assert.equal((await end())[0], 0);
  });

  test('ends with its namespace', async () => {
    await namespaces.add('brief');
    const { child } = await start('-4', 'brief');
    const said = text(child.stderr);
    const end = once(child, 'close');
    await namespaces.get('brief').delete();
    assert.deepEqual(await end, [1, null]);
    assert.match(await said, /the namespace brief was deleted/);
  });

  test('bad usage', () => {
    assert.equal(nskit(['intercept']).status, 2);
    assert.match(nskit(['intercept', 'nobody']).stderr, /no namespace nobody/);
    assert.match(nskit(['intercept', '--help']).stdout, /\nExamples:\n {2}nskit intercept /);
  });
});
