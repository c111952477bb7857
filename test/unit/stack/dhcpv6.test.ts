import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  dhcpv6Options as codes,
  dhcpv6Types as types,
  emitDhcpv6,
  emitIaAddress,
  emitIaNa,
  formatIp,
  parseDhcpv6,
  parseDomainNames,
  parseIaAddress,
  parseIaNa,
  udp,
  type Dhcpv6Message,
  type Dhcpv6Option,
} from '../../../src/wire/index.js';
import { linkLocalOf } from '../../../src/stack/index.js';
import { address, gatewayMac, guestMac, udpPacket } from '../../support/stack/frames.js';
import { Guest } from '../../support/stack/guest.js';

const linkLocal = formatIp(linkLocalOf(guestMac));
const toServers = { to: Uint8Array.of(0x33, 0x33, 0, 1, 0, 2) };
const client: Dhcpv6Option = {
  code: codes.CLIENTID,
  value: Uint8Array.of(0, 3, 0, 1, ...guestMac),
};
const server: Dhcpv6Option = {
  code: codes.SERVERID,
  value: Uint8Array.of(0, 3, 0, 1, ...gatewayMac),
};
const otherServer: Dhcpv6Option = { code: codes.SERVERID, value: Uint8Array.of(0, 2, 9, 9) };

function association(iaid: number, addresses: readonly string[] = []): Dhcpv6Option {
  const options = addresses.map((text) => {
    const fields = { address: address(text), preferredLifetime: 0, validLifetime: 0 };
    return { code: codes.IAADDR, value: emitIaAddress(fields) };
  });
  return { code: codes.IA_NA, value: emitIaNa({ iaid, t1: 0, t2: 0, options }) };
}

function message(type: number, options: readonly Dhcpv6Option[], to = 'ff02::1:2'): Uint8Array {
  const ends = { from: linkLocal, to, fromPort: 546, toPort: 547 };
  return udpPacket(ends, emitDhcpv6({ type, transaction: 0x7b23c6, options }));
}

/** What the server says to a message; undefined: nothing. */
function answer(type: number, options: readonly Dhcpv6Option[]): Dhcpv6Message | undefined {
  const guest = new Guest({ settings: { searchDomains: ['example'] } });
  const [got, ...more] = guest.sends(message(type, options), toServers).takes();
  assert.equal(more.length, 0);
  if (got === undefined) return undefined;
  assert.deepEqual([got.from, got.to], [formatIp(linkLocalOf(gatewayMac)), linkLocal]);
  const { sourcePort, destinationPort } = udp.parse(got.payload);
  assert.deepEqual([sourcePort, destinationPort], [547, 546]);
  const reply = parseDhcpv6(got.payload.subarray(udp.size));
  assert.equal(reply.transaction, 0x7b23c6);
  assert.ok(
    reply.options.some(({ code, value }) => code === 2 && value.join() === server.value.join()),
  );
  return reply;
}

function option(reply: Dhcpv6Message | undefined, code: number): Uint8Array {
  const found = reply?.options.find((candidate) => candidate.code === code);
  assert.ok(found, `no option ${code}`);
  return found.value;
}

/** The addresses of the associations in a reply: how long each is valid. */
function addressesOf(reply: Dhcpv6Message | undefined): [string, number][][] {
  const associations = reply?.options.filter(({ code }) => code === codes.IA_NA) ?? [];
  return associations.map(({ value }) =>
    parseIaNa(value).options.flatMap(({ code, value: inner }): [string, number][] => {
      if (code !== codes.IAADDR) return [];
      const fields = parseIaAddress(inner);
      return [[formatIp(fields.address), fields.validLifetime]];
    }),
  );
}

