/** Rules about where flows may go: how they are read, and which one decides. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { formatIp, networkOf, parseIp } from '../../../src/wire/index.js';
import { Access, type AccessOptions } from '../../../src/uplink/policy/access.js';
import { parseHostPorts, parsePlaces, type Rule } from '../../../src/uplink/policy/rule.js';
import {
  RuleTable,
  fits,
  moreSpecificFirst,
  type Destination,
} from '../../../src/uplink/policy/rule-table.js';
import { familiesOf, uplinkPlan } from '../../../src/uplink/options.js';

const bytes = (text: string): Uint8Array => parseIp(text) ?? assert.fail(text);

/** `tcp 192.0.2.1 80`: why not, or undefined. */
function ask(options: AccessOptions, text: string): string | undefined {
  const [protocol, address = '', port = '0'] = text.split(' ');
  const access = new Access(familiesOf(uplinkPlan()), options);
  return access.refusal({
    protocol: protocol as Destination['protocol'],
    ...{ address: bytes(address), port: Number(port) },
  });
}

describe('a rule as text', () => {
  const shown = (text: string): string[] =>
    parsePlaces(text).map(({ network, prefixLength, ports }) => {
      const range = ports === undefined ? '' : ` ${ports.first}-${ports.last}`;
      return `${formatIp(network)}/${prefixLength}${range}`;
    });

  test('is a network or an address, with or without a port or a range of them', () => {
    assert.deepEqual(shown('10.0.0.0/8'), ['10.0.0.0/8']);
    assert.deepEqual(shown('192.0.2.1'), ['192.0.2.1/32']);
    assert.deepEqual(shown('192.0.2.1:25'), ['192.0.2.1/32 25-25']);
    assert.deepEqual(shown('10.0.0.0/8:8000-8100'), ['10.0.0.0/8 8000-8100']);
    assert.deepEqual(shown('2001:db8::1'), ['2001:db8::1/128']);
    assert.deepEqual(shown('2001:db8::/32'), ['2001:db8::/32']);
    assert.deepEqual(shown('[2001:db8::]:443'), ['2001:db8::/128 443-443']);
    assert.deepEqual(shown('[2001:db8::/32]:443'), ['2001:db8::/32 443-443']);
    assert.deepEqual(shown('[2001:db8::]/32:443'), ['2001:db8::/32 443-443']);
  });

  test('"all" is both families', () => {
    assert.deepEqual(shown('all'), ['0.0.0.0/0', '::/0']);
    assert.deepEqual(shown('all:25'), ['0.0.0.0/0 25-25', '::/0 25-25']);
  });

  test('an IPv4-mapped network is the IPv4 one', () => {
    assert.deepEqual(shown('::ffff:10.0.0.0/104'), ['10.0.0.0/8']);
    assert.deepEqual(shown('[::ffff:192.0.2.1]:25'), ['192.0.2.1/32 25-25']);
  });

  test('that is none is a usage error that shows it', () => {
    const wrong = ['', 'example.org', '10.0.0.0/33', '10.0.0.1/8', '1.2.3.4:0', '1.2.3.4:65536'];
    wrong.push('1.2.3.4:http', '1.2.3.4:9-1', '[::1', '[::1]x', '1.2.3', '01.2.3.4', '[::/8]:1:2');
    for (const text of wrong) {
      assert.throws(
        () => parsePlaces(text),
        (error: Error & { code?: string }) =>
          error.code === 'ERR_USAGE' && error.message.includes(text),
        text,
      );
    }
  });

  test('ports of the host are TCP unless they say UDP', () => {
    assert.deepEqual(parseHostPorts(5432), { ports: { first: 5432, last: 5432 }, protocol: 'tcp' });
    assert.deepEqual(parseHostPorts('53/udp'), { ports: { first: 53, last: 53 }, protocol: 'udp' });
    assert.deepEqual(parseHostPorts('1-9').ports, { first: 1, last: 9 });
    for (const text of ['53/sctp', '/udp', '0', '-1', '1.5', '']) {
      assert.throws(() => parseHostPorts(text), { code: 'ERR_USAGE' }, text);
    }
  });
});

