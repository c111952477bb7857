import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  NDISC_NEIGHBOUR_SOLICITATION,
  dataViewOf,
  emitNdpOptions,
  neighbourAdvertisement,
  neighbourSolicitation,
  parseNdpOptions,
  routerAdvertisement,
  type NdpOption,
} from '../../../src/wire/index.js';
import { linkLocalOf } from '../../../src/stack/index.js';
import { formatIp } from '../../../src/wire/index.js';
import { address, gatewayMac, guestMac, icmpPacket } from '../../support/stack/frames.js';
import { Guest, type Got } from '../../support/stack/guest.js';

const linkLocal = formatIp(linkLocalOf(gatewayMac));
const hisLinkLocal = formatIp(linkLocalOf(guestMac));
const multicast = { to: Uint8Array.of(0x33, 0x33, 0xff, 0, 0, 2) };
const from: NdpOption = { kind: 'source link-layer address', mac: guestMac };

interface Solicitation {
  readonly source?: string;
  readonly to?: string;
  readonly options?: readonly NdpOption[];
  readonly hopLimit?: number;
  readonly code?: number;
}

function solicitation(target: string, changes: Solicitation = {}): Uint8Array {
  const { source = 'fd00::100', to = 'ff02::1:ff00:2', options = [from] } = changes;
  const { hopLimit = 255, code = 0 } = changes;
  const head = new Uint8Array(neighbourSolicitation.size);
  neighbourSolicitation.write(dataViewOf(head), 0, {
    type: NDISC_NEIGHBOUR_SOLICITATION,
    ...{ code, checksum: 0, target: address(target) },
  });
  const message = Uint8Array.of(...head, ...emitNdpOptions(options));
  return icmpPacket({ from: source, to, hopLimit }, message);
}

function routerSolicitation(source: string, options: readonly NdpOption[]): Uint8Array {
  const message = Uint8Array.of(133, 0, 0, 0, 0, 0, 0, 0, ...emitNdpOptions(options));
  return icmpPacket({ from: source, to: 'ff02::2', hopLimit: 255 }, message);
}

const advertised = ({ payload }: Got): ReturnType<typeof neighbourAdvertisement.parse> =>
  neighbourAdvertisement.parse(payload);

describe('neighbour solicitations', () => {
  for (const target of ['fd00::2', 'fd00::3', linkLocal]) {
    test(`${target} is ours: who asks is told our MAC address`, () => {
      const got = new Guest().sends(solicitation(target), multicast).takesOne();
      assert.deepEqual([got.from, got.to, got.hopLimit], [target, 'fd00::100', 255]);
      assert.deepEqual(got.ethernet.destination, guestMac);
      assert.deepEqual(advertised(got).target, address(target));
      // Router, solicited, override.
      assert.equal(advertised(got).flags, 0xe000_0000);
      assert.deepEqual(parseNdpOptions(got.payload.subarray(neighbourAdvertisement.size)), [
        { kind: 'target link-layer address', mac: gatewayMac },
      ]);
    });
  }

  test('a probe for duplicates of our address is answered to everybody', () => {
    const probe = solicitation('fd00::2', { source: '::', options: [] });
    const got = new Guest().sends(probe, multicast).takesOne();
    assert.equal(got.to, 'ff02::1');
    assert.deepEqual(got.ethernet.destination, Uint8Array.of(0x33, 0x33, 0, 0, 0, 1));
    // Router, override; not solicited.
    assert.equal(advertised(got).flags, 0xa000_0000);
  });

  test('no address but ours is ever claimed, also when a host probes for duplicates', () => {
    const guest = new Guest();
    for (const target of ['fd00::100', 'fd00::4', hisLinkLocal, '2606:4700::1111', '::1']) {
      guest.sends(solicitation(target), multicast).takesNothing();
      guest.sends(solicitation(target, { source: '::', options: [] }), multicast).takesNothing();
    }
  });

  test('is the gateway still there? It answers who asks it alone', () => {
    const asked = solicitation('fd00::2', { to: 'fd00::2', options: [] });
    assert.equal(new Guest().sends(asked).takesOne().to, 'fd00::100');
  });

  test('what comes from beyond the link, or is not as RFC 4861 wants it, is malformed', () => {
    const guest = new Guest();
    guest.sends(solicitation('fd00::2', { hopLimit: 254 }), multicast);
    guest.sends(solicitation('fd00::2', { code: 1 }), multicast);
    guest.sends(solicitation('ff02::1'), multicast);
    guest.sends(solicitation('fd00::2', { source: '::' }), multicast);
    const short = Uint8Array.of(135, 0, 0, 0, 0, 0, 0, 0, 0xfd, 0);
    const to = 'ff02::1:ff00:2';
    guest.sends(icmpPacket({ from: 'fd00::100', to, hopLimit: 255 }, short), multicast);
    const endless = Uint8Array.of(135, ...new Uint8Array(7), ...address('fd00::2'), 1, 0);
    guest.sends(icmpPacket({ from: 'fd00::100', to, hopLimit: 255 }, endless), multicast);
    guest.takesNothing().drops('ndp: malformed', 6);
  });
});