describe('a DHCPv6 client', () => {
  test('that only wants to be informed hears of name server and search domains', () => {
    const reply = answer(types['INFORMATION-REQUEST'], [client]);
    assert.equal(reply?.type, types.REPLY);
    assert.deepEqual(option(reply, codes.DNS_SERVERS), address('fd00::3'));
    assert.deepEqual(parseDomainNames(option(reply, codes.DOMAIN_LIST)), ['example']);
    assert.deepEqual(option(reply, codes.CLIENTID), client.value);
    assert.ok(answer(types['INFORMATION-REQUEST'], []), 'also without a name of its own');
  });

  test('that solicits is offered the guest’s address', () => {
    const reply = answer(types.SOLICIT, [client, association(7)]);
    assert.equal(reply?.type, types.ADVERTISE);
    assert.deepEqual(addressesOf(reply), [[['fd00::100', 86_400]]]);
    assert.equal(parseIaNa(option(reply, codes.IA_NA)).iaid, 7);
  });

  test('that is in a hurry gets it at once', () => {
    const rapid = { code: codes.RAPID_COMMIT, value: new Uint8Array(0) };
    const reply = answer(types.SOLICIT, [client, rapid, association(7)]);
    assert.equal(reply?.type, types.REPLY);
    assert.deepEqual(option(reply, codes.RAPID_COMMIT), rapid.value);
  });

  test('that requests, renews or rebinds gets it, and loses any other', () => {
    const wanted = association(7, ['fd00::100', 'fd00::5']);
    for (const [type, named] of [
      [types.REQUEST, [client, server]],
      [types.RENEW, [client, server]],
      [types.REBIND, [client]],
    ] as const) {
      const reply = answer(type, [...named, wanted]);
      assert.equal(reply?.type, types.REPLY);
      assert.deepEqual(addressesOf(reply), [
        [
          ['fd00::100', 86_400],
          ['fd00::5', 0],
        ],
      ]);
    }
  });

  test('that wants two addresses gets one', () => {
    const reply = answer(types.REQUEST, [client, server, association(7), association(8)]);
    assert.deepEqual(addressesOf(reply), [[['fd00::100', 86_400]], []]);
    const second = reply?.options.filter(({ code }) => code === codes.IA_NA)[1];
    assert.ok(second);
    const [status] = parseIaNa(second.value).options;
    assert.deepEqual(status, { code: codes.STATUS_CODE, value: Uint8Array.of(0, 2) });
  });

  test('that comes from another network is told that its address is of no use here', () => {
    const status = (addresses: readonly string[]): number[] => [
      ...option(answer(types.CONFIRM, [client, association(7, addresses)]), codes.STATUS_CODE),
    ];
    assert.deepEqual(status(['fd00::100']), [0, 0]);
    assert.deepEqual(status(['fd00::100', '2001:db8::5']), [0, 4]);
    assert.equal(answer(types.CONFIRM, [client, association(7)]), undefined);
  });

  test('that releases or declines is told that it is well', () => {
    for (const type of [types.RELEASE, types.DECLINE]) {
      const reply = answer(type, [client, server, association(7, ['fd00::100'])]);
      assert.deepEqual([...option(reply, codes.STATUS_CODE)], [0, 0]);
    }
  });

  test('that speaks to another server, or to none where it must, is not answered', () => {
    const ours = association(7);
    assert.equal(answer(types.REQUEST, [client, otherServer, ours]), undefined);
    assert.equal(answer(types.REQUEST, [client, ours]), undefined);
    assert.equal(answer(types.SOLICIT, [client, server, ours]), undefined);
    assert.equal(answer(types.SOLICIT, [ours]), undefined);
    assert.equal(answer(types['INFORMATION-REQUEST'], [client, ours]), undefined);
    assert.equal(answer(types['INFORMATION-REQUEST'], [client, otherServer]), undefined);
    assert.equal(answer(types.REPLY, [client, server]), undefined);
  });
});

test('a message that is broken is dropped, and so is one to another group', () => {
  const guest = new Guest();
  const ends = { from: linkLocal, to: 'ff02::1:2', fromPort: 546, toPort: 547 };
  guest.sends(udpPacket(ends, Uint8Array.of(11, 0, 0)), toServers).drops('dhcp: malformed');
  const cut = { code: codes.IA_NA, value: new Uint8Array(5) };
  guest.sends(message(types.SOLICIT, [client, cut]), toServers).drops('dhcp: malformed', 2);
  guest.sends(message(types['INFORMATION-REQUEST'], [client], 'ff05::1:3'), toServers);
  guest.takesNothing().drops('ip: multicast or broadcast');
});
