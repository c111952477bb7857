/** ARP and NDP, beside frames that Linux sent: fields in order, then both directions. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'node:test';
import { DecodeError } from '../../../src/errors/index.js';
import {
  arp,
  dataViewOf,
  emitDomainNames,
  emitNdpOptions,
  linkLayerAddress,
  neighbourAdvertisement,
  neighbourSolicitation,
  parseDomainNames,
  parseNdpOptions,
  routerAdvertisement,
  routerSolicitation,
  type NdpOption,
} from '../../../src/wire/index.js';
import { annotated } from '../../support/annotated.js';
import { address, gatewayMac, guestMac } from '../../support/stack/frames.js';

test('an ARP request of Linux', () => {
  const captured = annotated(`
    0001          hardware: Ethernet
    0800          protocol: IPv4
    06 04         lengths of their addresses
    0001          a request
    525400123456  the sender's MAC
    0a000264      10.0.2.100, the sender
    000000000000  to be found out
    0a000203      10.0.2.3, the target`);
  const message = {
    hardwareType: 1,
    protocolType: 0x0800,
    hardwareLength: 6,
    protocolLength: 4,
    operation: 1,
    senderMac: guestMac,
    senderAddress: address('10.0.2.100'),
    targetMac: new Uint8Array(6),
    targetAddress: address('10.0.2.3'),
  };
  assert.deepEqual(arp.parse(captured), message);
  const written = new Uint8Array(arp.size);
  arp.write(dataViewOf(written), 0, message);
  assert.deepEqual(written, captured);
});

describe('neighbour discovery as Linux speaks it', () => {
  test('a solicitation', () => {
    const captured = annotated(`
      87 00                             neighbour solicitation, code 0
      73a0                              checksum
      00000000                          reserved
      fd000000000000000000000000000002  the target
      01 01 525400123456                option: the source's link-layer address, 1 unit of 8 bytes`);
    const { size } = neighbourSolicitation;
    const fields = { type: 135, code: 0, checksum: 0x73a0, target: address('fd00::2') };
    assert.deepEqual(neighbourSolicitation.parse(captured), fields);
    const options = parseNdpOptions(captured.subarray(size));
    assert.deepEqual(options, [{ kind: 'source link-layer address', mac: guestMac }]);
    assert.deepEqual(linkLayerAddress(options, 'source link-layer address'), guestMac);
    assert.equal(linkLayerAddress(options, 'target link-layer address'), undefined);
    const written = new Uint8Array(size);
    neighbourSolicitation.write(dataViewOf(written), 0, fields);
    assert.deepEqual(Uint8Array.of(...written, ...emitNdpOptions(options)), captured);
  });

  test('a probe for duplicates, with a nonce (RFC 7527) that we only pass over', () => {
    const captured = annotated(`
      87 00                             neighbour solicitation
      f14a                              checksum
      00000000                          reserved
      fd000000000000000000000000000100  the address it wants
      0e 01 2616feed574f                option 14: nonce`);
    const nonce = Uint8Array.of(0x26, 0x16, 0xfe, 0xed, 0x57, 0x4f);
    const options = parseNdpOptions(captured.subarray(neighbourSolicitation.size));
    assert.deepEqual(options, [{ kind: 'unknown', type: 14, value: nonce }]);
    assert.deepEqual(emitNdpOptions(options), captured.slice(neighbourSolicitation.size));
  });

  test('a router solicitation', () => {
    const captured = annotated(`
      85 00               router solicitation
      71b5                checksum
      00000000            reserved
      01 01 525400123456  option: the source's link-layer address`);
    assert.deepEqual(routerSolicitation.parse(captured), { type: 133, code: 0, checksum: 0x71b5 });
    assert.equal(parseNdpOptions(captured.subarray(routerSolicitation.size)).length, 1);
  });

  test('an advertisement has its flags in the highest bits', () => {
    const bytes = annotated(`
      88 00                             neighbour advertisement
      0000                              checksum
      e0000000                          router, solicited, override
      fd000000000000000000000000000002  the target`);
    const { flags, target } = neighbourAdvertisement.parse(bytes);
    assert.deepEqual([flags, target], [0xe000_0000, address('fd00::2')]);
  });

  test('a router advertisement, with every option of it', () => {
    const bytes = annotated(`
      86 00                                router advertisement
      0000                                 checksum
      40 40 0708                           hop limit 64; "other configuration"; a router for 1800 s
      00000000 00000000                    no word on reachable time and retransmission
      01 01 52550a000202                   the router's link-layer address
      05 01 0000 000005dc                  MTU 1500
      03 04 40 c0                          prefix of 64 bits: on link, autonomous
      00278d00 00093a80 00000000           valid for 30 days, preferred for 7
      fd000000000000000000000000000000
      19 03 0000 00000708                  DNS servers (RFC 8106) for 1800 s
      fd000000000000000000000000000003
      1f 03 0000 00000708                  search domains for 1800 s
      04 636f7270 07 6578616d706c65 00     corp.example
      0000                                 padding`);
    const options: NdpOption[] = [
      { kind: 'source link-layer address', mac: gatewayMac },
      { kind: 'mtu', mtu: 1500 },
      {
        kind: 'prefix information',
        prefixLength: 64,
        flags: 0xc0,
        validLifetime: 2_592_000,
        preferredLifetime: 604_800,
        prefix: address('fd00::'),
      },
      { kind: 'dns servers', lifetime: 1800, servers: [address('fd00::3')] },
      { kind: 'search domains', lifetime: 1800, domains: ['corp.example'] },
    ];
    const { hopLimit, flags, lifetime } = routerAdvertisement.parse(bytes);
    assert.deepEqual([hopLimit, flags, lifetime], [64, 0x40, 1800]);
    assert.deepEqual(parseNdpOptions(bytes.subarray(routerAdvertisement.size)), options);
    assert.deepEqual(emitNdpOptions(options), bytes.slice(routerAdvertisement.size));
  });

  test('an option of length 0, or one that ends behind the message, is an error', () => {
    for (const bytes of ['01 00 525400123456', '01 02 525400123456', '01', '05 01 0000']) {
      assert.throws(() => parseNdpOptions(annotated(bytes)), DecodeError);
    }
  });

  test('whatever the bytes are, options are parsed or are a DecodeError', () => {
    const units = fc.uint8Array({ minLength: 0, maxLength: 80 });
    fc.assert(
      fc.property(units, (bytes) => {
        try {
          for (const option of parseNdpOptions(bytes)) assert.ok(option.kind);
        } catch (error) {
          assert.ok(error instanceof DecodeError);
        }
      }),
    );
  });
});

describe('lists of domain names', () => {
  const label = fc.stringMatching(/^[a-z0-9-]{1,20}$/);
  const names = fc.array(fc.array(label, { minLength: 1, maxLength: 4 }), { maxLength: 4 });

  test('come back as they were', () => {
    fc.assert(
      fc.property(names, (labels) => {
        const domains = labels.map((name) => name.join('.'));
        assert.deepEqual(parseDomainNames(emitDomainNames(domains)), domains);
      }),
    );
  });

  test('leave out what is no name', () => {
    const domains = ['example', '', 'a..b', 'x'.repeat(64), '.'];
    assert.deepEqual(parseDomainNames(emitDomainNames(domains)), ['example']);
  });

  test('that end too early, or have a pointer in them, are an error', () => {
    for (const bytes of ['04 636f', '04 636f7270', 'c0 00', '40']) {
      assert.throws(() => parseDomainNames(annotated(bytes)), DecodeError);
    }
  });
});
