import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  BROADCAST_MAC,
  dhcpMessageTypes as types,
  dhcpOptions as codes,
  emitDhcp,
  parseDhcp,
  parseDomainNames,
  udp,
  type DhcpMessage,
} from '../../../src/wire/index.js';
import { address, gatewayMac, guestMac, udpPacket } from '../../support/stack/frames.js';
import { Guest, type Got } from '../../support/stack/guest.js';

const nobody = new Uint8Array(4);
const guestAddress = address('10.0.2.100');
const gateway = address('10.0.2.2');

interface Request extends Partial<Omit<DhcpMessage, 'options'>> {
  readonly from?: string;
  readonly to?: string;
  readonly options?: readonly (readonly [number, Uint8Array])[];
}

function request(
  type: number,
  { from = '0.0.0.0', to, options = [], ...fields }: Request = {},
): Uint8Array {
  const message = emitDhcp({
    ...{ op: 1, htype: 1, hlen: 6, hops: 0, xid: 0x3c67740f, secs: 3, flags: 0 },
    ...{ ciaddr: nobody, yiaddr: nobody, siaddr: nobody, giaddr: nobody },
    chaddr: Uint8Array.of(...guestMac, ...new Uint8Array(10)),
    ...{ sname: new Uint8Array(64), file: new Uint8Array(128) },
    ...fields,
    options: new Map([[codes.messageType, Uint8Array.of(type)], ...options]),
  });
  const ends = { from, to: to ?? '255.255.255.255', fromPort: 68, toPort: 67 };
  return udpPacket(ends, message);
}

const broadcast = { to: BROADCAST_MAC };

/** The reply in a frame, which must come from the server's port. */
function replyIn({ payload, from }: Got): DhcpMessage {
  const { sourcePort, destinationPort } = udp.parse(payload);
  assert.deepEqual([from, sourcePort, destinationPort], ['10.0.2.2', 67, 68]);
  return parseDhcp(payload.subarray(udp.size));
}

const typeOf = ({ options }: DhcpMessage): number | undefined =>
  options.get(codes.messageType)?.[0];

