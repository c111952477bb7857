/** Devices that go from one namespace to another, as an ordinary user. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, afterEach, before, describe, test } from 'node:test';
import { host, namespaces, type OwnedNamedNamespace } from '../../src/index.js';
import { clean, makePair, type Pair } from '../support/network.js';

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

describe('moving', () => {
  test('to another named namespace and back, by handle, by path and with a new name', async () => {
    await a.links.addVeth('v0', { peer: { name: 'v1' } });
    await a.links.move('v1', b);
    await b.links.move('v1', { path: a.path }, 'w1');
    assert.equal((await a.links.get('w1')).kind, 'veth');
    using held = b.open();
    await a.links.move('w1', held);
    assert.equal((await held.links.get('w1')).name, 'w1');
  });

  test('to the namespace of a process', async () => {
    const child = b.spawn(['sh', '-c', 'echo ready; read line'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await once(child.stdout ?? process.stdin, 'data');
    await a.links.addVeth('v0', { peer: { name: 'v1' } });
    await a.links.move('v1', { pid: child.pid });
    assert.equal((await b.links.get('v1')).kind, 'veth');
    child.stdin?.end();
    await child.exit;
  });

  test('into a namespace without a name', async () => {
    using fresh = await namespaces.create({ kinds: ['user', 'net'] });
    await a.links.addVeth('v0', { peer: { name: 'v1' } });
    // Its owner is not the base, but a sibling of it.
    await assert.rejects(a.links.move('v1', fresh), { code: 'EPERM' });
    await fresh.links.addVeth('f0', { peer: { name: 'f1' } });
    assert.equal((await fresh.links.list({ kind: 'veth' })).length, 2);
  });

  test('to the host is root’s', async () => {
    await a.links.addVeth('v0', { peer: { name: 'v1' } });
    await assert.rejects(a.links.move('v1', host), (error: Error & { hint?: string }) => {
      assert.match(error.message, /EPERM/);
      assert.match(error.hint ?? '', /only root connects them to the host/);
      return true;
    });
  });
});

test('an isolated name is connected to a plain one from outside', async () => {
  const isolated = await namespaces.add('iso', { isolated: true });
  try {
    await a.links.addVeth('v0', { peer: { name: 'v1', namespace: isolated, up: true } });
    assert.equal((await isolated.links.get('v1')).up, true);
    await isolated.addresses.add('10.0.0.2/24', { device: 'v1' });
    assert.equal((await isolated.addresses.list({ device: 'v1', family: 'inet' })).length, 1);
  } finally {
    await isolated[Symbol.asyncDispose]();
  }
});

test('the host’s devices can be listed, but not changed', async () => {
  const lo = await host.links.get('lo');
  assert.equal(lo.index, 1);
  await assert.rejects(host.links.addBridge('nskit-br'), { code: 'EPERM' });
});
