/** Socket addresses, beside bytes written down by hand and by chance. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SocketAddress, isIPv4, isIPv6 } from 'node:net';
import { describe, test } from 'node:test';
import {
  emitSocketAddress,
  formatIPv4,
  formatIPv6,
  parseIPv4,
  parseIPv6,
  parseSocketAddress,
  type SocketAddress as Address,
} from '../../../src/wire/index.js';

const bytes = (hex: string): Uint8Array =>
  Uint8Array.from(Buffer.from(hex.replace(/\s/g, ''), 'hex'));

/** As a kernel on a little-endian machine has them in memory. */
const samples: Record<string, [Address, string]> = {
  sockaddr_in: [
    { family: 'inet', address: '192.0.2.7', port: 8080 },
    //family port address  zeros
    '0200    1f90 c0000207 0000000000000000',
  ],
  sockaddr_in6: [
    { family: 'inet6', address: 'fe80::1', port: 80, flowInfo: 5, scopeId: 3 },
    //family port flow     address                          scope
    '0a00    0050 00000005 fe800000000000000000000000000001 03000000',
  ],
  'sockaddr_un, a path': [{ family: 'unix', path: '/a' }, '0100 2f61 00'],
  'sockaddr_un, abstract': [
    { family: 'unix', abstract: bytes('6100') },
    // The NUL in front makes it abstract; the one at the end is part of the name.
    '0100 00 6100',
  ],
  'sockaddr_un, unnamed': [{ family: 'unix' }, '0100'],
  sockaddr_vm: [
    { family: 'vsock', cid: 2, port: 1024 },
    //family reserved port cid      zeros
    '2800    0000 00040000 02000000 00000000',
  ],
  sockaddr_nl: [{ family: 'netlink', portId: 77, groups: 0x11 }, '1000    0000 4d000000 11000000'],
  sockaddr_ll: [
    {
      ...{ family: 'packet', protocol: 0x0800, interfaceIndex: 2, hardwareType: 1, packetType: 4 },
      hardwareAddress: bytes('020000000001'),
    },
    //family protocol index hatype type length address
    '1100    0800 02000000  0100   04   06     020000000001 0000',
  ],
};

for (const [name, [address, hex]] of Object.entries(samples)) {
  test(`${name} is emitted and parsed`, () => {
    assert.deepEqual(emitSocketAddress(address), bytes(hex));
    assert.deepEqual(parseSocketAddress(bytes(hex)), address);
  });
}

describe('by chance', () => {
  const port = fc.nat(65_535);
  const word = fc.nat(0xffff_ffff);
  const octets = (length: number): fc.Arbitrary<Uint8Array> =>
    fc.uint8Array({ minLength: length, maxLength: length });
  const address: fc.Arbitrary<Address> = fc.oneof(
    fc.record({ family: fc.constant('inet' as const), address: fc.ipV4(), port }),
    fc.record({
      family: fc.constant('inet6' as const),
      address: octets(16).map(formatIPv6),
      port,
      scopeId: fc.integer({ min: 1, max: 0xffff_ffff }),
    }),
    fc.record({
      family: fc.constant('unix' as const),
      abstract: fc.uint8Array({ maxLength: 107 }),
    }),
    fc.record({
      family: fc.constant('unix' as const),
      path: fc.stringMatching(/^[a-zäß/.]{1,50}$/),
    }),
    fc.record({ family: fc.constant('vsock' as const), cid: word, port: word }),
    fc.record({ family: fc.constant('netlink' as const), portId: word, groups: word }),
  );

  test('what is emitted is parsed as it was', () => {
    fc.assert(
      fc.property(address, (given) => {
        assert.deepEqual(parseSocketAddress(emitSocketAddress(given)), { ...given });
      }),
    );
  });

  test('a decoder returns or throws DecodeError', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 130 }),
        fc.constantFrom(0, 1, 2, 10, 16, 17, 40),
        (raw, family) => {
          if (raw.length > 1) raw.set([family, 0]);
          try {
            parseSocketAddress(raw);
          } catch (error) {
            assert.equal((error as Error).name, 'DecodeError');
          }
        },
      ),
    );
  });

  test('text of addresses, beside Node’s own reading of it', () => {
    fc.assert(
      fc.property(octets(16), (raw) => {
        const text = formatIPv6(raw);
        assert.deepEqual(parseIPv6(text), raw);
        assert.equal(new SocketAddress({ address: text, family: 'ipv6' }).address, text);
      }),
    );
    fc.assert(fc.property(fc.ipV6(), (text) => assert.ok(parseIPv6(text), text)));
    fc.assert(fc.property(octets(4), (raw) => assert.deepEqual(parseIPv4(formatIPv4(raw)), raw)));
  });

  test('what Node takes for no address is none', () => {
    const letters = fc.stringMatching(/^[0-9a-f:.]{0,20}$/);
    fc.assert(
      fc.property(letters, (text) => {
        assert.equal(parseIPv6(text) !== undefined, isIPv6(text), text);
        assert.equal(parseIPv4(text) !== undefined, isIPv4(text), text);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('refused', () => {
  const cases: Record<string, Address> = {
    'a port out of range': { family: 'inet', address: '127.0.0.1', port: 65_536 },
    'no IPv4 address': { family: 'inet', address: '127.1', port: 1 },
    'no IPv6 address': { family: 'inet6', address: '::1::', port: 1 },
    'a path of 108 bytes': { family: 'unix', path: 'p'.repeat(108) },
    'a path of 54 letters of two bytes': { family: 'unix', path: 'ä'.repeat(54) },
    'an abstract name of 108 bytes': { family: 'unix', abstract: new Uint8Array(108) },
    'an empty path': { family: 'unix', path: '' },
    'a path with a NUL': { family: 'unix', path: 'a\0b' },
    'a path and an abstract name': { family: 'unix', path: '/a', abstract: new Uint8Array(1) },
    'a long hardware address': {
      ...{ family: 'packet', protocol: 1, interfaceIndex: 1 },
      hardwareAddress: new Uint8Array(9),
    },
  };
  for (const [name, address] of Object.entries(cases)) {
    test(name, () => {
      assert.throws(() => emitSocketAddress(address), RangeError);
    });
  }

  test('a path of 107 bytes is the longest', () => {
    assert.equal(emitSocketAddress({ family: 'unix', path: 'p'.repeat(107) }).length, 110);
  });
});
