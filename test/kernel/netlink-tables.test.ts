/** Addresses, routes, neighbours, rules and ids, compared with `ip -json` inside. */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import type { OwnedNamedNamespace } from '../../src/index.js';
import { clean, ip, makePair, output, type Listed, type Pair } from '../support/network.js';

let pair: Pair;
let a: OwnedNamedNamespace;
let b: OwnedNamedNamespace;
before(async () => {
  pair = await makePair();
  ({ a, b } = pair);
});
beforeEach(async () => {
  await a.links.addVeth('v0', { up: true, peer: { name: 'v1', namespace: b, up: true } });
});
afterEach(async () => {
  await clean(a);
});
after(async () => {
  await pair[Symbol.asyncDispose]();
});

function pick(from: Listed | undefined, ...keys: string[]): unknown[] {
  return keys.map((key) => from?.[key]);
}

describe('addresses', () => {
  async function byIp(family: string): Promise<Listed[]> {
    const [device] = await ip(a, family, 'address', 'show', 'dev', 'v0', 'scope', 'global');
    return (device?.['addr_info'] ?? []) as Listed[];
  }

  test('IPv4, with everything that can be said', async () => {
    await a.addresses.add('10.0.0.1/24', {
      ...{ device: 'v0', broadcast: '+', label: 'v0:x', metric: 50 },
      ...{ validSeconds: 300, preferredSeconds: 200 },
    });
    const [first] = await byIp('-4');
    assert.deepEqual(
      pick(first, 'local', 'prefixlen', 'broadcast', 'label', 'metric', 'dynamic', 'scope'),
      ['10.0.0.1', 24, '10.0.0.255', 'v0:x', 50, true, 'global'],
    );
    assert.ok(Number(first?.['valid_life_time']) > 290);
    const [ours] = await a.addresses.list({ device: 'v0', family: 'inet' });
    assert.deepEqual(
      [ours?.address, ours?.broadcast, ours?.label, ours?.scope, ours?.flags],
      ['10.0.0.1', '10.0.0.255', 'v0:x', 'global', []],
    );
  });

  test('IPv6 without looking for a duplicate; a point-to-point one', async () => {
    await a.addresses.add('fd00::1/64', { device: 'v0', nodad: true, noprefixroute: true });
    await a.addresses.add('10.1.0.1', { device: 'v0', peer: '10.1.0.2' });
    const [six] = await byIp('-6');
    assert.deepEqual(pick(six, 'local', 'prefixlen', 'nodad', 'noprefixroute'), [
      'fd00::1',
      64,
      true,
      true,
    ]);
    const [four] = await byIp('-4');
    assert.deepEqual(pick(four, 'local', 'address', 'prefixlen'), ['10.1.0.1', '10.1.0.2', 32]);
    const [ours] = await a.addresses.list({ device: 'v0', family: 'inet' });
    assert.equal(ours?.peer, '10.1.0.2');
  });

  test('replace, delete, flush', async () => {
    await a.addresses.add('10.0.0.1/24', { device: 'v0' });
    await a.addresses.replace('10.0.0.1/24', { device: 'v0', validSeconds: 100 });
    const [shorter] = await a.addresses.list({ device: 'v0', family: 'inet' });
    assert.ok((shorter?.validSeconds ?? Infinity) <= 100);
    await a.addresses.delete('10.0.0.1/24', { device: 'v0' });
    assert.deepEqual(await byIp('-4'), []);
    for (const address of ['10.0.0.1/24', '10.0.0.2/24', 'fd00::1/64']) {
      await a.addresses.add(address, { device: 'v0' });
    }
    await a.addresses.flush({ device: 'v0' });
    assert.deepEqual(await a.addresses.list({ device: 'v0' }), []);
  });

  test('of this host alone has the scope that ip gives it', async () => {
    await a.addresses.add('127.0.0.2/32', { device: 'lo' });
    const found = (await a.addresses.list()).find(({ address }) => address === '127.0.0.2');
    assert.equal(found?.scope, 'host');
    await a.addresses.delete('127.0.0.2/32', { device: 'lo' });
  });
});

