import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { uplinkPlan } from '../../../../src/uplink/index.js';
import {
  endsForClient,
  freeEnds,
  type ClientNetwork,
} from '../../../../src/uplink/publish/client-ends.js';
import { formatIp, parseIp } from '../../../../src/wire/index.js';

const { ipv4, ipv6 } = uplinkPlan({ ipv6: true });
const both = { ipv4, ipv6, ipv6IsDefault: true };

function seen(network: ClientNetwork, client: string): string {
  const address = parseIp(client) ?? new Uint8Array();
  const ends = endsForClient(network, { address, port: 5000 }, 80);
  assert.ok(ends);
  return `${formatIp(ends.remoteAddress)} ${ends.remotePort} -> ${formatIp(ends.namespaceAddress)}`;
}

describe('a client of a published port', () => {
  test('keeps an address that can exist inside', () => {
    assert.equal(seen(both, '192.0.2.7'), '192.0.2.7 5000 -> 10.0.2.100');
    assert.equal(seen(both, '2001:db8::7'), '2001:db8::7 5000 -> fd00::100');
  });

  test('is the gateway when it is the host’s loopback, or in the namespace’s network', () => {
    assert.equal(seen(both, '127.0.0.1'), '10.0.2.2 5000 -> 10.0.2.100');
    assert.equal(seen(both, '10.0.2.77'), '10.0.2.2 5000 -> 10.0.2.100');
    assert.equal(seen(both, '::1'), 'fd00::2 5000 -> fd00::100');
    assert.equal(seen(both, 'fd00::77'), 'fd00::2 5000 -> fd00::100');
    assert.equal(seen(both, 'fe80::77'), 'fd00::2 5000 -> fd00::100');
  });

  test('is the gateway when the namespace lacks its family, or a way back to it', () => {
    assert.equal(seen({ ipv4 }, '2001:db8::7'), '10.0.2.2 5000 -> 10.0.2.100');
    assert.equal(seen({ ipv6 }, '192.0.2.7'), 'fd00::2 5000 -> fd00::100');
    assert.equal(seen({ ipv4, ipv6 }, '2001:db8::7'), 'fd00::2 5000 -> fd00::100');
  });

  test('comes to 127.0.0.1 when that is published', () => {
    const network = { ...both, publishesLoopback: true };
    assert.equal(seen(network, '192.0.2.7'), '192.0.2.7 5000 -> 127.0.0.1');
    assert.equal(seen(network, '2001:db8::7'), '10.0.2.2 5000 -> 127.0.0.1');
  });

  test('has another port when its own is taken inside', () => {
    const ends = endsForClient(both, { address: Uint8Array.of(127, 0, 0, 1), port: 5000 }, 80);
    assert.ok(ends);
    assert.equal(
      freeEnds(
        ends,
        () => false,
        () => 0,
      ),
      ends,
    );
    const free = freeEnds(
      ends,
      ({ remotePort }) => remotePort === 5000,
      () => 7,
    );
    assert.equal(free.remotePort, 49_159);
  });
});
