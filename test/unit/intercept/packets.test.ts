/** The packets of a gate: SYNs as they are seen, and what is put back for them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  datagramQuote,
  icmpErrorFor,
  parseSyn,
  quoteOf,
  resetFor,
  whole,
  type Packet,
  type Syn,
} from '../../../src/intercept/packets.js';
import {
  ICMPV6_DEST_UNREACH,
  ICMP_DEST_UNREACH,
  checksum,
  dataViewOf,
  formatIp,
  icmp,
  ipv4,
  ipv6,
  tcp,
  tcpFlags,
  udp,
} from '../../../src/wire/index.js';
import { annotated } from '../../support/annotated.js';

/** With checksums of the pseudo-header alone: the rest is left to a device, and loopback has none. */
const syns = {
  IPv4: annotated(`
    45 00 003c 1c46 4000 40 06 d60c    IP header, 60 bytes, TCP
    0a000264 cb007105                  10.0.2.100 to 203.0.113.5
    c350 0050 12345678 00000000        from 50000 to 80
    a0 02 ffd7 4898 0000               SYN, checksum of the pseudo-header
    020405b4 0402080a 00000001 00000000 01030307`),
  IPv6: annotated(`
    60000000 0028 06 40                            payload of 40 bytes, TCP
    fd000000000000000000000000000100               from fd00::100
    20010db8000000000000000000000005               to 2001:db8::5
    c350 01bb 89abcdef 00000000                    from 50000 to 443
    a0 02 ffc4 2bed 0000
    0204ffc4 0402080a 00000001 00000000 01030307`),
};

function synOf(bytes: Uint8Array): Syn {
  return parseSyn(bytes) ?? assert.fail('no SYN');
}

/** Of the payload with its pseudo-header. */
function isIntact({ bytes }: Packet): boolean {
  const view = dataViewOf(bytes);
  const isIPv4 = (bytes[0] ?? 0) >> 4 === 4;
  const at = isIPv4 ? ipv4.size : ipv6.size;
  const protocol = isIPv4 ? ipv4.parse(bytes).protocol : ipv6.parse(bytes).nextHeader;
  const length = bytes.length - at;
  const addressesAt = isIPv4 ? ipv4.offset.source : ipv6.offset.source;
  const pseudo = checksum.pseudoHeaderSum(view, addressesAt, isIPv4 ? 4 : 16, { protocol, length });
  const start = isIPv4 && protocol === 1 ? 0 : pseudo;
  return checksum.isIntact(checksum.addBytes(start, view, at, length));
}

for (const [family, bytes] of Object.entries(syns)) {
  const isIPv4 = family === 'IPv4';
  const at = isIPv4 ? ipv4.size : ipv6.size;
  const [inside, outside] = isIPv4 ? ['10.0.2.100', '203.0.113.5'] : ['fd00::100', '2001:db8::5'];
  const port = isIPv4 ? 80 : 443;

  describe(`a SYN by ${family}`, () => {
    test('has the checksum of its pseudo-header, as Linux leaves it', () => {
      const view = dataViewOf(bytes);
      const addressesAt = isIPv4 ? ipv4.offset.source : ipv6.offset.source;
      const pseudo = { protocol: 6, length: bytes.length - at };
      const sum = checksum.pseudoHeaderSum(view, addressesAt, isIPv4 ? 4 : 16, pseudo);
      assert.equal(tcp.parse(bytes, at).checksum, checksum.fold(sum));
    });

    test('is read', () => {
      const { ends, sequence } = synOf(bytes);
      assert.deepEqual(ends, {
        source: { address: inside, port: 50_000 },
        destination: { address: outside, port },
      });
      assert.equal(sequence, isIPv4 ? 0x12345678 : 0x89abcdef);
    });

    test('is let in as it was, with the checksum that the device would have written', () => {
      const packet = whole(synOf(bytes));
      assert.ok(isIntact(packet));
      const differences = [...packet.bytes].flatMap((byte, i) => (byte === bytes[i] ? [] : [i]));
      assert.ok(
        differences.every((i) => i === at + 16 || i === at + 17),
        differences.join(),
      );
    });

    test('is refused by a reset that answers it', () => {
      const packet = resetFor(synOf(bytes));
      const header = isIPv4 ? ipv4.parse(packet.bytes) : ipv6.parse(packet.bytes);
      assert.deepEqual([header.source, header.destination].map(formatIp), [outside, inside]);
      const segment = tcp.parse(packet.bytes, at);
      assert.deepEqual([segment.sourcePort, segment.destinationPort], [port, 50_000]);
      assert.equal(segment.flags, tcpFlags.RST | tcpFlags.ACK);
      assert.equal(segment.acknowledgment, isIPv4 ? 0x12345679 : 0x89abcdf0);
      assert.ok(isIntact(packet));
    });

    test('is answered by an ICMP error that quotes it', () => {
      const syn = synOf(bytes);
      const error = { type: isIPv4 ? ICMP_DEST_UNREACH : ICMPV6_DEST_UNREACH, code: 1 };
      const packet = icmpErrorFor(syn.ends, quoteOf(syn), error);
      const { type, code } = icmp.parse(packet.bytes, at);
      assert.deepEqual({ type, code }, error);
      assert.deepEqual(packet.bytes.subarray(at + icmp.size), bytes.subarray(0, at + 8));
      assert.ok(isIntact(packet));
    });
  });

  test(`a datagram by ${family} is quoted by its headers`, () => {
    const { ends } = synOf(bytes);
    const quote = datagramQuote(ends, 100);
    const { sourcePort, destinationPort, length } = udp.parse(quote, at);
    assert.deepEqual([sourcePort, destinationPort, length], [50_000, port, 108]);
    assert.equal(quote.length, at + udp.size);
  });
}

test('the IP header of what is put back adds up', () => {
  const { bytes } = resetFor(synOf(syns.IPv4));
  assert.ok(checksum.isIntact(checksum.addBytes(0, dataViewOf(bytes), 0, ipv4.size)));
});

test('options of IPv4 are passed over', () => {
  const bytes = new Uint8Array(syns.IPv4.length + 4);
  bytes.set(syns.IPv4.subarray(0, 20));
  bytes[0] = 0x46;
  bytes.set([1, 1, 1, 1], 20);
  bytes.set(syns.IPv4.subarray(20), 24);
  assert.equal(synOf(bytes).ends.destination.port, 80);
});

test('any bytes are read, or are none', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
      const syn = parseSyn(bytes);
      assert.ok(syn === undefined || whole(syn).bytes.length === bytes.length);
    }),
  );
});