describe('routes', () => {
  beforeEach(async () => {
    await a.addresses.add('10.0.0.1/24', { device: 'v0' });
    await a.addresses.add('fd00::1/64', { device: 'v0', nodad: true });
  });

  async function byIp(...words: string[]): Promise<Listed | undefined> {
    const [first] = await ip(a, ...words);
    return first;
  }

  test('by a gateway, with a source, a metric and metrics', async () => {
    await a.routes.add('default', {
      ...{ via: '10.0.0.2', source: '10.0.0.1', metric: 7, protocol: 'static' },
      metrics: { mtu: 1300, advmss: 1200 },
    });
    assert.deepEqual(
      pick(
        await byIp('route', 'show', 'default'),
        ...['dst', 'gateway', 'dev', 'prefsrc', 'metric', 'protocol', 'metrics'],
      ),
      ['default', '10.0.0.2', 'v0', '10.0.0.1', 7, 'static', [{ mtu: 1300, advmss: 1200 }]],
    );
    const found = (await a.routes.list({ family: 'inet' })).find(
      ({ destination }) => destination === 'default',
    );
    const { via, metric, metrics, scope } = found ?? {};
    assert.deepEqual(
      { via, metric, metrics, scope },
      { via: '10.0.0.2', metric: 7, metrics: { mtu: 1300, advmss: 1200 }, scope: 'global' },
    );
  });

  test('over more than one way', async () => {
    await a.routes.add('10.9.0.0/16', {
      nextHops: [
        { via: '10.0.0.2', weight: 3 },
        { via: '10.0.0.3', device: 'v0', weight: 1 },
      ],
    });
    const found = await byIp('route', 'show', '10.9.0.0/16');
    const hops = (found?.['nexthops'] as Listed[]).map((hop) => pick(hop, 'gateway', 'weight'));
    assert.deepEqual(hops, [
      ['10.0.0.2', 3],
      ['10.0.0.3', 1],
    ]);
    const ours = (await a.routes.list()).find(({ destination }) => destination === '10.9.0.0/16');
    assert.deepEqual(
      ours?.nextHops.map(({ via, weight }) => [via, weight]),
      [
        ['10.0.0.2', 3],
        ['10.0.0.3', 1],
      ],
    );
  });

  test('IPv6, and an IPv4 one by an IPv6 gateway', async () => {
    await a.routes.add('default', { via: 'fd00::2' });
    assert.deepEqual(pick(await byIp('-6', 'route', 'show', 'default'), 'gateway', 'dev'), [
      'fd00::2',
      'v0',
    ]);
    await a.routes.add('10.8.0.0/16', { family: 'inet', via: 'fd00::2', device: 'v0' });
    const mixed = await byIp('route', 'show', '10.8.0.0/16');
    assert.deepEqual(mixed?.['via'], { family: 'inet6', host: 'fd00::2' });
  });

  test('in another table, of other types, on a link, with bits beyond its length', async () => {
    await a.routes.add('10.7.1.1/16', { device: 'v0', table: 1000 });
    const [other] = await ip(a, 'route', 'show', 'table', '1000');
    assert.deepEqual(pick(other, 'dst', 'dev', 'scope'), ['10.7.0.0/16', 'v0', 'link']);
    assert.equal((await a.routes.list({ table: 1000 })).length, 1);
    await a.routes.add('192.0.2.0/24', { type: 'blackhole' });
    assert.equal((await byIp('route', 'show', '192.0.2.0/24'))?.['type'], 'blackhole');
    await a.routes.delete('10.7.0.0/16', { table: 1000 });
    assert.deepEqual(await a.routes.list({ table: 1000 }), []);
    await a.routes.delete('192.0.2.0/24', { type: 'blackhole' });
  });

  test('replace, append, delete, get', async () => {
    await a.routes.add('10.6.0.0/16', { via: '10.0.0.2' });
    await a.routes.replace('10.6.0.0/16', { via: '10.0.0.3' });
    assert.equal((await byIp('route', 'show', '10.6.0.0/16'))?.['gateway'], '10.0.0.3');
    await a.routes.append('10.6.0.0/16', { via: '10.0.0.4' });
    const { via, device, source } = await a.routes.get('10.6.1.2');
    const { index } = await a.links.get('v0');
    assert.deepEqual(
      { via, device, source },
      { via: '10.0.0.3', device: index, source: '10.0.0.1' },
    );
    const appended = (): Promise<Listed[]> => ip(a, 'route', 'show', '10.6.0.0/16');
    assert.equal((await appended()).length, 2);
    await a.routes.delete('10.6.0.0/16', { via: '10.0.0.4' });
    await a.routes.delete('10.6.0.0/16');
    assert.deepEqual(await appended(), []);
  });

  test('the list has what ip has, in both families and all tables', async () => {
    const theirs = [
      ...(await ip(a, '-4', 'route', 'show', 'table', 'all')),
      ...(await ip(a, '-6', 'route', 'show', 'table', 'all')),
    ].map((route) => [route['type'] ?? 'unicast', route['dst']].join(' '));
    const ours = (await a.routes.list({ table: 'all' })).map(
      ({ type, destination }) => `${type} ${destination}`,
    );
    assert.deepEqual(ours.sort(), theirs.sort());
  });
});

