/** What a gate gets to see. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { MARK_LEAVING, MARK_LET_IN } from '../../../src/intercept/constants.js';
import { gateFilter } from '../../../src/intercept/filter.js';
import { ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6 } from '../../../src/wire/index.js';
import { runFilter, type Ancillary } from '../../support/classic-bpf.js';

const filter = gateFilter();
const SYN = 0x02;

const leaving: Ancillary = { protocol: ETHERTYPE_IPV4, packetType: 0, mark: MARK_LEAVING };

function byIPv4(flags: number, { protocol = 6, fragment = 0, words = 5 } = {}): Uint8Array {
  const bytes = new Uint8Array(4 * words + 20);
  bytes[0] = 0x40 | words;
  bytes[6] = fragment >> 8;
  bytes[7] = fragment & 255;
  bytes[9] = protocol;
  bytes[4 * words + 13] = flags;
  return bytes;
}

function byIPv6(flags: number, nextHeader = 6): Uint8Array {
  const bytes = new Uint8Array(60);
  bytes[0] = 0x60;
  bytes[6] = nextHeader;
  bytes[53] = flags;
  return bytes;
}

const passes = (bytes: Uint8Array, more: Partial<Ancillary> = {}): boolean =>
  runFilter(filter, bytes, { ...leaving, ...more }) > 0;

describe('a SYN that leaves passes', () => {
  test('by IPv4, with options too', () => {
    for (const words of [5, 6, 15]) assert.ok(passes(byIPv4(SYN, { words })));
  });
  test('by IPv6', () => {
    assert.ok(passes(byIPv6(SYN), { protocol: ETHERTYPE_IPV6 }));
  });
  test('with the flags of ECN, and not to be fragmented', () => {
    assert.ok(passes(byIPv4(SYN | 0xc0, { fragment: 0x4000 })));
  });
  test('whatever marks programs have set', () => {
    assert.ok(passes(byIPv4(SYN), { mark: MARK_LEAVING | 0xff }));
  });
});

describe('nothing else does', () => {
  test('what stays here', () => {
    assert.ok(!passes(byIPv4(SYN), { mark: 0 }));
  });
  test('what the gate itself has put there', () => {
    assert.ok(!passes(byIPv4(SYN), { mark: MARK_LEAVING | MARK_LET_IN }));
  });
  test('a packet on its way out, which is seen again as it arrives', () => {
    assert.ok(!passes(byIPv4(SYN), { packetType: 4 }));
  });
  test('other segments', () => {
    for (const flags of [0, 0x10, 0x12, 0x14, 0x11, 0x04, SYN | 0x01]) {
      assert.ok(!passes(byIPv4(flags)), String(flags));
      assert.ok(!passes(byIPv6(flags), { protocol: ETHERTYPE_IPV6 }), String(flags));
    }
  });
  test('other protocols', () => {
    for (const protocol of [1, 17, 58]) {
      assert.ok(!passes(byIPv4(SYN, { protocol })));
      assert.ok(!passes(byIPv6(SYN, protocol), { protocol: ETHERTYPE_IPV6 }));
    }
    assert.ok(!passes(byIPv4(SYN), { protocol: ETHERTYPE_ARP }));
  });
  test('a later fragment', () => {
    assert.ok(!passes(byIPv4(SYN, { fragment: 1 })));
  });
});

test('it comes to an end with any packet', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.boolean(), (bytes, isIPv6) => {
      const protocol = isIPv6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4;
      assert.equal(typeof passes(bytes, { protocol }), 'boolean');
    }),
  );
});