describe('without any rule', () => {
  test('the world is open, by every protocol', () => {
    for (const protocol of ['tcp', 'udp', 'echo']) {
      assert.equal(ask({}, `${protocol} 192.0.2.1 80`), undefined);
      assert.equal(ask({}, `${protocol} 2001:db8::1 80`), undefined);
    }
  });

  test('the host’s loopback is closed, as if nobody listened', () => {
    assert.equal(ask({}, 'tcp 10.0.2.2 5432'), 'refused');
    assert.equal(ask({}, 'udp fd00::2 53'), 'refused');
  });

  test('what means this machine, or no machine, is closed however it is written', () => {
    const closed = ['127.0.0.1', '127.255.0.9', '0.0.0.0', '0.1.2.3', '224.0.0.251'];
    closed.push('255.255.255.255', '::', '::1', '::127.0.0.1', '::ffff:127.0.0.1', 'fe80::1');
    closed.push('ff02::1', '64:ff9b::7f00:1', '2002:7f00:1::');
    const open = { allow: ['all'], allowHostLoopback: true };
    for (const address of closed) {
      assert.equal(ask(open, `tcp ${address} 80`), 'unreachable', address);
    }
  });

  test('credentials of the cloud are closed', () => {
    assert.equal(ask({}, 'tcp 169.254.169.254 80'), 'prohibited');
    assert.equal(ask({}, 'tcp fd00:ec2::254 80'), 'prohibited');
    assert.equal(ask({}, 'tcp 64:ff9b::a9fe:a9fe 80'), 'prohibited');
    assert.equal(ask({ allow: ['169.254.0.0/16', 'all'] }, 'tcp 169.254.169.254 80'), 'prohibited');
    assert.equal(ask({ allow: ['169.254.169.254'] }, 'tcp 169.254.169.254 80'), undefined);
  });
});

describe('rules', () => {
  test('open single ports of the host', () => {
    const options = { allowHost: [5432, '53/udp'] };
    assert.equal(ask(options, 'tcp 10.0.2.2 5432'), undefined);
    assert.equal(ask(options, 'tcp fd00::2 5432'), undefined);
    assert.equal(ask(options, 'udp 10.0.2.2 5432'), 'refused');
    assert.equal(ask(options, 'udp 10.0.2.2 53'), undefined);
    assert.equal(ask(options, 'tcp 10.0.2.2 53'), 'refused');
  });

  test('the most specific one decides, in whichever order they are given', () => {
    const options = { deny: ['10.0.0.0/8', '10.1.2.3:22'], allow: ['10.1.0.0/16'] };
    assert.equal(ask(options, 'tcp 10.9.9.9 80'), 'prohibited');
    assert.equal(ask(options, 'tcp 10.1.2.3 80'), undefined);
    assert.equal(ask(options, 'tcp 10.1.2.3 22'), 'prohibited');
    assert.equal(
      ask({ allow: ['10.0.0.0/8'], deny: ['10.0.0.0/8'] }, 'tcp 10.1.1.1 1'),
      'prohibited',
    );
  });

  test('a denied network is denied behind NAT64 and 6to4, too', () => {
    const options = { deny: ['10.0.0.0/8'] };
    assert.equal(ask(options, 'tcp 64:ff9b::a01:203 80'), 'prohibited');
    assert.equal(ask(options, 'tcp 2002:a01:203::1 80'), 'prohibited');
    assert.equal(ask(options, 'tcp 64:ff9b::c000:201 80'), undefined);
  });

  test('about ports say nothing about ping', () => {
    assert.equal(ask({ deny: ['192.0.2.0/24:80'] }, 'echo 192.0.2.1'), undefined);
    assert.equal(ask({ deny: ['all'], allow: ['192.0.2.1:80'] }, 'echo 192.0.2.1'), 'prohibited');
  });

  test('about the host’s network leave its loopback closed, and can close an opened port', () => {
    assert.equal(ask({ allow: ['10.0.0.0/8', 'all'] }, 'tcp 10.0.2.2 80'), 'refused');
    const options = { allowHostLoopback: true, deny: ['10.0.2.2:5432', '10.0.0.0/8'] };
    assert.equal(ask(options, 'tcp 10.0.2.2 5432'), 'prohibited');
    assert.equal(ask(options, 'tcp 10.0.2.2 5433'), undefined);
  });
});

