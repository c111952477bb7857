/** DHCP and DHCPv6, beside what udhcpc and dhclient sent. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'node:test';
import { DecodeError } from '../../../src/errors/index.js';
import {
  emitDhcp,
  emitDhcpv6,
  emitIaAddress,
  emitIaNa,
  parseDhcp,
  parseDhcpv6,
  parseIaAddress,
  parseIaNa,
} from '../../../src/wire/index.js';
import { annotated } from '../../support/annotated.js';
import { address, guestMac } from '../../support/stack/frames.js';

/** udhcpc 1.35, 300 bytes. */
const discover = annotated(`
  01 01 06 00                       a request, Ethernet, 6 bytes of address, no hops
  3c67740f                          xid
  0000 0000                         secs, flags: replies need no broadcast
  00000000 00000000                 ciaddr, yiaddr
  00000000 00000000                 siaddr, giaddr
  52540012345600000000000000000000  chaddr
  ${'00'.repeat(64)}  sname
  ${'00'.repeat(128)}  file
  63825363                          magic cookie
  35 01 01                          message type: DHCPDISCOVER
  39 02 0240                        largest message: 576
  37 07 0103060c0f1c2a              wanted: mask, router, DNS, host name, domain, broadcast, NTP
  3c 0c 7564686370 20 312e33352e30  vendor class: udhcpc 1.35.0
  3d 07 01 525400123456             client identifier
  ff                                end
  ${'00'.repeat(300 - 240 - 3 - 4 - 9 - 14 - 9 - 1)}  padding`);

describe('DHCP', () => {
  test('a discover of udhcpc is parsed, and emitted again byte for byte', () => {
    const message = parseDhcp(discover);
    const { op, htype, hlen, xid, flags, chaddr, options } = message;
    assert.deepEqual([op, htype, hlen, xid, flags], [1, 1, 6, 0x3c67740f, 0]);
    assert.deepEqual(chaddr.subarray(0, 6), guestMac);
    assert.deepEqual([...options.keys()], [53, 57, 55, 60, 61]);
    assert.deepEqual(options.get(53), Uint8Array.of(1));
    assert.deepEqual(emitDhcp(message), discover);
  });

  test('an option longer than 255 bytes is cut in two and put together again (RFC 3396)', () => {
    const value = Uint8Array.from({ length: 600 }, (_, i) => i);
    const bytes = emitDhcp({ ...parseDhcp(discover), options: new Map([[119, value]]) });
    assert.deepEqual([bytes[240], bytes[241]], [119, 255]);
    assert.deepEqual(parseDhcp(bytes).options.get(119), value);
  });

  test('an empty option is an option', () => {
    const bytes = emitDhcp({ ...parseDhcp(discover), options: new Map([[80, new Uint8Array(0)]]) });
    assert.deepEqual([...parseDhcp(bytes).options], [[80, new Uint8Array(0)]]);
  });

  test('options end with the message when nothing says so before', () => {
    const { options } = parseDhcp(discover.slice(0, 240 + 3));
    assert.deepEqual([...options.keys()], [53]);
  });

  test('no cookie, too few bytes, and an option behind the end are errors', () => {
    const wrongCookie = discover.slice();
    wrongCookie[236] = 0;
    const beyond = Uint8Array.of(...discover.subarray(0, 240), 53, 9, 1);
    const lonely = Uint8Array.of(...discover.subarray(0, 240), 53);
    for (const bytes of [wrongCookie, discover.subarray(0, 239), beyond, lonely]) {
      assert.throws(() => parseDhcp(bytes), DecodeError);
    }
  });

  test('options come back as they were', () => {
    const value = fc.uint8Array({ maxLength: 300 });
    const options = fc.array(fc.tuple(fc.integer({ min: 1, max: 254 }), value), { maxLength: 8 });
    fc.assert(
      fc.property(options, (pairs) => {
        const message = { ...parseDhcp(discover), options: new Map(pairs) };
        assert.deepEqual(parseDhcp(emitDhcp(message)), message);
      }),
    );
  });
});

describe('DHCPv6', () => {
  const informationRequest = annotated(`
    0b 7b23c6                            information-request, transaction
    0001 000e 00010001329a3618           client's DUID, with a time
              525400123456
    0006 0008 0017 0018 0027 001f        wanted: DNS servers, domains, FQDN, SNTP
    0008 0002 0000                       no time has passed`);

  const solicit = annotated(`
    01 7075ff                            solicit, transaction
    0001 000e 00010001329a3618           client's DUID
              525400123456
    0006 0008 0017 0018 0027 001f        wanted options
    0008 0002 0000                       no time has passed
    0003 000c 00123456                   IA_NA, its id
              00000e10 00001518          T1 3600 s, T2 5400 s`);

  test('an information-request of dhclient', () => {
    const message = parseDhcpv6(informationRequest);
    assert.deepEqual([message.type, message.transaction], [11, 0x7b23c6]);
    assert.deepEqual(
      message.options.map(({ code, value }) => [code, value.length]),
      [
        [1, 14],
        [6, 8],
        [8, 2],
      ],
    );
    assert.deepEqual(emitDhcpv6(message), informationRequest);
  });

  test('a solicit of dhclient, with what it wants an address for', () => {
    const message = parseDhcpv6(solicit);
    assert.equal(message.type, 1);
    const [wanted] = message.options.filter(({ code }) => code === 3);
    assert.ok(wanted);
    const association = parseIaNa(wanted.value);
    assert.deepEqual(association, { iaid: 0x123456, t1: 3600, t2: 5400, options: [] });
    assert.deepEqual(emitIaNa(association), wanted.value);
    assert.deepEqual(emitDhcpv6(message), solicit);
  });

  test('an address in an association', () => {
    const bytes = annotated(`
      fd000000000000000000000000000100  the address
      00000708 00000e10                 preferred for 1800 s, valid for 3600`);
    const fields = {
      address: address('fd00::100'),
      preferredLifetime: 1800,
      validLifetime: 3600,
    };
    assert.deepEqual(parseIaAddress(bytes), fields);
    assert.deepEqual(emitIaAddress(fields), bytes);
  });

  test('whatever the bytes are, a message is parsed and emitted again, or is a DecodeError', () => {
    const somewhat = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.nat(solicit.length).map((length) => solicit.slice(0, length)),
    );
    fc.assert(
      fc.property(somewhat, (bytes) => {
        try {
          assert.deepEqual(emitDhcpv6(parseDhcpv6(bytes)), bytes);
        } catch (error) {
          assert.ok(error instanceof DecodeError);
        }
      }),
    );
  });
});