describe('router advertisements', () => {
  const optionsOf = ({ payload }: Got): NdpOption[] =>
    parseNdpOptions(payload.subarray(routerAdvertisement.size));

  test('who asks for a router is told prefix, MTU, name server and search domains', () => {
    const guest = new Guest({
      settings: { ipv6IsDefault: true, searchDomains: ['corp.example', 'example'] },
    });
    const got = guest.sends(routerSolicitation(hisLinkLocal, [from]), multicast).takesOne();
    assert.deepEqual([got.from, got.to, got.hopLimit], [linkLocal, hisLinkLocal, 255]);
    const { lifetime, hopLimit, flags } = routerAdvertisement.parse(got.payload);
    assert.deepEqual([lifetime, hopLimit, flags], [1800, 64, 0x40]);
    assert.deepEqual(optionsOf(got), [
      { kind: 'source link-layer address', mac: gatewayMac },
      { kind: 'mtu', mtu: 1500 },
      {
        kind: 'prefix information',
        prefixLength: 64,
        // On this link, and good for making an address.
        flags: 0xc0,
        validLifetime: 2_592_000,
        preferredLifetime: 604_800,
        prefix: address('fd00::'),
      },
      { kind: 'dns servers', lifetime: 1800, servers: [address('fd00::3')] },
      { kind: 'search domains', lifetime: 1800, domains: ['corp.example', 'example'] },
    ]);
  });

  test('who has no address yet is answered together with everybody', () => {
    const got = new Guest().sends(routerSolicitation('::', []), multicast).takesOne();
    assert.equal(got.to, 'ff02::1');
    assert.deepEqual(got.ethernet.destination, Uint8Array.of(0x33, 0x33, 0, 0, 0, 1));
  });

  test('when the host has no IPv6, the router is nobody’s default', () => {
    const got = new Guest().sends(routerSolicitation('::', []), multicast).takesOne();
    assert.equal(routerAdvertisement.parse(got.payload).lifetime, 0);
  });

  test('when the host gets IPv6, or loses it, everybody hears at once', () => {
    const guest = new Guest();
    const lifetimes = [true, false].map((ipv6IsDefault) => {
      guest.stack.change({ ipv6IsDefault }, guest.now);
      return routerAdvertisement.parse(guest.takesOne().payload).lifetime;
    });
    assert.deepEqual(lifetimes, [1800, 0]);
  });

  test('when the search list changes, everybody hears what is new, and what is gone (RFC 8106)', () => {
    const guest = new Guest({ settings: { searchDomains: ['corp.example', 'example'] } });
    const lists = (searchDomains: string[]): unknown[] => {
      guest.stack.change({ searchDomains }, guest.now);
      const { payload } = guest.takesOne();
      return parseNdpOptions(payload.subarray(routerAdvertisement.size)).flatMap((option) =>
        option.kind === 'search domains' ? [[option.lifetime, ...option.domains]] : [],
      );
    };
    assert.deepEqual(lists(['example', 'new.example']), [
      [1800, 'example', 'new.example'],
      [0, 'corp.example'],
    ]);
    assert.deepEqual(lists([]), [[0, 'example', 'new.example']]);
    assert.deepEqual(lists([]), []);
  });

  test('they are repeated long before they end', () => {
    const guest = new Guest();
    let last = guest.now;
    for (let i = 0; i < 20; i++) {
      const deadline = guest.stack.nextDeadline();
      assert.ok(deadline !== undefined && deadline > guest.now);
      guest.pass(deadline - guest.now, 'all');
      assert.equal(guest.takesOne().to, 'ff02::1');
      assert.ok(guest.now - last <= 600_000);
      last = guest.now;
    }
  });

  test('a solicitation from nobody with a MAC address in it is malformed', () => {
    const guest = new Guest();
    guest.sends(routerSolicitation('::', [from]), multicast).takesNothing();
    guest.drops('ndp: malformed');
  });

  test('without IPv6 there is neither answer nor advertisement', () => {
    const guest = new Guest({ settings: { ipv6: undefined } });
    guest.sends(routerSolicitation(hisLinkLocal, [from]), multicast).takesNothing();
    guest.stack.change({ ipv6IsDefault: true }, guest.now);
    guest.takesNothing().drops('ip: switched off');
    assert.equal(guest.stack.nextDeadline(), undefined);
  });
});
