/** What programs see of destinations that cannot be reached: as on the host itself. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { makeSimulatedHost, type SimulatedHost } from '../support/simulated-host.js';
import { python } from '../support/uplink.js';

let host: SimulatedHost;
before(async () => {
  host = await makeSimulatedHost();
});
after(() => host[Symbol.asyncDispose]());

/** By IPv4 "prohibited" is an ICMP message that reaches programs as EHOSTUNREACH (icmp(7)). */
const cases = [
  ['nobody listens', '203.0.113.99', 'ECONNREFUSED'],
  ['nobody listens', '2001:db8::99', 'ECONNREFUSED'],
  ['an unreachable route', '198.51.100.1', 'EHOSTUNREACH'],
  ['an unreachable route', '2001:db8:1::1', 'EHOSTUNREACH'],
  ['no route', '198.51.100.99', 'ENETUNREACH'],
  ['no route', '2001:db8:2::99', 'ENETUNREACH'],
  ['a router that prohibits', '203.0.113.1', 'EHOSTUNREACH'],
  ['a router that prohibits', '2001:db8::1', 'EACCES'],
  ['a router without a route', '203.0.113.2', 'ENETUNREACH'],
  ['a router without a route', '2001:db8::2', 'ENETUNREACH'],
  ['a host that does not answer its router', '203.0.113.3', 'EHOSTUNREACH'],
  ['a host that does not answer its router', '2001:db8::3', 'EHOSTUNREACH'],
  ['a port that is closed by ICMP', '203.0.113.4', 'ECONNREFUSED'],
  ['a port that is closed by ICMP', '2001:db8::4', 'ECONNREFUSED'],
  ['silence', '203.0.113.5', 'ETIMEDOUT'],
  ['silence', '2001:db8::5', 'ETIMEDOUT'],
] as const;

describe('a TCP connection sees what one of the host sees', { concurrency: true }, () => {
  for (const [what, address, expected] of cases) {
    test(`${what}: ${address}`, async () => {
      const probe = [...python('probe.py'), 'tcp', address, '80'];
      const [native, inside] = await Promise.all([host.onHost(probe), host.inside(probe)]);
      assert.equal(native, expected, 'on the host');
      assert.equal(inside, expected, 'inside');
    });
  }

  test('a route that prohibits: told by ICMP, which is EHOSTUNREACH by IPv4', async () => {
    for (const [address, expected] of [
      ['198.51.100.2', 'EHOSTUNREACH'],
      ['2001:db8:1::2', 'EACCES'],
    ] as const) {
      const probe = [...python('probe.py'), 'tcp', address, '80'];
      assert.equal(await host.onHost(probe), 'EACCES');
      assert.equal(await host.inside(probe), expected);
    }
  });
});

describe(
  'a UDP socket that asks for errors sees what one of the host sees',
  { concurrency: true },
  () => {
    for (const [what, address, expected] of cases) {
      // A socket waits for an answer as long as it likes.
      if (expected === 'ETIMEDOUT') continue;
      test(`${what}: ${address}`, async () => {
        const probe = [...python('probe.py'), 'udp-all', address, '80'];
        const [native, inside] = await Promise.all([host.onHost(probe), host.inside(probe)]);
        assert.equal(native, expected, 'on the host');
        assert.equal(inside, expected, 'inside');
      });
    }
  },
);

test('a UDP socket hears that nobody listens', async () => {
  for (const address of ['203.0.113.99', '2001:db8::99']) {
    const probe = [...python('probe.py'), 'udp', address, '80'];
    assert.equal(await host.onHost(probe), 'ECONNREFUSED');
    assert.equal(await host.inside(probe), 'ECONNREFUSED');
  }
});
