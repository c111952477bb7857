/** What users say about an uplink, and what follows from it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HostsFile } from '../../../src/stack/index.js';
import {
  describeFamily,
  familiesOf,
  hostsText,
  uplinkPlan,
  type UplinkOptions,
} from '../../../src/uplink/options.js';

const addresses = (options: UplinkOptions): string[] =>
  familiesOf(uplinkPlan(options)).map((family) => Object.values(describeFamily(family)).join(' '));

const refuses = (options: UplinkOptions, pattern: RegExp): void => {
  assert.throws(() => uplinkPlan(options), { code: 'ERR_USAGE', message: pattern });
};

describe('the virtual network', () => {
  test('is slirp4netns’s when nobody says another one', () => {
    assert.deepEqual(addresses({}), ['10.0.2.2 10.0.2.3 10.0.2.100', 'fd00::2 fd00::3 fd00::100']);
    assert.deepEqual(addresses({ ipv6: false }), ['10.0.2.2 10.0.2.3 10.0.2.100']);
  });

  test('can be another one, for each family', () => {
    assert.deepEqual(addresses({ cidr: '192.168.77.0/25', ipv6: false }), [
      '192.168.77.2 192.168.77.3 192.168.77.100',
    ]);
    assert.deepEqual(addresses({ cidr: ['fd77:1::/48', '10.0.0.0/8'] }), [
      '10.0.0.2 10.0.0.3 10.0.0.100',
      'fd77:1::2 fd77:1::3 fd77:1::100',
    ]);
  });

  test('needs room, its own address, and one network of a family at most', () => {
    refuses({ cidr: '10.0.2.0/26' }, /10\.0\.2\.0\/26: a prefix from 1 to 25/);
    refuses({ cidr: '0.0.0.0/0' }, /a prefix from 1 to 25/);
    refuses({ cidr: 'fd00::/113' }, /a prefix from 1 to 112/);
    refuses({ cidr: '10.0.2.1/24' }, /bits are set behind the prefix/);
    refuses({ cidr: '10.0.2.0' }, /is no network/);
    refuses({ cidr: 'all' }, /is no network/);
    refuses({ cidr: ['10.0.2.0/24', '10.0.3.0/24'] }, /more than one network/);
    refuses({ cidr: 'fd00::/64', ipv6: false }, /an IPv6 network, but no IPv6/);
    for (const cidr of ['127.0.0.0/8', '224.0.0.0/8', 'fe80::/64', 'ff00::/16', '0.0.0.0/8']) {
      refuses({ cidr }, /is no network for programs/);
    }
  });
});

describe('the MTU', () => {
  test('is 65520, or what both families can carry', () => {
    assert.equal(uplinkPlan().mtu, 65_520);
    assert.equal(uplinkPlan({ mtu: 1280 }).mtu, 1280);
    assert.equal(uplinkPlan({ mtu: 68, ipv6: false }).mtu, 68);
    refuses({ mtu: 1279 }, /from 1280 to 65520, not 1279/);
    refuses({ mtu: 67, ipv6: false }, /from 68 to 65520/);
    refuses({ mtu: 65_521 }, /from 1280 to 65520/);
    refuses({ mtu: Number.NaN }, /not NaN/);
    refuses({ mtu: 1500.5 }, /not 1500.5/);
  });
});

describe('where flows leave from', () => {
  test('is an address of a family, or an interface for both', () => {
    const none = { address: undefined, device: undefined };
    assert.deepEqual(uplinkPlan().outbound, { ipv4: none, ipv6: none });
    assert.deepEqual(uplinkPlan({ outbound: '198.51.100.7' }).outbound, {
      ipv4: { address: '198.51.100.7', device: undefined },
      ipv6: none,
    });
    assert.deepEqual(uplinkPlan({ outbound: '2001:db8::7' }).outbound.ipv6, {
      address: '2001:db8::7',
      device: undefined,
    });
    const device = { address: undefined, device: 'wlan0' };
    assert.deepEqual(uplinkPlan({ outbound: 'wlan0' }).outbound, { ipv4: device, ipv6: device });
  });

  test('must be one', () => {
    refuses({ outbound: { ipv4: '2001:db8::7' } }, /is no IPv4 address/);
    refuses({ outbound: { ipv6: '198.51.100.7' } }, /is no IPv6 address/);
    refuses({ outbound: '1.2.3.4.5/6' }, /is no name for an interface/);
    refuses({ outbound: 'a-name-of-sixteen' }, /is no name for an interface/);
  });
});

describe('names that are given', () => {
  test('are lines of hosts(5), each an address', () => {
    const hosts = { 'api.test': '192.0.2.80', 'db.test': ['192.0.2.5', '2001:db8::5'] };
    const lines = ['192.0.2.80 api.test', '192.0.2.5 db.test', '2001:db8::5 db.test', ''];
    assert.equal(hostsText({ hosts }), lines.join('\n'));
    assert.throws(() => hostsText({ hosts: { 'api.test': 'db.test' } }), { code: 'ERR_USAGE' });
    assert.throws(() => hostsText({ hosts: { 'a b': '192.0.2.80' } }), { code: 'ERR_USAGE' });
  });

  test('come before those of the host’s file', () => {
    const first = new HostsFile('192.0.2.80 api.test');
    const both = new HostsFile('192.0.2.1 api.test\n192.0.2.2 other.test', first);
    assert.deepEqual(both.addressesOf('api.test'), ['192.0.2.80']);
    assert.deepEqual(both.addressesOf('other.test'), ['192.0.2.2']);
    assert.deepEqual(both.namesOf('192.0.2.80'), ['api.test']);
    assert.deepEqual(both.namesOf('192.0.2.2'), ['other.test']);
  });
});

test('limits are whole numbers above 0', () => {
  refuses({ limits: { flows: 0 } }, /whole number above 0, not flows: 0/);
  refuses({ limits: { newFlowsPerSecond: 1.5 } }, /not newFlowsPerSecond: 1\.5/);
  refuses({ limits: { memoryBytes: Infinity } }, /not memoryBytes: Infinity/);
  uplinkPlan({ limits: { flows: 1, descriptors: 'fair' } });
});
