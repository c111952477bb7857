/** Queries that are answered without asking anyone. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'node:test';
import { dns } from '../../../../src/wire/index.js';
import { messagesOf, nameText } from '../../wire/dns/arbitraries.js';
import {
  addressesIn,
  answer,
  latest,
  makeClient,
  makeWorld,
  query,
  settings,
  type Client,
  type WorldOptions,
} from './world.js';

const { classes, rcodes, types } = dns;

function asked(bytes: Uint8Array, options: WorldOptions = {}): Client {
  const world = makeWorld(options);
  const client = makeClient();
  world.resolver.receive(bytes, client, 0);
  assert.deepEqual(world.sent(), []);
  return client;
}

/** What one question is answered with: an RCODE, or records' data. */
function answered(name: string, type: number, hosts = ''): unknown {
  const [reply] = asked(query(name, type), { hosts }).replies;
  assert.ok(reply);
  assert.ok(reply.flags.response && reply.flags.recursionAvailable);
  if (reply.rcode !== 0) return reply.rcode;
  assert.ok(reply.flags.authoritative);
  return reply.answers.map(({ data }) =>
    data.kind === 'address' ? data.address : data.kind === 'name' ? data.name : data.kind,
  );
}

function isForwarded(name: string, type: number, hosts = ''): boolean {
  const world = makeWorld({ hosts });
  world.resolver.receive(query(name, type), makeClient(), 0);
  return world.sent().length === 1;
}

describe('the gateway', () => {
  test('is host.nskit.internal, in both families and both directions', () => {
    assert.deepEqual(answered('host.nskit.internal', types.A), ['10.0.2.2']);
    assert.deepEqual(answered('HOST.nskit.Internal', types.AAAA), ['fd00::2']);
    assert.deepEqual(answered('host.nskit.internal', types.ANY), ['10.0.2.2', 'fd00::2']);
    assert.deepEqual(answered('host.nskit.internal', types.MX), []);
    assert.deepEqual(answered('2.2.0.10.in-addr.arpa', types.PTR), ['host.nskit.internal']);
    assert.deepEqual(answered(dns.reverseName('fd00::2') ?? '', types.PTR), [
      'host.nskit.internal',
    ]);
  });

  test('has no address of a family that the namespace has not', () => {
    const { ipv4 } = settings;
    const [reply] = asked(query('host.nskit.internal', types.AAAA), { settings: { ipv4 } }).replies;
    assert.deepEqual([reply?.rcode, reply?.answers], [rcodes.NOERROR, []]);
  });

  test('is alone in its domain, which no server is asked about', () => {
    assert.deepEqual(answered('nskit.internal', types.A), []);
    assert.equal(answered('other.nskit.internal', types.A), rcodes.NXDOMAIN);
    assert.ok(isForwarded('other.internal', types.A));
  });
});

describe('names of RFC 6761', () => {
  test('localhost and what is below it are the loopback addresses, and nothing else', () => {
    assert.deepEqual(answered('localhost', types.A), ['127.0.0.1']);
    assert.deepEqual(answered('a.LocalHost', types.AAAA), ['::1']);
    assert.deepEqual(answered('localhost', types.TXT), []);
    assert.deepEqual(answered('1.0.0.127.in-addr.arpa', types.PTR), ['localhost']);
    assert.deepEqual(answered(dns.reverseName('::1') ?? '', types.PTR), ['localhost']);
    assert.ok(isForwarded('notlocalhost', types.A));
  });

  test('nothing is in invalid', () => {
    assert.equal(answered('a.invalid', types.A), rcodes.NXDOMAIN);
  });
});

test('addresses of the namespace without a name are no server’s business', () => {
  assert.equal(answered('100.2.0.10.in-addr.arpa', types.PTR), rcodes.NXDOMAIN);
  assert.equal(answered('9.9.9.127.in-addr.arpa', types.PTR), rcodes.NXDOMAIN);
  assert.equal(answered(dns.reverseName('fd00::100') ?? '', types.PTR), rcodes.NXDOMAIN);
  assert.ok(isForwarded('1.3.0.10.in-addr.arpa', types.PTR));
  assert.ok(isForwarded(dns.reverseName('fd00:1::100') ?? '', types.PTR));
});

