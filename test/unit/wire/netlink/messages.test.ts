/** Messages that were captured: each means what `ip` was told, and is written again as it was. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { netlink as wire } from '../../../../src/wire/index.js';
import * as captured from './captured.js';

function only(bytes: Uint8Array): wire.Message {
  const [message, ...rest] = wire.parseMessages(bytes);
  assert.ok(message !== undefined && rest.length === 0);
  return message;
}

/** Parses, compares, and emits the same bytes again. */
function checkBoth<T>(bytes: Uint8Array, body: Emitting<T>, expected: T): void {
  const message = only(bytes);
  const value = body.parse(message.payload);
  assert.deepEqual(value, expected);
  const emitted = wire.emitMessages([{ ...message, payload: body.emit(value) }]);
  assert.deepEqual(emitted, bytes);
}

interface Emitting<T> {
  parse(bytes: Uint8Array): T;
  emit(value: T): Uint8Array;
}

const linkHeader = { family: 0, type: 0, index: 0, flags: 0, change: 0 };

describe('links', () => {
  test('adding a veth pair: the other end is a message in the message', () => {
    const { payload } = only(captured.addVeth);
    const value: wire.LinkMessage = {
      header: linkHeader,
      attributes: {
        mtu: 1300,
        name: 'w0',
        info: { kind: 'veth', data: { peer: { header: linkHeader, attributes: { name: 'w1' } } } },
      },
    };
    assert.deepEqual(wire.link.parse(payload), value);
    // iproute2 leaves the NUL of the kind out, the kernel's own messages have it: so do ours.
    assert.equal(wire.link.emit(value).length, payload.length + 4);
    assert.deepEqual(wire.link.parse(wire.link.emit(value)), value);
  });

  test('adding a macvlan: the data has the table of its kind', () => {
    const { attributes } = wire.link.parse(only(captured.addMacvlan).payload);
    assert.deepEqual(attributes, {
      link: 3,
      name: 'mv0',
      info: { kind: 'macvlan', data: { mode: wire.macvlanModes.bridge } },
    });
  });

  test('of a kind without a table the data is kept as bytes', () => {
    const info = { kind: 'geneve', data: Uint8Array.of(8, 0, 1, 0, 5, 0, 0, 0) };
    const value = { header: linkHeader, attributes: { info } };
    assert.deepEqual(wire.link.parse(wire.link.emit(value)), value);
  });
});

describe('addresses', () => {
  const header = { family: wire.AF_INET, prefixLength: 24, flags: 0, scope: 0, index: 3 };

  test('adding one with lifetimes', () => {
    checkBoth(captured.addAddress, wire.address, {
      header,
      attributes: {
        local: '10.0.9.1',
        address: '10.0.9.1',
        broadcast: '10.0.9.255',
        cacheInfo: { preferred: 200, valid: 300, created: 0, updated: 0 },
      },
    });
  });

  test('a listed one', () => {
    checkBoth(captured.listedAddress, wire.address, {
      header,
      attributes: {
        address: '10.0.9.1',
        local: '10.0.9.1',
        broadcast: '10.0.9.255',
        label: 'v0',
        flags: 0,
        cacheInfo: { preferred: 200, valid: 300, created: 681570, updated: 681570 },
      },
    });
  });
});

describe('routes', () => {
  const header = {
    family: wire.AF_INET,
    destinationLength: 16,
    sourceLength: 0,
    tos: 0,
    table: wire.routeTables.main,
    protocol: wire.routeProtocols.boot,
    scope: wire.scopes.global,
    type: wire.routeTypes.unicast,
    flags: 0,
  };
  const hop = (index: number, hops: number, gateway: string): wire.NextHopMessage => {
    return { flags: 0, hops, index, attributes: { gateway } };
  };

  test('adding one with two next hops and a metric', () => {
    checkBoth(captured.addMultipath, wire.route, {
      header,
      attributes: {
        destination: '10.9.0.0',
        metrics: { mtu: 1300 },
        nextHops: [hop(0, 1, '10.0.0.2'), hop(2, 0, '10.0.1.2')],
      },
    });
  });

  test('a listed one', () => {
    checkBoth(captured.listedMultipath, wire.route, {
      header,
      attributes: {
        table: 254,
        destination: '10.9.0.0',
        metrics: { mtu: 1300 },
        nextHops: [hop(3, 1, '10.0.0.2'), hop(2, 0, '10.0.1.2')],
      },
    });
  });
});

test('adding a rule', () => {
  checkBoth(captured.addRule, wire.rule, {
    header: {
      ...{ family: wire.AF_INET, destinationLength: 0, sourceLength: 8, tos: 0 },
      ...{ table: 100, action: wire.ruleActions.lookup, flags: 0 },
    },
    attributes: { source: '10.0.0.0', mark: 1, markMask: 255, priority: 50 },
  });
});

describe('neighbours', () => {
  const header = { family: wire.AF_INET, index: 3, state: 128, flags: 0, type: 0 };
  const named = { destination: '10.0.0.7', linkAddress: '02:00:00:00:00:07' };

  test('adding one', () => {
    checkBoth(captured.addNeighbour, wire.neighbour, { header, attributes: named });
  });

  test('a listed one', () => {
    checkBoth(captured.listedNeighbour, wire.neighbour, {
      header: { ...header, type: 1 },
      attributes: {
        ...named,
        probes: 0,
        cacheInfo: { confirmed: 1, used: 1, updated: 1, references: 0 },
      },
    });
  });
});

describe('acknowledgements', () => {
  test('success: the request’s header, and no more', () => {
    const ack = wire.parseAck(only(captured.acknowledged));
    assert.equal(ack.error, 0);
    assert.equal(ack.request?.type, wire.RTM_NEWLINK);
    assert.equal(ack.echo, undefined);
    assert.deepEqual(ack.attributes, {});
  });

  test('refusal: the kernel’s words come after the repeated request', () => {
    const message = only(captured.mtuRefused);
    const ack = wire.parseAck(message);
    assert.equal(ack.error, -22);
    assert.equal(ack.echo?.length, 24);
    assert.deepEqual(ack.attributes, { message: 'mtu less than device minimum' });
    assert.deepEqual(wire.emitAck(ack), message.payload);
  });

  test('the place the kernel complains about has a name', () => {
    const { payload } = only(captured.addVeth);
    const at = (offset: number) => wire.attributeAt(wire.link, payload, offset - 16);
    assert.equal(at(32), 'IFLA_MTU');
    assert.equal(at(52), 'IFLA_LINKINFO.IFLA_INFO_KIND');
    assert.equal(at(84), 'IFLA_LINKINFO.IFLA_INFO_DATA.VETH_INFO_PEER.IFLA_IFNAME');
    assert.equal(at(4), undefined);
    assert.equal(at(4000), undefined);
  });
});

test('nf_tables: a batch begins with its subsystem in network order', () => {
  assert.deepEqual(wire.batchBoundary(), Uint8Array.of(0, 0, 0, 10));
  assert.equal(wire.nfnetlinkType(wire.NFNL_SUBSYS_NFTABLES, 0), 0x0a00);
});
