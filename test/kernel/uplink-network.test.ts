/** What stock programs find out about the network that an uplink makes. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { packageFolder } from '../../src/index.js';
import { start } from '../support/nskit.js';
import { gateways, makeInside, python, type Inside } from '../support/uplink.js';

const script = (name: string): string => join(packageFolder(), 'test/support', name);

/** A link-local address is of no use until its owner knows that nobody else has it. */
const addressesAreUsable = 'until [ -z "$(ip -6 address show tentative)" ]; do sleep 0.1; done';

let inside: Inside;
before(async () => {
  inside = await makeInside({ mtu: 1500, searchDomains: ['corp.example', 'example'] });
  await inside.output(['sh', '-c', addressesAreUsable]);
});
after(async () => {
  await inside[Symbol.asyncDispose]();
});

/** What a program printed, whatever its exit status. */
const said = (command: string): Promise<string> =>
  inside.output(['sh', '-c', `${command} 2>&1; true`]);

describe('a client of', () => {
  test('DHCP gets the guest’s address and all that it asks for', async () => {
    const options = ['-n', '-q', '-f', '-O', 'search', '-O', 'mtu'];
    const printed = await inside.output([
      ...['udhcpc', '-i', 'tap0', ...options],
      ...['-s', script('udhcpc-script.sh')],
    ]);
    const bound = printed.split('event=bound\n')[1];
    assert.deepEqual(bound?.split('\n'), [
      'ip=10.0.2.100',
      'subnet=255.255.255.0',
      'router=10.0.2.2',
      'dns=10.0.2.3',
      'broadcast=10.0.2.255',
      'mtu=1500',
      'domain=corp.example',
      'search=corp.example example',
      'lease=86400',
      'serverid=10.0.2.2',
    ]);
  });

  const dhclient = ['dhclient', '-6', '-1', '-d', '-lf', '/dev/null', '-pf', '/dev/null'];
  const dhcpv6 = (...options: string[]): Promise<string> =>
    said([...dhclient, '-sf', script('dhclient-script.sh'), ...options, 'tap0'].join(' '));

  test('DHCPv6 is informed of name server and search domains', async () => {
    const printed = await dhcpv6('-S');
    assert.match(printed, /^new_dhcp6_name_servers=fd00::3$/m);
    assert.match(printed, /^new_dhcp6_domain_search=corp\.example\. example\.$/m);
  });

  test('DHCPv6 gets the guest’s address if it wants one', async () => {
    assert.match(await dhcpv6(), /^new_ip6_address=fd00::100$/m);
  });

  test('router advertisements learns prefix, MTU and DNS', async () => {
    const printed = await inside.output(['rdisc6', '-1', 'tap0']);
    assert.match(printed, / Prefix +: fd00::\/64\n/);
    assert.match(printed, / MTU +: +1500 bytes/);
    assert.match(printed, / Recursive DNS server +: fd00::3\n/);
    assert.match(printed, / DNS search list +: corp\.example example/);
  });

  test('neighbour discovery finds our addresses, and no others', async () => {
    const found = await inside.output(['ndisc6', '-1', 'fd00::3', 'tap0']);
    assert.match(found, /Target link-layer address: 02:6E:73:6B:00:02/);
    assert.match(await said('ndisc6 -r 1 -w 300 fd00::77 tap0'), /No response/);
  });
});

describe('on the way there is', () => {
  test('one router, the gateway', async () => {
    for (const [gateway, there] of [
      ['10.0.2.2', '192.0.2.7'],
      ['fd00::2', '2001:db8::7'],
    ] as const) {
      const printed = await inside.output(['traceroute', '-n', '-q', '1', '-m', '3', there]);
      const hops = printed
        .split('\n')
        .slice(1)
        .map((line) => line.trim().split(/ +/).slice(0, 2));
      assert.deepEqual(hops, [
        ['1', gateway],
        ['2', there],
      ]);
    }
  });

  test('an end of the hop limit for ping too', async () => {
    assert.match(
      await said('ping -n -c 1 -t 1 192.0.2.7'),
      /From 10\.0\.2\.2 icmp_seq=1 Time to live/,
    );
    assert.match(
      await said('ping -n -c 1 -t 1 2001:db8::7'),
      /From fd00::2 icmp_seq=1 Time exceeded/,
    );
  });

  test('room for pings of many fragments', async () => {
    for (const gateway of Object.values(gateways)) {
      const printed = await inside.output(['ping', '-n', '-c', '1', '-s', '60000', gateway]);
      assert.match(printed, /60008 bytes from/);
    }
  });
});

for (const version of [4, 6] as const) {
  test(`UDP super-datagrams cross, and arrive in pieces (IPv${version})`, async () => {
    const [program = '', ...args] = python('segments.py');
    await using server = await start(program, [
      ...args,
      'serve',
      version === 4 ? '127.0.0.1' : '::1',
    ]);
    const port = server.firstLine;
    const expected = Array.from({ length: 20 }, () => '1200').join(' ');
    for (const way of ['send', 'fetch']) {
      const printed = await inside.output([
        ...python('segments.py'),
        ...[way, gateways[version], port, '20', '1200'],
      ]);
      assert.equal(printed, expected, way);
    }
    assert.equal(inside.uplink.counters.drops['udp: malformed'], undefined);
  });
}
