/** Which servers are asked, when, and which answers count: no sockets, no clock. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { dns } from '../../../../src/wire/index.js';
import { addressesIn, answer, latest, makeClient, makeWorld, query, type World } from './world.js';

const { rcodes, types } = dns;

test('a query goes to the first server under another id, and its answer comes back under its own', () => {
  const world = makeWorld();
  const client = makeClient();
  world.resolver.receive(query('example.test'), client, 0);
  assert.deepEqual(world.sent(), ['192.0.2.1 udp']);
  assert.equal(latest(world).message.id, 1000);
  assert.deepEqual(
    latest(world).message.questions,
    dns.parseMessage(query('example.test')).questions,
  );

  latest(world).events.answered(answer(latest(world)), 5);
  assert.equal(client.replies[0]?.id, 7);
  assert.deepEqual(addressesIn(client.replies[0]), ['198.51.100.1']);
  assert.ok(latest(world).isCancelled);
  assert.deepEqual([world.resolver.queries, world.resolver.nextDeadline()], [0, undefined]);
});

test('all that a message holds passes unchanged but for the id', () => {
  const world = makeWorld();
  const client = makeClient();
  const edns = {
    ...{ udpPayloadSize: 4096, version: 0, dnssecOk: true },
    options: [{ code: 65_001, data: Uint8Array.of(1, 2, 3) }],
  };
  const bytes = query('ExAmPlE.test', 65_280, { edns });
  world.resolver.receive(bytes, client, 0);
  assert.deepEqual(latest(world).bytes.subarray(2), bytes.subarray(2));
  const reply = answer(latest(world), { edns });
  latest(world).events.answered(reply, 0);
  assert.deepEqual(client.bytes[0]?.subarray(2), reply.subarray(2));
});

describe('what does not answer the query is not taken, and the true answer still is', () => {
  const forgeries: Record<string, (world: World) => Uint8Array> = {
    'another id': (world) => answer(latest(world), { id: latest(world).message.id ^ 1 }),
    'a query': (world) => latest(world).bytes,
    'another name': (world) => answer(latest(world), { questions: asked('other.test') }),
    'another type': (world) =>
      answer(latest(world), { questions: asked('example.test', types.MX) }),
    'two questions': (world) =>
      answer(latest(world), { questions: [...asked('example.test'), ...asked('example.test')] }),
    'an answer without a question': (world) => answer(latest(world), { questions: [] }),
    'another opcode': (world) => answer(latest(world), { opcode: dns.opcodes.NOTIFY }),
    'bytes cut off': (world) => answer(latest(world)).subarray(0, -1),
    nothing: () => new Uint8Array(),
  };

  function asked(name: string, type: number = types.A): dns.Question[] {
    return [{ name, type, class: dns.classes.IN }];
  }

  for (const [title, forge] of Object.entries(forgeries)) {
    test(title, () => {
      const world = makeWorld();
      const client = makeClient();
      world.resolver.receive(query('example.test'), client, 0);
      latest(world).events.answered(forge(world), 1);
      assert.equal(client.replies.length, 0);
      latest(world).events.answered(answer(latest(world)), 2);
      assert.equal(client.replies.length, 1);
    });
  }

  test('by TCP, where only the server can have sent it, the next server is asked', () => {
    const world = makeWorld();
    world.resolver.receive(query('example.test'), makeClient('tcp'), 0);
    latest(world).events.answered(answer(latest(world), { id: 3 }), 1);
    assert.deepEqual(world.sent(), ['192.0.2.1 tcp', '192.0.2.2 tcp']);
  });
});

test('letters in another case are the same name', () => {
  const world = makeWorld();
  const client = makeClient();
  world.resolver.receive(query('ExAmple.test'), client, 0);
  const questions = [{ name: 'example.TEST', type: types.A, class: dns.classes.IN }];
  latest(world).events.answered(answer(latest(world), { questions }), 1);
  assert.equal(client.replies.length, 1);
});

describe('the next server', () => {
  for (const rcode of [rcodes.SERVFAIL, rcodes.NOTIMP, rcodes.REFUSED]) {
    test(`is asked at once when one answers with RCODE ${rcode}`, () => {
      const world = makeWorld();
      const client = makeClient();
      world.resolver.receive(query('example.test'), client, 0);
      latest(world).events.answered(answer(latest(world), { rcode }), 1);
      assert.deepEqual(world.sent(), ['192.0.2.1 udp', '192.0.2.2 udp']);
      latest(world).events.answered(answer(latest(world)), 2);
      assert.deepEqual(addressesIn(client.replies[0]), ['198.51.100.1']);
    });
  }

  for (const rcode of [rcodes.NXDOMAIN, rcodes.FORMERR]) {
    test(`is not asked when one answers with RCODE ${rcode}`, () => {
      const world = makeWorld();
      const client = makeClient();
      world.resolver.receive(query('example.test'), client, 0);
      latest(world).events.answered(answer(latest(world), { rcode }), 1);
      assert.equal(client.replies[0]?.rcode, rcode);
      assert.deepEqual(world.sent(), ['192.0.2.1 udp']);
    });
  }

  test('is asked at once when nobody listens at one', () => {
    const world = makeWorld();
    world.resolver.receive(query('example.test'), makeClient(), 0);
    latest(world).events.failed(1);
    assert.deepEqual(world.sent(), ['192.0.2.1 udp', '192.0.2.2 udp']);
  });

  test('is asked at once when there is no route to one', () => {
    const world = makeWorld();
    world.noRoute.add('192.0.2.1');
    world.resolver.receive(query('example.test'), makeClient(), 0);
    assert.deepEqual(world.sent(), ['192.0.2.2 udp']);
  });

  test('is asked after a second of silence, and the first may still answer', () => {
    const world = makeWorld();
    const client = makeClient();
    world.resolver.receive(query('example.test'), client, 0);
    assert.equal(world.resolver.nextDeadline(), 1000);
    world.resolver.poll(999);
    assert.deepEqual(world.sent(), ['192.0.2.1 udp']);
    world.resolver.poll(1000);
    assert.deepEqual(world.sent(), ['192.0.2.2 udp']);
    const [first, second] = world.asked;
    assert.notEqual(first?.message.id, second?.message.id);
    first?.events.answered(answer(first), 1200);
    assert.equal(client.replies.length, 1);
    assert.ok(second?.isCancelled);
    second.events.answered(answer(second), 1300);
    assert.equal(client.replies.length, 1);
  });
});

describe('by TCP', () => {
  test('servers are asked by TCP, and by UDP where there is none', () => {
    const world = makeWorld();
    const client = makeClient('tcp');
    world.resolver.receive(query('example.test'), client, 0);
    for (let i = 0; i < 2; i++) latest(world).events.failed(1);
    assert.deepEqual(world.sent(), ['192.0.2.1 tcp', '192.0.2.2 tcp', '192.0.2.1 udp']);
    latest(world).events.answered(answer(latest(world)), 2);
    assert.equal(client.replies.length, 1);
  });

  test('a cut answer by UDP does not do', () => {
    const world = makeWorld({ resolvConf: 'nameserver 192.0.2.1\n' });
    const client = makeClient('tcp');
    world.resolver.receive(query('example.test'), client, 0);
    latest(world).events.failed(1);
    const { flags } = latest(world).message;
    const cut = answer(latest(world), { flags: { ...flags, response: true, truncated: true } });
    latest(world).events.answered(cut, 2);
    assert.equal(client.replies[0]?.rcode, rcodes.SERVFAIL);
  });

  test('a refused connection says nothing about UDP', () => {
    const world = makeWorld();
    world.resolver.receive(query('example.test'), makeClient('tcp'), 0);
    latest(world).events.failed(1);
    world.sent();
    world.resolver.receive(query('next.test'), makeClient('udp'), 2);
    assert.deepEqual(world.sent(), ['192.0.2.1 udp']);
  });
});

describe('large answers', () => {
  const texts = Array.from({ length: 40 }, () => new Uint8Array(100));

  function large(world: World): Uint8Array {
    const { message } = latest(world);
    const data = { kind: 'txt', strings: texts } as const;
    const record = { name: 'example.test', type: types.TXT, class: dns.classes.IN, ttl: 1, data };
    return answer(latest(world), {
      answers: [record],
      flags: { ...message.flags, response: true },
    });
  }

  test('are cut by UDP for a client that can take 512 bytes, and say so', () => {
    const world = makeWorld();
    const client = makeClient();
    world.resolver.receive(query('example.test', types.TXT), client, 0);
    latest(world).events.answered(large(world), 1);
    const [reply] = client.replies;
    assert.ok(reply);
    assert.deepEqual([reply.id, reply.flags.truncated, reply.answers.length], [7, true, 0]);
    assert.equal(reply.questions[0]?.name, 'example.test');
    assert.ok((client.bytes[0]?.length ?? 0) <= 512);
  });

  test('are whole for a client whose EDNS says that it can take them, and by TCP', () => {
    for (const [via, edns] of [
      ['udp', { udpPayloadSize: 8192, version: 0, dnssecOk: false, options: [] }],
      ['tcp', undefined],
    ] as const) {
      const world = makeWorld();
      const client = makeClient(via);
      world.resolver.receive(query('example.test', types.TXT, { edns }), client, 0);
      latest(world).events.answered(large(world), 1);
      assert.equal(client.replies[0]?.answers.length, 1, via);
    }
  });
});

describe('clients', () => {
  test('that repeat a query which is under way cause no second one', () => {
    const world = makeWorld();
    const [client, other] = [makeClient(), makeClient()];
    world.resolver.receive(query('example.test'), client, 0);
    world.resolver.receive(query('example.test'), client, 10);
    assert.equal(world.sent().length, 1);
    world.resolver.receive(query('example.test'), other, 20);
    world.resolver.receive(query('example.test', types.AAAA), client, 20);
    assert.equal(world.sent().length, 2);
  });

  test('that have gone get no answer, and nobody is asked for them any more', () => {
    const world = makeWorld();
    const client = makeClient();
    world.resolver.receive(query('example.test'), client, 0);
    world.resolver.forget(client);
    assert.ok(latest(world).isCancelled);
    latest(world).events.answered(answer(latest(world)), 1);
    assert.deepEqual([client.replies, world.resolver.nextDeadline()], [[], undefined]);
  });

  test('with too many queries lose the oldest, which is told so', () => {
    const world = makeWorld({ queriesMax: 2 });
    const client = makeClient();
    for (const [i, name] of ['a.test', 'b.test', 'c.test'].entries()) {
      world.resolver.receive(query(name, types.A, { id: i }), client, i);
    }
    assert.equal(world.resolver.queries, 2);
    assert.deepEqual(
      client.replies.map(({ id, rcode }) => [id, rcode]),
      [[0, rcodes.SERVFAIL]],
    );
    assert.ok(world.asked[0]?.isCancelled);
  });
});
