/** Whose packets are taken, and where they may go. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatIp } from '../../../src/wire/index.js';
import { linkLocalOf, type DropReason } from '../../../src/stack/index.js';
import { endsText } from '../../support/stack/fake-hosts.js';
import { echoRequest, gatewayMac, guestMac, udpPacket } from '../../support/stack/frames.js';
import { Guest } from '../../support/stack/guest.js';

const data = Uint8Array.of(1, 2, 3, 4);
const datagram = (from: string, to: string): Uint8Array =>
  udpPacket({ from, to, fromPort: 5000, toPort: 7 }, data);

const [oursLocal, guestLocal] = [gatewayMac, guestMac].map((mac) => formatIp(linkLocalOf(mac)));
assert.ok(oursLocal && guestLocal);

function isDropped(from: string, to: string, reason: DropReason): void {
  const guest = new Guest();
  guest.sends(datagram(from, to)).sends(echoRequest({ from, to }, 1, 1, data));
  guest.takesNothing().drops(reason, 2);
  assert.deepEqual(Object.keys(guest.stack.drops.all()), [reason], `${from} to ${to}`);
  assert.equal(guest.hosts.udp.asked + guest.hosts.echo.asked, 0);
}

describe('a source that cannot be', () => {
  const ipv4 = {
    ours: ['10.0.2.2', '10.0.2.3'],
    multicast: ['224.0.0.1', '239.1.2.3'],
    broadcast: ['255.255.255.255', '10.0.2.255'],
    loopback: ['127.0.0.1', '127.255.1.1'],
    nobody: ['0.0.0.0', '0.1.2.3', '240.0.0.1'],
  };
  const ipv6 = {
    ours: ['fd00::2', 'fd00::3', oursLocal],
    multicast: ['ff02::1', 'ff0e::5'],
    loopback: ['::1'],
    nobody: ['::', '::10.0.2.100'],
    'IPv4 in disguise': ['::ffff:10.0.2.100', '::ffff:127.0.0.1'],
    'link-local, beyond the link': ['fe80::1'],
  };
  for (const [kind, addresses] of Object.entries(ipv4)) {
    test(`${kind}: dropped (IPv4)`, () => {
      for (const from of addresses) isDropped(from, '1.1.1.1', 'ipv4: source address');
    });
  }
  for (const [kind, addresses] of Object.entries(ipv6)) {
    test(`${kind}: dropped (IPv6)`, () => {
      for (const from of addresses) isDropped(from, '2606:4700::1111', 'ipv6: source address');
    });
  }
});

describe('a destination that cannot be', () => {
  test('the host’s loopback is not reached by its own addresses', () => {
    for (const to of ['127.0.0.1', '127.1.2.3', '0.0.0.0', '0.1.2.3', '240.0.0.1']) {
      isDropped('10.0.2.100', to, 'ipv4: destination address');
    }
    for (const to of ['::1', '::', '::127.0.0.1', '::ffff:127.0.0.1', '::ffff:1.1.1.1']) {
      isDropped('fd00::100', to, 'ipv6: destination address');
    }
  });

  test('link-local addresses of others are on no link that we could reach', () => {
    isDropped('fd00::100', 'fe80::1', 'ipv6: destination address');
    isDropped(guestLocal, 'fe80::1', 'ipv6: destination address');
  });

  test('a packet to its own sender goes round in no circle', () => {
    isDropped('10.0.2.100', '10.0.2.100', 'ipv4: destination address');
    isDropped('fd00::100', 'fd00::100', 'ipv6: destination address');
  });

  test('multicast and broadcast are dropped quietly', () => {
    for (const to of ['224.0.0.251', '255.255.255.255', '10.0.2.255']) {
      isDropped('10.0.2.100', to, 'ip: multicast or broadcast');
    }
    for (const to of ['ff02::fb', 'ff05::2']) {
      isDropped('fd00::100', to, 'ip: multicast or broadcast');
    }
  });
});

test('whoever has any other address inside has flows of its own', () => {
  const guest = new Guest();
  const sources = ['10.0.2.100', '10.0.2.15', '192.168.5.1', '172.17.0.2'];
  for (const from of sources) guest.sends(datagram(from, '1.1.1.1'));
  for (const from of ['fd00::100', 'fd00::5054:ff:fe12:3456', '2001:db8::7']) {
    guest.sends(datagram(from, '2606:4700::1111'));
  }
  assert.equal(guest.hosts.udp.sockets.length, 7);
  assert.deepEqual(guest.stack.drops.all(), {});
});

test('gateway, name server, and our link-local address are hosts like others', () => {
  const guest = new Guest();
  guest.sends(datagram('10.0.2.100', '10.0.2.2')).sends(datagram('fd00::100', 'fd00::3'));
  guest.sends(datagram(guestLocal, oursLocal));
  assert.deepEqual(
    guest.hosts.udp.sockets.map(({ ends }) => endsText(ends)),
    ['10.0.2.100:5000 10.0.2.2:7', 'fd00::100:5000 fd00::3:7', `${guestLocal}:5000 ${oursLocal}:7`],
  );
});

test('a frame for another machine is not ours', () => {
  const guest = new Guest();
  guest.sends(datagram('10.0.2.100', '1.1.1.1'), { to: Uint8Array.of(2, 0, 0, 0, 0, 9) });
  guest.drops('frame: not for us');
});

test('answers go to the MAC address that asked last', () => {
  const guest = new Guest();
  guest.sends(datagram('10.0.2.100', '1.1.1.1'));
  guest.hosts.udp.last.gets(data);
  assert.deepEqual(guest.takesOne().ethernet.destination, guestMac);
  const other = Uint8Array.of(2, 0, 0, 0, 0, 9);
  guest.sends(datagram('10.0.2.100', '1.1.1.1'), { from: other });
  guest.hosts.udp.last.gets(data);
  assert.deepEqual(guest.takesOne().ethernet.destination, other);
});