describe('any rules', () => {
  const address = fc
    .tuple(fc.boolean(), fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.nat(3))
    // Few different ones, so that rules and destinations meet.
    .map(([isIPv4, all, spread]) => all.slice(0, isIPv4 ? 4 : 16).map((byte) => byte & spread));
  const ports = fc.option(
    fc.tuple(fc.integer({ min: 1, max: 9 }), fc.nat(9)).map(([first, more]) => ({
      ...{ first, last: first + more },
    })),
    { nil: undefined },
  );
  const rule: fc.Arbitrary<Rule> = fc
    .record({
      action: fc.constantFrom('allow' as const, 'deny' as const),
      network: address,
      prefixLength: fc.nat(128),
      ports,
      protocol: fc.constantFrom('tcp' as const, 'udp' as const, undefined),
      isDefault: fc.boolean(),
    })
    .map((one) => {
      const prefixLength = one.prefixLength % (8 * one.network.length + 1);
      return { ...one, prefixLength, network: networkOf(one.network, prefixLength) };
    });
  const destination: fc.Arbitrary<Destination> = fc.record({
    protocol: fc.constantFrom('tcp' as const, 'udp' as const, 'echo' as const),
    address,
    port: fc.nat(12),
  });

  test('decide as the most specific of those that fit, in any order', () => {
    fc.assert(
      fc.property(fc.array(rule), destination, fc.nat(), (rules, about, turn) => {
        const fitting = rules.filter((one) => fits(one, about));
        const best = fitting.reduce<Rule | undefined>(
          (so, one) => (so === undefined || moreSpecificFirst(one, so) < 0 ? one : so),
          undefined,
        );
        const at = rules.length === 0 ? 0 : turn % rules.length;
        const turned = [...rules.slice(at), ...rules.slice(0, at)].reverse();
        const found = new RuleTable(turned).find(about);
        assert.equal(found?.action, best?.action);
        assert.equal(new RuleTable(rules).find(about)?.action, best?.action);
      }),
    );
  });

  test('that fit have the address’s own network in front of it', () => {
    fc.assert(
      fc.property(rule, destination, (one, about) => {
        const within =
          about.address.length === one.network.length &&
          formatIp(networkOf(about.address, one.prefixLength)) === formatIp(one.network);
        const { ports: range, protocol } = one;
        const onPort =
          range === undefined ||
          (about.protocol !== 'echo' && about.port >= range.first && about.port <= range.last);
        const byProtocol = protocol === undefined || protocol === about.protocol;
        assert.equal(fits(one, about), within && onPort && byProtocol);
      }),
    );
  });

  test('that deny close every way to write an IPv4 address', () => {
    const ipv4 = fc.uint8Array({ minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(ipv4, fc.nat(32), (target, length) => {
        const network = `${formatIp(networkOf(target, length))}/${length}`;
        const access = new Access(familiesOf(uplinkPlan()), { deny: [network] });
        const [a = 0, b = 0, c = 0, d = 0] = target;
        const ways = [
          target,
          Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, a, b, c, d),
          Uint8Array.of(0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, a, b, c, d),
          Uint8Array.of(0x20, 2, a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1),
        ];
        for (const way of ways) {
          const about = { protocol: 'tcp', address: way, port: 80 } as const;
          assert.notEqual(access.refusal(about), undefined, formatIp(way));
        }
      }),
    );
  });

  test('text that is no rule is a usage error, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        try {
          parsePlaces(text);
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'ERR_USAGE');
        }
      }),
    );
  });
});