describe('a DHCP client', () => {
  test('that discovers is offered the guest’s address, and all that it has to know', () => {
    const guest = new Guest({ settings: { searchDomains: ['corp.example', 'example'] } });
    const got = guest.sends(request(types.DHCPDISCOVER), broadcast).takesOne();
    assert.deepEqual([got.to, got.ethernet.destination], ['10.0.2.100', guestMac]);
    assert.deepEqual(got.ethernet.source, gatewayMac);
    // Clients that read frames want the checksum in them.
    assert.equal(got.virtio.flags, 0);
    const offer = replyIn(got);
    assert.deepEqual([offer.op, offer.xid, offer.yiaddr], [2, 0x3c67740f, guestAddress]);
    const value = (code: number): number[] => [...(offer.options.get(code) ?? [])];
    assert.equal(typeOf(offer), types.DHCPOFFER);
    assert.deepEqual(value(codes.serverIdentifier), [10, 0, 2, 2]);
    assert.deepEqual(value(codes.leaseTime), [0, 1, 0x51, 0x80]);
    assert.deepEqual(value(codes.subnetMask), [255, 255, 255, 0]);
    assert.deepEqual(value(codes.router), [10, 0, 2, 2]);
    assert.deepEqual(value(codes.nameServers), [10, 0, 2, 3]);
    assert.deepEqual(value(codes.broadcastAddress), [10, 0, 2, 255]);
    assert.deepEqual(value(codes.interfaceMtu), [1500 >> 8, 1500 & 255]);
    assert.equal(String.fromCharCode(...value(codes.domainName)), 'corp.example');
    const search = offer.options.get(codes.domainSearch) ?? nobody;
    assert.deepEqual(parseDomainNames(search), ['corp.example', 'example']);
  });

  test('that takes the offer, or has the address from before, gets it', () => {
    const guest = new Guest();
    const wanted = [codes.requestedAddress, guestAddress] as const;
    const selecting = [[codes.serverIdentifier, gateway], wanted] as const;
    for (const options of [selecting, [wanted]]) {
      guest.sends(request(types.DHCPREQUEST, { options }), broadcast);
      const ack = replyIn(guest.takesOne());
      assert.deepEqual([typeOf(ack), ack.yiaddr], [types.DHCPACK, guestAddress]);
    }
  });

  test('that renews asks the gateway alone, and is answered alone', () => {
    const renewal = request(types.DHCPREQUEST, {
      ...{ from: '10.0.2.100', to: '10.0.2.2' },
      ciaddr: guestAddress,
    });
    const got = new Guest().sends(renewal).takesOne();
    assert.equal(got.to, '10.0.2.100');
    assert.equal(typeOf(replyIn(got)), types.DHCPACK);
  });

  test('that wants another address is told no, by broadcast', () => {
    const options = [[codes.requestedAddress, address('192.168.1.5')]] as const;
    const got = new Guest().sends(request(types.DHCPREQUEST, { options }), broadcast).takesOne();
    assert.deepEqual([got.to, got.ethernet.destination], ['255.255.255.255', BROADCAST_MAC]);
    const nak = replyIn(got);
    assert.deepEqual([typeOf(nak), nak.yiaddr], [types.DHCPNAK, nobody]);
    assert.deepEqual([...nak.options.keys()], [codes.messageType, codes.serverIdentifier]);
  });

  test('that took the offer of another server is not answered', () => {
    const options = [[codes.serverIdentifier, address('10.0.2.9')]] as const;
    new Guest().sends(request(types.DHCPREQUEST, { options }), broadcast).takesNothing();
  });

  test('that cannot be reached without an address is answered by broadcast', () => {
    const got = new Guest()
      .sends(request(types.DHCPDISCOVER, { flags: 0x8000 }), broadcast)
      .takesOne();
    assert.deepEqual([got.to, got.ethernet.destination], ['255.255.255.255', BROADCAST_MAC]);
    assert.equal(replyIn(got).flags, 0x8000);
  });

  test('that has an address and only asks for the rest gets no lease', () => {
    const inform = request(types.DHCPINFORM, { from: '10.0.2.50', ciaddr: address('10.0.2.50') });
    const got = new Guest().sends(inform, broadcast).takesOne();
    assert.equal(got.to, '10.0.2.50');
    const ack = replyIn(got);
    assert.deepEqual([typeOf(ack), ack.yiaddr], [types.DHCPACK, nobody]);
    assert.equal(ack.options.has(codes.leaseTime), false);
    assert.equal(ack.options.has(codes.router), true);
  });

  test('that declines or releases needs no answer, and can ask again', () => {
    const guest = new Guest();
    guest.sends(request(types.DHCPDECLINE), broadcast);
    guest.sends(request(types.DHCPRELEASE), broadcast).takesNothing();
    guest.sends(request(types.DHCPDISCOVER), broadcast).takesOne();
  });

  test('whose search list is too long for a packet gets the beginning of it', () => {
    const searchDomains = Array.from({ length: 100 }, (_, i) => `domain-${i}.example`);
    const guest = new Guest({ settings: { searchDomains } });
    const offer = replyIn(guest.sends(request(types.DHCPDISCOVER), broadcast).takesOne());
    const search = parseDomainNames(offer.options.get(codes.domainSearch) ?? nobody);
    assert.ok(search.length > 10 && search.length < 100);
    assert.deepEqual(search, searchDomains.slice(0, search.length));
  });
});

test('what is no request of a client on this link is dropped', () => {
  const guest = new Guest();
  guest.sends(request(types.DHCPDISCOVER, { op: 2 }), broadcast);
  guest.sends(request(types.DHCPDISCOVER, { hlen: 16 }), broadcast);
  guest.sends(request(types.DHCPDISCOVER, { giaddr: address('10.0.2.9') }), broadcast);
  const ends = { from: '0.0.0.0', to: '255.255.255.255', fromPort: 68, toPort: 67 };
  guest.sends(udpPacket(ends, new Uint8Array(300)), broadcast);
  guest.sends(udpPacket(ends, new Uint8Array(0)), broadcast);
  guest.takesNothing().drops('dhcp: malformed', 5);
});

test('a DHCP server elsewhere is a host like others', () => {
  const guest = new Guest();
  guest.sends(request(types.DHCPDISCOVER, { from: '10.0.2.100', to: '192.0.2.1' })).takesNothing();
  assert.equal(guest.hosts.udp.last.ends.remotePort, 67);
});
