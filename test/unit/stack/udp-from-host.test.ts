/** UDP flows that begin at the host: published ports. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { DatagramEvents } from '../../../src/stack/index.js';
import { parseIp, udp } from '../../../src/wire/index.js';
import { FakeSocket } from '../../support/stack/fake-hosts.js';
import { udpPacket } from '../../support/stack/frames.js';
import { Guest } from '../../support/stack/guest.js';

const data = Uint8Array.of(1, 2, 3);
const ends = {
  version: 4,
  namespaceAddress: parseIp('10.0.2.100') ?? data,
  namespacePort: 7,
  remoteAddress: parseIp('192.0.2.9') ?? data,
  remotePort: 5000,
} as const;
const back = { from: '10.0.2.100', to: '192.0.2.9', fromPort: 7, toPort: 5000 };

function opened(): { guest: Guest; socket: FakeSocket; events: DatagramEvents } {
  const guest = new Guest();
  const socket = new FakeSocket(ends, {
    received: (...datagram) => events?.received(...datagram),
    unreachable: (error) => events?.unreachable(error),
    closed: () => events?.closed(),
  });
  const events: DatagramEvents | undefined = guest.stack.openDatagrams(ends, socket, guest.now);
  assert.ok(events);
  return { guest, socket, events };
}

describe('a UDP flow from the host', () => {
  test('carries datagrams both ways, with no socket of its own', () => {
    const { guest, socket } = opened();
    socket.gets(data);
    const { payload, from, to } = guest.takesOne();
    assert.deepEqual([from, to], ['192.0.2.9', '10.0.2.100']);
    assert.deepEqual(
      [udp.parse(payload).sourcePort, udp.parse(payload).destinationPort],
      [5000, 7],
    );
    guest.sends(udpPacket(back, data)).takesNothing();
    assert.deepEqual(socket.sent, [data]);
    assert.equal(guest.hosts.udp.sockets.length, 0);
  });

  test('is not opened twice', () => {
    const { guest, socket } = opened();
    assert.ok(guest.stack.hasDatagrams(ends));
    assert.equal(guest.stack.openDatagrams(ends, socket, guest.now), undefined);
  });

  test('ends after two minutes when the namespace never answers, however much comes', () => {
    const { guest, socket } = opened();
    socket.gets(data);
    guest.now += 119_999;
    guest.stack.poll(guest.now);
    assert.ok(socket.isOpen);
    guest.now += 1;
    guest.stack.poll(guest.now);
    assert.ok(!socket.isOpen);
  });

  test('ends after five minutes when it does', () => {
    const { guest, socket } = opened();
    guest.sends(udpPacket(back, data));
    guest.now += 299_999;
    guest.stack.poll(guest.now);
    assert.ok(socket.isOpen);
    guest.now += 1;
    guest.stack.poll(guest.now);
    assert.ok(!socket.isOpen);
  });
});
