/** Devices, as an ordinary user: each kind and each verb, compared with `ip -json` inside. */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import type { OwnedNamedNamespace } from '../../src/index.js';
import { netlink as wire } from '../../src/wire/index.js';
import { NetlinkSocket, Network } from '../../src/netlink/index.js';
import { clean, ip, makePair, type Listed, type Pair } from '../support/network.js';

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

async function byIp(name: OwnedNamedNamespace, device: string): Promise<Listed> {
  const [found] = await ip(name, '-details', 'link', 'show', device);
  assert.ok(found);
  return found;
}

async function infoData(device: string): Promise<Listed> {
  const { linkinfo } = await byIp(a, device);
  return (linkinfo as { info_data: Listed }).info_data;
}

test('the list has what ip has', async () => {
  await a.links.addVeth('v0', { mtu: 1400, peer: { name: 'v1' } });
  await a.links.addBridge('br0', { up: true });
  const listed = await a.links.list();
  const theirs = await ip(a, '-details', 'link');
  const ours = listed.map((link) => ({
    ifindex: link.index,
    ifname: link.name,
    mtu: link.mtu,
    operstate: link.state,
    address: link.address,
    kind: link.kind,
    up: link.up,
  }));
  const expected = theirs.map(({ ifindex, ifname, mtu, operstate, address, ...rest }) => ({
    ...{ ifindex, ifname, mtu, operstate, address },
    kind: (rest['linkinfo'] as { info_kind?: string } | undefined)?.info_kind,
    up: (rest['flags'] as string[]).includes('UP'),
  }));
  assert.deepEqual(ours, expected);
});

test('every message of a listing is written again as the kernel wrote it', async () => {
  await a.links.addVeth('v0', { up: true, peer: { name: 'v1', up: true } });
  await a.links.addBridge('br0');
  await a.links.addVxlan('vx0', { id: 1 });
  await a.addresses.add('10.0.0.1/24', { device: 'v0' });
  using network = new Network(a);
  using socket = NetlinkSocket.open(network.file);
  const bodies = { 18: wire.link, 22: wire.address, 26: wire.route, 34: wire.rule } as const;
  for (const [type, body] of Object.entries(bodies)) {
    const payload = new Uint8Array(type === '18' ? 16 : type === '22' ? 8 : 12);
    const flags = wire.NLM_F_REQUEST | wire.NLM_F_DUMP;
    const request = { type: Number(type), flags, sequence: 1, port: 0, payload };
    socket.send(wire.emitMessages([request]));
    let seen = 0;
    for (let bytes = socket.receive(); bytes !== undefined; bytes = socket.receive()) {
      for (const { type: answer, payload: original } of wire.parseMessages(bytes)) {
        if (answer === wire.NLMSG_DONE) continue;
        assert.deepEqual(body.emit(body.parse(original) as never), original);
        seen++;
      }
    }
    assert.ok(seen > 0, type);
  }
});

describe('veth', () => {
  test('both ends here, with settings of their own', async () => {
    await a.links.addVeth('v0', {
      ...{ mtu: 1400, address: '02:00:00:00:00:01', up: true },
      peer: { name: 'v1', mtu: 1300, address: '02:00:00:00:00:02', up: true },
    });
    const [v0, v1] = [await byIp(a, 'v0'), await byIp(a, 'v1')];
    assert.deepEqual([v0['mtu'], v0['address'], v0['link']], [1400, '02:00:00:00:00:01', 'v1']);
    assert.deepEqual([v1['mtu'], v1['address'], v1['link']], [1300, '02:00:00:00:00:02', 'v0']);
    assert.equal(v0['operstate'], 'UP');
  });

  test('the other end in another named namespace, and traffic over it', async () => {
    await a.links.addVeth('v0', { up: true, peer: { name: 'v1', namespace: b, up: true } });
    await a.addresses.add('10.0.0.1/24', { device: 'v0' });
    await b.addresses.add('10.0.0.2/24', { device: 'v1' });
    const { linkinfo, link_netnsid: id } = await byIp(b, 'v1');
    assert.equal((linkinfo as Listed)['info_kind'], 'veth');
    assert.equal(id, 0);
    using listener = await b.listen({ host: '10.0.0.2', port: 7000 });
    const socket = await a.connect({ host: '10.0.0.2', port: 7000 });
    assert.equal(socket.remoteAddress, '10.0.0.2');
    socket.destroy();
    assert.equal(listener.port, 7000);
  });

  test('the kernel names the other end when nobody does', async () => {
    await a.links.addVeth('v0', { peer: { up: true } });
    const names = (await a.links.list({ kind: 'veth' })).map(({ name }) => name);
    assert.deepEqual(names.sort(), ['v0', 'veth0']);
    assert.equal((await a.links.get('veth0')).up, true);
  });

  test('many at once, some of which cannot be: the rest is made', async () => {
    const specs = Array.from({ length: 100 }, (_, i) => {
      return { kind: 'veth', name: `v${i}`, peer: { name: `p${i}`, namespace: b } } as const;
    });
    await a.links.addVeth('v7');
    await assert.rejects(a.links.addAll(specs), { code: 'EEXIST', step: /v7/ });
    assert.equal((await b.links.list({ kind: 'veth' })).length, 99);
  });

  test('deleting one end takes the other away', async () => {
    await a.links.addVeth('v0', { peer: { name: 'v1', namespace: b } });
    await b.links.delete('v1');
    await assert.rejects(a.links.get('v0'), { code: 'ENODEV' });
  });
});

