/** As root: between the host and names, whoever they belong to. */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { host, namespaces, type OwnedNamedNamespace } from '../../src/index.js';
import { rootNskit, removeRuntime, user, userNskit } from '../support/owner.js';
import { ip } from '../support/network.js';

const name = `net-${process.pid}`;
const [ours, theirs] = [`h${process.pid}`, `n${process.pid}`];
let owned: OwnedNamedNamespace;
before(async () => {
  owned = await namespaces.addForOwner(name, user);
});
afterEach(async () => {
  await host.links.delete(ours).catch(isGone);
});
after(async () => {
  host[Symbol.dispose]();
  await owned[Symbol.asyncDispose]();
  removeRuntime();
});

function isGone(error: unknown): void {
  if ((error as { code?: unknown }).code !== 'ENODEV') throw error;
}

describe('the host and a name', () => {
  test('a veth pair, and traffic over it', async () => {
    await host.links.addVeth(ours, {
      up: true,
      peer: { name: theirs, namespace: owned, up: true },
    });
    await host.addresses.add('198.51.100.1/30', { device: ours });
    await owned.addresses.add('198.51.100.2/30', { device: theirs });
    const [seen] = await ip(owned, 'link', 'show', theirs);
    assert.equal(seen?.['operstate'], 'UP');
    using listener = await owned.listen({ host: '198.51.100.2', port: 7001 });
    const socket = await host.connect({ host: '198.51.100.2', port: 7001 });
    assert.equal(socket.localAddress, '198.51.100.1');
    socket.destroy();
    assert.equal(listener.port, 7001);
  });

  test('a device moved there and back', async () => {
    await host.links.addVeth(ours, { peer: { name: theirs } });
    await host.links.move(theirs, owned);
    assert.equal((await owned.links.get(theirs)).kind, 'veth');
    await owned.links.move(theirs, host);
    assert.equal((await host.links.get(theirs)).kind, 'veth');
  });

  test('the command, with a word for the host', async () => {
    await host.links.addVeth(ours, { peer: { name: theirs } });
    await host.links.move(theirs, owned);
    const { status, stderr } = rootNskit(['link', name, 'set', theirs, 'netns', 'host']);
    assert.equal(status, 0, stderr);
    assert.equal((await host.links.get(theirs)).kind, 'veth');
  });
});

describe('the owner of a name that root made', () => {
  const options = ['type', 'veth', 'peer', 'v1', 'netns'];

  test('uses it like one of its own', () => {
    const added = userNskit('link', name, 'add', 'b0', 'up', 'type', 'bridge');
    assert.equal(added.status, 0, added.stderr);
    assert.match(userNskit('link', name).stdout, /b0 +bridge/);
    assert.equal(userNskit('link', name, 'delete', 'b0').status, 0);
  });

  test('cannot connect it to one of its own: they have different owners; root can', async () => {
    assert.equal(userNskit('add', 'mine').status, 0);
    for (const [one, other] of [
      [name, 'mine'],
      ['mine', name],
    ] as const) {
      const { status, stderr } = userNskit('link', one, 'add', 'v0', ...options, other);
      assert.equal(status, 1);
      assert.match(stderr, /EPERM\n {2}hint: .*only root connects them/);
    }
    const path = userNskit('path', 'mine').stdout.trim();
    await owned.links.addVeth('v0', { peer: { name: 'v1', namespace: { path }, up: true } });
    assert.match(userNskit('link', 'mine').stdout, /v1@if\d+ +veth/);
    await owned.links.delete('v0');
    assert.equal(userNskit('delete', 'mine').status, 0);
  });
});

test('root’s own rights are not lost by reaching in', async () => {
  await owned.links.list();
  // A child that had joined a user's namespaces would have taken /proc/self from us.
  assert.equal((await import('node:fs')).statSync('/proc/self').uid, 0);
});