describe('the host’s /etc/hosts', () => {
  const hosts = `127.0.0.1 localhost
127.0.1.1\tbox.lan  box # this machine
192.0.2.7 printer.lan printer\t# on the second floor
192.0.2.7 scanner.lan
192.0.2.8 printer.lan
2001:DB8:0::7 printer.lan printer
fe80::1%eth0 router
300.1.1.1 wrong
192.0.2.9 under_score a..b Name.With.Dot.
192.0.2.10
`;

  test('gives all addresses of a name and of its aliases, by family', () => {
    assert.deepEqual(answered('printer.lan', types.A, hosts), ['192.0.2.7', '192.0.2.8']);
    assert.deepEqual(answered('Printer', types.A, hosts), ['192.0.2.7']);
    assert.deepEqual(answered('printer', types.AAAA, hosts), ['2001:db8::7']);
    assert.deepEqual(answered('box', types.A, hosts), ['127.0.1.1']);
    assert.deepEqual(answered('under_score', types.A, hosts), ['192.0.2.9']);
    assert.deepEqual(answered('name.with.dot', types.A, hosts), ['192.0.2.9']);
  });

  test('a name in the file has no address that the file does not give', () => {
    assert.deepEqual(answered('box', types.AAAA, hosts), []);
  });

  test('other types of such a name are asked for', () => {
    assert.ok(isForwarded('printer.lan', types.MX, hosts));
  });

  test('an address has the first name of each of its lines', () => {
    assert.deepEqual(answered('7.2.0.192.in-addr.arpa', types.PTR, hosts), [
      'printer.lan',
      'scanner.lan',
    ]);
    const ipv6 = dns.reverseName('2001:db8::7') ?? '';
    assert.deepEqual(answered(ipv6, types.PTR, hosts), ['printer.lan']);
    assert.deepEqual(answered('1.1.0.127.in-addr.arpa', types.PTR, hosts), ['box.lan']);
  });

  test('a line that cannot be read says nothing', () => {
    for (const name of ['router', 'wrong', 'nobody']) {
      assert.ok(isForwarded(name, types.A, hosts), name);
    }
    assert.ok(isForwarded('10.2.0.192.in-addr.arpa', types.PTR, hosts));
  });

  test('more addresses than fit are cut by UDP', () => {
    const many = Array.from({ length: 100 }, (_, i) => `192.0.2.${i} many`).join('\n');
    const [reply] = asked(query('many'), { hosts: many }).replies;
    assert.deepEqual([reply?.flags.truncated, reply?.answers.length], [true, 0]);
  });

  test('counts for the class IN alone', () => {
    const world = makeWorld({ hosts });
    const questions = [{ name: 'printer.lan', type: types.A, class: classes.CH }];
    world.resolver.receive(query('', types.A, { questions }), makeClient(), 0);
    assert.equal(world.sent().length, 1);
  });
});

describe('what is no query', () => {
  const errors: Record<string, [Uint8Array, number]> = {
    'an update': [query('a.test', types.A, { opcode: dns.opcodes.UPDATE }), rcodes.NOTIMP],
    'a zone transfer': [query('test', types.AXFR), rcodes.NOTIMP],
    'no question': [query('a.test', types.A, { questions: [] }), rcodes.FORMERR],
    'two questions': [query('a.test', types.A, { questions: twice() }), rcodes.FORMERR],
    'half a question': [query('a.test').subarray(0, 15), rcodes.FORMERR],
    'a later version of EDNS': [query('a.test', types.A, { edns: version1() }), rcodes.BADVERS],
  };

  function twice(): dns.Question[] {
    const question = { name: 'a.test', type: types.A, class: classes.IN };
    return [question, question];
  }

  function version1(): dns.Edns {
    return { udpPayloadSize: 512, version: 1, dnssecOk: false, options: [] };
  }

  for (const [title, [bytes, rcode]] of Object.entries(errors)) {
    test(`${title} gets RCODE ${rcode}`, () => {
      const [reply] = asked(bytes).replies;
      assert.deepEqual([reply?.id, reply?.rcode, reply?.flags.response], [7, rcode, true]);
    });
  }

  test('too few bytes, and answers, get nothing', () => {
    assert.deepEqual(asked(query('a.test').subarray(0, 11)).replies, []);
    const flags = { ...dns.parseMessage(query('a.test')).flags, response: true };
    assert.deepEqual(asked(query('a.test', types.A, { flags })).replies, []);
  });

  test('an answer of our own has EDNS if the query has', () => {
    const edns = { udpPayloadSize: 512, version: 0, dnssecOk: false, options: [] };
    const [reply] = asked(query('localhost', types.A, { edns })).replies;
    assert.equal(reply?.edns?.udpPayloadSize, 1232);
    assert.equal(asked(query('localhost')).replies[0]?.edns, undefined);
  });
});

