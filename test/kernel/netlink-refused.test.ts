/** What is not there, is there already, is of the wrong kind, too large, or goes away meanwhile. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, afterEach, before, describe, test } from 'node:test';
import {
  NetlinkError,
  Network,
  host,
  namespaces,
  type Change,
  type OwnedNamedNamespace,
} from '../../src/index.js';
import { clean, makePair, type Pair } from '../support/network.js';
import { openFiles, turn } from '../support/lab.js';

let pair: Pair;
let a: OwnedNamedNamespace;
let b: OwnedNamedNamespace;
before(async () => {
  pair = await makePair();
  ({ a, b } = pair);
});
afterEach(async () => {
  await clean(a);
  await clean(b);
});
after(async () => {
  await pair[Symbol.asyncDispose]();
});

describe('errors', () => {
  test('a device that does not exist, for every verb', async () => {
    const gone = { code: 'ENODEV' };
    await assert.rejects(a.links.get('nope'), { ...gone, hint: /nskit link/ });
    await assert.rejects(a.links.set('nope', { up: true }), gone);
    await assert.rejects(a.links.delete('nope'), gone);
    await assert.rejects(a.links.delete(4711), gone);
    await assert.rejects(a.links.addMacvlan('mv0', { parent: 'nope' }), gone);
    await assert.rejects(a.links.set('lo', { master: 'nope' }), gone);
    await assert.rejects(a.addresses.add('10.0.0.1/24', { device: 'nope' }), gone);
    await assert.rejects(a.routes.add('10.0.0.0/8', { device: 'nope' }), gone);
    await assert.rejects(a.links.get('a-name-longer-than-fifteen'), gone);
  });

  test('one that exists already', async () => {
    await a.links.addBridge('br0');
    await assert.rejects(a.links.addBridge('br0'), { code: 'EEXIST', errno: -17 });
    await a.addresses.add('10.0.0.1/24', { device: 'br0' });
    const again = a.addresses.add('10.0.0.1/24', { device: 'br0' });
    await assert.rejects(again, { code: 'EEXIST' });
  });

  test('one of the wrong kind', async () => {
    await a.links.addVeth('v0', { peer: { name: 'v1' } });
    await assert.rejects(a.links.set('v0', { master: 'v1' }), { code: 'EOPNOTSUPP' });
    await assert.rejects(a.links.delete('lo'), { code: 'EOPNOTSUPP' });
    await assert.rejects(async () => await a.links.addTun('v0', { mode: 'tap' }), {
      code: /EEXIST|EINVAL|EBUSY/,
    });
  });

  test('the kernel’s words, and the attribute they are about', async () => {
    await a.links.addVeth('v0', { peer: { name: 'v1' } });
    await assert.rejects(a.links.set('v0', { mtu: 9 }), (error) => {
      assert.ok(error instanceof NetlinkError);
      assert.equal(error.extack, 'mtu less than device minimum');
      assert.equal(error.errno, -22);
      assert.match(error.message, /change the device v0: .*EINVAL: mtu less than/);
      return true;
    });
    await assert.rejects(a.links.addVxlan('vx0', { id: 1 << 25 }), (error) => {
      assert.ok(error instanceof NetlinkError);
      assert.equal(error.attribute, 'IFLA_LINKINFO.IFLA_INFO_DATA.IFLA_VXLAN_ID');
      assert.ok((error.attributeOffset ?? 0) > 32);
      return true;
    });
    const long = a.links.set('v0', { name: 'longer-than-fifteen' });
    await assert.rejects(long, { code: 'ERANGE', attribute: 'IFLA_IFNAME' });
  });

  test('routes and addresses that cannot be', async () => {
    const unreachable = a.routes.add('10.9.0.0/16', { via: '10.77.0.1' });
    await assert.rejects(unreachable, { code: 'ENETUNREACH', extack: /gateway/ });
    await assert.rejects(a.routes.delete('10.9.0.0/16'), { code: 'ESRCH' });
    const absent = a.addresses.delete('10.0.0.9/24', { device: 'lo' });
    await assert.rejects(absent, { code: 'EADDRNOTAVAIL' });
    for (const text of ['10.0.0.300/24', '10.0.0.1/33', 'lab', '10.0.0.1/24/8', '1.2.3', '::g']) {
      await assert.rejects(a.addresses.add(text, { device: 'lo' }), { code: 'ERR_USAGE' }, text);
    }
    await assert.rejects(a.routes.add('default', { nextHops: [], device: 'lo' }), {
      code: 'ERR_USAGE',
    });
  });

  test('a namespace that is not ours', async () => {
    await assert.rejects(a.links.addVeth('v0', { peer: { namespace: host } }), {
      code: 'EPERM',
      hint: /only root/,
    });
    await assert.rejects(a.links.addVeth('v0', { peer: { namespace: { path: '/etc/passwd' } } }), {
      code: 'ERR_NOT_A_NAMESPACE',
    });
    const mnt = { path: '/proc/self/ns/mnt' };
    await assert.rejects(a.links.move('lo', mnt), { code: 'ERR_WRONG_KIND' });
  });
});

describe('sizes', () => {
  test('a message larger than the buffer is read whole', async () => {
    const specs = Array.from({ length: 30 }, (_, i) => {
      return { kind: 'bridge', name: `br${i}` } as const;
    });
    await a.links.addAll(specs);
    using network = new Network(a, { receiveBuffer: 64 });
    const listed = await network.links.list();
    assert.equal(listed.length, 31);
    assert.deepEqual(listed.at(-1)?.name, 'br29');
  });

  test('many requests at once over one socket are all answered', async () => {
    const all = await Promise.all(
      Array.from({ length: 300 }, (_, i) =>
        i % 3 === 0 ? a.links.list() : i % 3 === 1 ? a.links.get('lo') : a.routes.list(),
      ),
    );
    assert.equal(all.length, 300);
  });

  test('a request larger than an attribute can be is refused here', async () => {
    const nextHops = Array.from({ length: 5000 }, () => ({ via: '10.0.0.1', device: 1 }));
    await assert.rejects(a.routes.add('10.0.0.0/8', { nextHops }), RangeError);
  });
});

test('a listing while devices come and go is whole: it has each device that stayed', async () => {
  await a.links.addAll(
    Array.from({ length: 30 }, (_, i) => ({ kind: 'bridge', name: `br${i}` }) as const),
  );
  // Another process, so that changes fall between the parts of a listing.
  const script = 'echo go; while :; do ip link add x type bridge; ip link del x; done';
  const child = a.spawn(['sh', '-c', script], { stdio: ['ignore', 'pipe', 'ignore'] });
  await once(child.stdout ?? process.stdin, 'data');
  try {
    using network = new Network(a, { receiveBuffer: 8192 });
    for (let i = 0; i < 30; i++) {
      const names = new Set((await network.links.list()).map(({ name }) => name));
      for (let k = 0; k < 30; k++) assert.ok(names.has(`br${k}`), `br${k}`);
    }
  } finally {
    await child[Symbol.asyncDispose]();
  }
});

describe('lifetimes', () => {
  test('a name that is deleted meanwhile: what is open works on, the name does not', async () => {
    const made = await namespaces.add('gone');
    using held = made.open();
    await made.links.addBridge('br0');
    await made.delete();
    await assert.rejects(async () => await made.links.list(), { code: 'ERR_NAME_UNKNOWN' });
    assert.equal((await held.links.get('br0')).kind, 'bridge');
  });

  test('a name that is given again is the new namespace', async () => {
    const old = await namespaces.add('again');
    const handle = namespaces.get('again');
    await handle.links.addBridge('br0');
    await old.delete();
    const fresh = await namespaces.add('again');
    assert.deepEqual(await handle.links.list({ kind: 'bridge' }), []);
    handle[Symbol.dispose]();
    await fresh.delete();
  });

  test('a deleted name takes its devices away once our socket is closed', async () => {
    const made = await namespaces.add('pulled');
    await a.links.addVeth('v0', { peer: { name: 'v1', namespace: made, up: true } });
    const controller = new AbortController();
    const changes = a.monitor({ nouns: ['link'], signal: controller.signal });
    await made.links.list();
    await made.delete();
    const isGone = (change: Change): boolean =>
      change.noun === 'link' && change.change === 'delete' && change.link.name === 'v0';
    for await (const change of changes) if (isGone(change)) break;
    await assert.rejects(a.links.get('v0'), { code: 'ENODEV' });
  });

  test('nothing stays open', async () => {
    await turn();
    const before = openFiles();
    for (let i = 0; i < 3; i++) {
      const name = namespaces.get('b');
      await name.links.addVeth('v0', { peer: { name: 'v1', namespace: a, up: true } });
      await name.links.addVeth('v0', { peer: { namespace: host } }).catch(() => undefined);
      await name.links.delete('v0');
      name[Symbol.dispose]();
    }
    await turn();
    assert.deepEqual(openFiles(), before);
  });
});

describe('monitor', () => {
  test('tells what changes from the call on, in order, until it is left', async () => {
    const changes = a.monitor();
    await a.links.addVeth('v0', { up: true, peer: { name: 'v1' } });
    await a.addresses.add('10.0.0.1/24', { device: 'v0' });
    await a.rules.add({ priority: 50, table: 99 });
    await a.rules.delete({ priority: 50 });
    await a.neighbours.add('10.0.0.7', { device: 'v0', linkAddress: '02:00:00:00:00:07' });
    await a.links.delete('v0');
    const seen: string[] = [];
    for await (const change of changes) {
      seen.push(change.noun === 'lost' ? 'lost' : `${change.change} ${change.noun}`);
      if (change.noun === 'link' && change.change === 'delete') break;
    }
    for (const expected of [
      'new link',
      'new address',
      'new rule',
      'delete rule',
      'new neighbour',
    ]) {
      assert.ok(seen.includes(expected), `${expected} in ${seen.join(', ')}`);
    }
    assert.ok(seen.indexOf('new link') < seen.indexOf('new address'));
  });

  test('ends when it is aborted, also while it waits', async () => {
    const controller = new AbortController();
    const next = a.monitor({ nouns: ['link'], signal: controller.signal }).next();
    controller.abort();
    assert.deepEqual(await next, { done: true, value: undefined });
  });

  test('says so when something was lost', async () => {
    const changes = a.monitor({ nouns: ['link'], bufferBytes: 2048 });
    await a.links.addAll(
      Array.from({ length: 50 }, (_, i) => ({ kind: 'bridge', name: `br${i}` }) as const),
    );
    const seen: string[] = [];
    for await (const { noun } of changes) {
      seen.push(noun);
      if (noun === 'lost') break;
    }
    assert.equal(seen.at(-1), 'lost');
  });
});