describe('other kinds', () => {
  test('bridge, and its ports', async () => {
    await a.links.addBridge('br0', {
      ...{ stp: true, forwardDelayMs: 4000, ageingTimeMs: 10_000 },
      ...{ helloTimeMs: 1000, maxAgeMs: 6000, priority: 4096, multicastSnooping: false },
    });
    const data = await infoData('br0');
    assert.deepEqual(
      ['stp_state', 'forward_delay', 'ageing_time', 'hello_time', 'priority'].map(
        (key) => data[key],
      ),
      [1, 400, 1000, 100, 4096],
    );
    await a.links.addVeth('v0', { master: 'br0', peer: { name: 'v1', namespace: b } });
    assert.equal((await byIp(a, 'v0'))['master'], 'br0');
    const ports = await a.links.list({ master: 'br0' });
    assert.deepEqual(
      ports.map(({ name }) => name),
      ['v0'],
    );
    await a.links.set('v0', { master: null });
    assert.equal((await byIp(a, 'v0'))['master'], undefined);
  });

  test('macvlan', async () => {
    await a.links.addVeth('v0', { peer: { name: 'v1' } });
    await a.links.addMacvlan('mv0', { parent: 'v0', mode: 'private' });
    assert.equal((await infoData('mv0'))['mode'], 'private');
    assert.equal((await byIp(a, 'mv0'))['link'], 'v0');
  });

  test('vxlan, IPv4 and IPv6', async () => {
    await a.links.addVeth('v0', { peer: { name: 'v1' } });
    await a.links.addVxlan('vx0', {
      ...{ id: 42, remote: '192.0.2.1', local: '192.0.2.2', device: 'v0', ttl: 5 },
      learning: false,
    });
    const data = await infoData('vx0');
    assert.deepEqual(
      ['id', 'remote', 'local', 'link', 'ttl', 'learning', 'port'].map((key) => data[key]),
      [42, '192.0.2.1', '192.0.2.2', 'v0', 5, false, 4789],
    );
    await a.links.addVxlan('vx1', { id: 43, remote: '2001:db8::1', port: 8472 });
    const other = await infoData('vx1');
    assert.deepEqual([other['remote6'], other['port']], ['2001:db8::1', 8472]);
  });

  for (const mode of ['tap', 'tun'] as const) {
    test(mode, async () => {
      await a.links.addTun('t0', { mode, up: true, mtu: 1300, vnetHeader: true, ownerUid: 0 });
      const data = await infoData('t0');
      assert.deepEqual(
        ['type', 'persist', 'vnet_hdr', 'pi'].map((key) => data[key]),
        [mode, true, true, false],
      );
      const { mtu, up } = await a.links.get('t0');
      assert.deepEqual({ mtu, up }, { mtu: 1300, up: true });
      await assert.rejects(async () => await a.links.addTun('t0', { mode }), { code: 'EBUSY' });
    });
  }

  // The kernels this runs on may lack these: then the error says so, and it is not our mistake.
  test('vlan, or a clear error where the kernel has none', async () => {
    await a.links.addVeth('v0', { peer: { name: 'v1' } });
    const added = a.links.addVlan('vl0', { parent: 'v0', id: 5, protocol: '802.1ad' });
    if (await kernelHas(added)) {
      const { id, protocol } = await infoData('vl0');
      assert.deepEqual({ id, protocol }, { id: 5, protocol: '802.1ad' });
    }
  });

  test('dummy, or a clear error where the kernel has none', async () => {
    if (await kernelHas(a.links.addDummy('d0', { up: true }))) {
      assert.equal((await a.links.get('d0')).kind, 'dummy');
    }
  });
});

async function kernelHas(added: Promise<void>): Promise<boolean> {
  try {
    await added;
    return true;
  } catch (error) {
    const { code, extack, hint } = error as { code?: string; extack?: string; hint?: string };
    assert.deepEqual([code, extack], ['EOPNOTSUPP', 'Unknown device type']);
    assert.match(hint ?? '', /no such kind of device/);
    return false;
  }
}

describe('set', () => {
  test('everything that can be set of any device', async () => {
    await a.links.addVeth('v0', { peer: { name: 'v1' } });
    await a.links.set('v0', {
      ...{ mtu: 1234, address: '02:00:00:00:00:09', alias: 'an alias', txQueueLength: 77 },
      ...{ group: 5, arp: false, multicast: false, promiscuous: true, name: 'w0', up: true },
    });
    const now = await byIp(a, 'w0');
    assert.deepEqual(
      ['mtu', 'address', 'ifalias', 'txqlen', 'group'].map((key) => now[key]),
      [1234, '02:00:00:00:00:09', 'an alias', 77, '5'],
    );
    const flags = now['flags'] as string[];
    assert.deepEqual(
      ['NOARP', 'PROMISC', 'UP', 'MULTICAST'].map((flag) => flags.includes(flag)),
      [true, true, true, false],
    );
    await a.links.down('w0');
    assert.equal((await a.links.get('w0')).up, false);
  });

  test('a device by its index', async () => {
    await a.links.addVeth('v0', { peer: { name: 'v1' } });
    const { index } = await a.links.get('v0');
    await a.links.up(index);
    assert.equal((await a.links.get(index)).name, 'v0');
  });
});