describe('whoever decides about questions', () => {
  test('can answer and refuse, and leave others as they are', () => {
    const record = {
      ...{ name: 'api.test', type: types.A, class: classes.IN, ttl: 5 },
      data: { kind: 'address', address: '10.0.2.50' },
    } as const;
    const decide = ({ name }: dns.Question) => {
      if (name === 'api.test') return { kind: 'answer', records: [record] } as const;
      return name === 'forbidden.test' ? ({ kind: 'refuse' } as const) : undefined;
    };
    assert.deepEqual(addressesIn(asked(query('api.test'), { decide }).replies[0]), ['10.0.2.50']);
    assert.equal(asked(query('forbidden.test'), { decide }).replies[0]?.rcode, rcodes.REFUSED);
    const [localhost] = asked(query('localhost'), { decide }).replies;
    assert.deepEqual(addressesIn(localhost), ['127.0.0.1']);
  });

  test('sees every answer: our own, the servers’, and that there is none', () => {
    const seen: unknown[] = [];
    const onAnswer = ({ questions, rcode }: dns.Message, now: number): void => {
      seen.push([questions[0]?.name, rcode, now]);
    };
    const world = makeWorld({ onAnswer, resolvConf: 'nameserver 192.0.2.1\n' });
    const client = makeClient();
    world.resolver.receive(query('localhost'), client, 1);
    world.resolver.receive(query('a.test'), client, 2);
    latest(world).events.answered(answer(latest(world)), 3);
    world.resolver.receive(query('b.test'), client, 4);
    latest(world).events.failed(5);
    assert.deepEqual(seen, [
      ['localhost', rcodes.NOERROR, 1],
      ['a.test', rcodes.NOERROR, 3],
      ['b.test', rcodes.SERVFAIL, 5],
    ]);
    assert.equal(client.replies.length, 3);
  });
});

test('whatever a namespace sends, there is one reply at most and no exception', () => {
  const damaged = fc
    .tuple(messagesOf(nameText), fc.nat(), fc.nat(255))
    .map(([message, at, byte]) => {
      const bytes = dns.emitMessage(message).slice();
      bytes[at % bytes.length] = byte;
      return bytes;
    });
  fc.assert(
    fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 60 })), (bytes) => {
      const world = makeWorld();
      const client = makeClient();
      world.resolver.receive(bytes, client, 0);
      assert.ok(client.replies.length + world.sent().length <= 1);
    }),
    { numRuns: 1000 },
  );
});

test('whatever a server sends, there is one reply and no exception', () => {
  fc.assert(
    fc.property(messagesOf(nameText), fc.nat(), fc.nat(255), (message, at, byte) => {
      const world = makeWorld();
      const replies: Uint8Array[] = [];
      const client = {
        via: 'udp',
        reply: (reply: Uint8Array) => void replies.push(reply),
      } as const;
      world.resolver.receive(query('example.test'), client, 0);
      const { id } = latest(world).message;
      const flags = { ...message.flags, response: true };
      const [question] = dns.parseMessage(query('example.test')).questions;
      assert.ok(question);
      const forged = { ...message, id, flags, opcode: 0, questions: [question] };
      const bytes = dns.emitMessage(forged).slice();
      bytes[at % bytes.length] = byte;
      latest(world).events.answered(bytes, 1);
      latest(world).events.answered(answer(latest(world)), 2);
      world.resolver.poll(100_000);
      world.resolver.poll(200_000);
      for (let i = 0; i < 10; i++) world.resolver.poll(300_000 + 10_000 * i);
      assert.equal(replies.length, 1);
    }),
    { numRuns: 1000 },
  );
});