describe('neighbours', () => {
  test('add, replace, list, delete', async () => {
    const named = { device: 'v0', linkAddress: '02:00:00:00:00:07' };
    await a.neighbours.add('10.0.0.7', named);
    await a.neighbours.add('fd00::7', { ...named, state: 'STALE' });
    const theirs = (await ip(a, 'neighbour', 'show', 'dev', 'v0')).map((one) =>
      pick(one, 'dst', 'lladdr', 'state'),
    );
    const ours = (await a.neighbours.list({ device: 'v0' })).map((one) => {
      return [one.address, one.linkAddress, one.states];
    });
    assert.deepEqual(ours.sort(), theirs.sort());
    assert.equal(ours.length, 2);
    await a.neighbours.replace('10.0.0.7', { ...named, linkAddress: '02:00:00:00:00:08' });
    const [changed] = await a.neighbours.list({ family: 'inet' });
    assert.equal(changed?.linkAddress, '02:00:00:00:00:08');
    await assert.rejects(a.neighbours.add('10.0.0.7', named), { code: 'EEXIST' });
    await a.neighbours.delete('10.0.0.7', { device: 'v0' });
    await assert.rejects(a.neighbours.delete('10.0.0.7', { device: 'v0' }), { code: 'ENOENT' });
  });
});

describe('rules', () => {
  test('add, list, delete', async () => {
    const rule = { ...{ priority: 50, from: '10.0.0.0/8', mark: 1, markMask: 255 }, table: 1000 };
    await a.rules.add(rule);
    await a.rules.add({ priority: 60, to: 'fd00::/64', action: 'prohibit', not: true });
    const theirs = [...(await ip(a, '-4', 'rule')), ...(await ip(a, '-6', 'rule'))];
    assert.deepEqual(
      pick(
        theirs.find(({ priority }) => priority === 50),
        ...['src', 'srclen', 'fwmark', 'fwmask', 'table'],
      ),
      ['10.0.0.0', 8, '0x1', '0xff', '1000'],
    );
    assert.deepEqual(
      pick(
        theirs.find(({ priority }) => priority === 60),
        ...['dst', 'dstlen', 'action'],
      ),
      ['fd00::', 64, 'prohibit'],
    );
    const ours = await a.rules.list();
    assert.deepEqual(
      ours.map(({ priority }) => priority),
      theirs.map(({ priority }) => priority),
    );
    assert.equal(ours.find(({ priority }) => priority === 60)?.not, true);
    await a.rules.delete({ priority: 50 });
    await a.rules.delete({ priority: 60, family: 'inet6' });
    await assert.rejects(a.rules.delete({ priority: 50 }), { code: 'ENOENT' });
  });
});

describe('ids of namespaces', () => {
  test('are given by a veth, by us, and listed', async () => {
    // The veth pair of every test here has given b an id.
    assert.equal(await a.namespaceIds.get(b), 0);
    assert.deepEqual(await a.namespaceIds.list(), [0]);
    await b.namespaceIds.set(b, 17);
    assert.equal(await b.namespaceIds.get(b), 17);
    await assert.rejects(b.namespaceIds.set(b, 18), { code: 'EEXIST' });
    assert.match(await output(a, 'ip', 'netns', 'list-id'), /nsid 0/);
  });
});
