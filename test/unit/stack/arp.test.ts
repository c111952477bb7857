import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BROADCAST_MAC, ETHERTYPE_ARP, arp, dataViewOf } from '../../../src/wire/index.js';
import { Guest } from '../../support/stack/guest.js';
import { address, gatewayMac, guestMac } from '../../support/stack/frames.js';

const broadcast = { type: ETHERTYPE_ARP, to: BROADCAST_MAC };

function request(target: string, changes: Partial<ReturnType<typeof arp.parse>> = {}): Uint8Array {
  const bytes = new Uint8Array(arp.size);
  arp.write(dataViewOf(bytes), 0, {
    hardwareType: 1,
    protocolType: 0x0800,
    hardwareLength: 6,
    protocolLength: 4,
    operation: 1,
    senderMac: guestMac,
    senderAddress: address('10.0.2.100'),
    targetMac: new Uint8Array(6),
    targetAddress: address(target),
    ...changes,
  });
  return bytes;
}

for (const target of ['10.0.2.2', '10.0.2.3']) {
  test(`${target} is ours: whoever asks is told our MAC address`, () => {
    const reply = new Guest().sends(request(target), broadcast).takesOne();
    assert.deepEqual(reply.ethernet, { destination: guestMac, source: gatewayMac, type: 0x0806 });
    assert.deepEqual(arp.parse(reply.payload), {
      hardwareType: 1,
      protocolType: 0x0800,
      hardwareLength: 6,
      protocolLength: 4,
      operation: 2,
      senderMac: gatewayMac,
      senderAddress: address(target),
      targetMac: guestMac,
      targetAddress: address('10.0.2.100'),
    });
  });
}

test('nobody else answers: not the guest itself, not the rest of the network, not the internet', () => {
  const guest = new Guest();
  for (const target of ['10.0.2.100', '10.0.2.1', '10.0.2.255', '1.1.1.1', '0.0.0.0']) {
    guest.sends(request(target), broadcast).takesNothing();
  }
});

test('a probe for our address (RFC 5227) is answered: it is taken', () => {
  const probe = request('10.0.2.2', { senderAddress: address('0.0.0.0') });
  const reply = new Guest().sends(probe, broadcast).takesOne();
  assert.deepEqual(arp.parse(reply.payload).senderAddress, address('10.0.2.2'));
});

test('who claims an address of ours is not answered', () => {
  const guest = new Guest();
  guest.sends(request('10.0.2.3', { senderAddress: address('10.0.2.2') }), broadcast);
  guest.takesNothing().drops('arp: sender address');
});

test('replies and announcements are left alone', () => {
  const guest = new Guest();
  guest.sends(request('10.0.2.2', { operation: 2 }), broadcast);
  guest.sends(request('10.0.2.100'), broadcast).takesNothing();
  assert.deepEqual(guest.stack.drops.all(), {});
});

test('other hardware, other protocols and short messages are malformed', () => {
  const guest = new Guest();
  const wrong = [
    { hardwareType: 6 },
    { protocolType: 0x86dd },
    { hardwareLength: 8 },
    { protocolLength: 16 },
  ];
  for (const changes of wrong) guest.sends(request('10.0.2.2', changes), broadcast);
  guest.sends(request('10.0.2.2').subarray(0, arp.size - 1), broadcast);
  guest.takesNothing().drops('arp: malformed', 5);
});

test('without IPv4 there is no ARP', () => {
  const guest = new Guest({ settings: { ipv4: undefined } });
  guest.sends(request('10.0.2.2'), broadcast).takesNothing().drops('ip: switched off');
});
