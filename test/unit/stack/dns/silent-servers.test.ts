/** Servers that do not answer, or not well: what is asked of whom, and what the client gets. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { dns } from '../../../../src/wire/index.js';
import { answer, latest, makeClient, makeWorld, query, type World } from './world.js';

const { rcodes } = dns;

describe('when no server answers', () => {
  test('each is asked twice, the last one gets five seconds, and the answer is SERVFAIL', () => {
    const world = makeWorld();
    const client = makeClient();
    world.resolver.receive(query('example.test'), client, 0);
    for (const now of [1000, 2000, 3000]) world.resolver.poll(now);
    const [a, b] = ['192.0.2.1 udp', '192.0.2.2 udp'];
    assert.deepEqual(world.sent(), [a, b, a, b]);
    world.resolver.poll(7999);
    assert.equal(client.replies.length, 0);
    world.resolver.poll(8000);
    assert.equal(client.replies[0]?.rcode, rcodes.SERVFAIL);
    assert.ok(world.asked.every(({ isCancelled }) => isCancelled));
    assert.equal(world.resolver.queries, 0);
  });

  test('timeout and attempts of resolv.conf count as they are', () => {
    const options = 'options timeout:3 attempts:1';
    const world = makeWorld({
      resolvConf: `nameserver 192.0.2.1\nnameserver 192.0.2.2\n${options}\n`,
    });
    const client = makeClient();
    world.resolver.receive(query('example.test'), client, 0);
    assert.equal(world.resolver.nextDeadline(), 3000);
    world.resolver.poll(3000);
    assert.equal(world.resolver.nextDeadline(), 6000);
    world.resolver.poll(6000);
    assert.equal(client.replies[0]?.rcode, rcodes.SERVFAIL);
    assert.deepEqual(world.sent(), ['192.0.2.1 udp', '192.0.2.2 udp']);
  });

  test('because nobody listens anywhere, SERVFAIL comes at once', () => {
    const world = makeWorld();
    const client = makeClient();
    world.resolver.receive(query('example.test'), client, 0);
    latest(world).events.failed(1);
    latest(world).events.failed(2);
    assert.equal(client.replies[0]?.rcode, rcodes.SERVFAIL);
    assert.deepEqual(world.sent(), ['192.0.2.1 udp', '192.0.2.2 udp']);
  });

  test('because the host is offline, SERVFAIL comes before the query is over', () => {
    const world = makeWorld({ resolvConf: '' });
    const client = makeClient();
    world.noRoute.add('127.0.0.1');
    world.resolver.receive(query('example.test'), client, 0);
    assert.equal(client.replies[0]?.rcode, rcodes.SERVFAIL);
    assert.equal(world.resolver.queries, 0);
  });

  test('but one gave an error, the error is passed on', () => {
    const world = makeWorld();
    const client = makeClient();
    world.resolver.receive(query('example.test'), client, 0);
    latest(world).events.answered(answer(latest(world), { rcode: rcodes.REFUSED }), 1);
    latest(world).events.failed(2);
    assert.deepEqual([client.replies[0]?.rcode, client.replies[0]?.id], [rcodes.REFUSED, 7]);
  });

  test('and one gave an error while the other is slow, the slow one gets its time', () => {
    const world = makeWorld();
    const client = makeClient();
    world.resolver.receive(query('example.test'), client, 0);
    const slow = latest(world);
    world.resolver.poll(1000);
    latest(world).events.answered(answer(latest(world), { rcode: rcodes.SERVFAIL }), 1001);
    assert.equal(client.replies.length, 0);
    slow.events.answered(answer(slow), 1500);
    assert.equal(client.replies[0]?.rcode, rcodes.NOERROR);
  });
});

describe('a server that was silent', () => {
  function silenced(): World {
    const world = makeWorld();
    world.resolver.receive(query('example.test'), makeClient(), 0);
    world.resolver.poll(1000);
    latest(world).events.answered(answer(latest(world)), 1001);
    assert.deepEqual(world.sent(), ['192.0.2.1 udp', '192.0.2.2 udp']);
    return world;
  }

  function ask(world: World, now: number): string[] {
    world.resolver.receive(query('next.test'), makeClient(), now);
    return world.sent();
  }

  test('is asked last from then on', () => {
    const world = silenced();
    assert.deepEqual(ask(world, 1002), ['192.0.2.2 udp']);
    world.resolver.poll(2002);
    assert.deepEqual(world.sent(), ['192.0.2.1 udp']);
  });

  test('is not waited for when another has given an error', () => {
    const world = silenced();
    const client = makeClient();
    world.resolver.receive(query('next.test'), client, 1002);
    latest(world).events.answered(answer(latest(world), { rcode: rcodes.SERVFAIL }), 1003);
    assert.equal(client.replies[0]?.rcode, rcodes.SERVFAIL);
  });

  test('gets a question beside another now and then, ever more rarely', () => {
    const world = silenced();
    const sentAt = (now: number): number => {
      const count = ask(world, now).length;
      latest(world).events.answered(answer(latest(world)), now);
      return count;
    };
    const times = [15_999, 16_000, 16_001, 45_999, 46_000, 105_999, 106_000, 106_001];
    assert.deepEqual(times.map(sentAt), [1, 2, 1, 1, 2, 1, 2, 1]);
  });

  test('is first again once it answers', () => {
    const world = silenced();
    assert.deepEqual(ask(world, 16_000), ['192.0.2.1 udp', '192.0.2.2 udp']);
    const [probe] = world.asked.slice(-2);
    assert.ok(probe);
    probe.events.answered(answer(probe), 16_001);
    assert.deepEqual(ask(world, 16_002), ['192.0.2.1 udp']);
  });

  test('is first again once its late answer has come', () => {
    const world = makeWorld();
    world.resolver.receive(query('example.test'), makeClient(), 0);
    const late = latest(world);
    world.resolver.poll(1000);
    world.sent();
    late.events.answered(answer(late), 1100);
    assert.deepEqual(ask(world, 1200), ['192.0.2.1 udp']);
  });

  test('to one name only, and answered others meanwhile, is not silent', () => {
    const world = makeWorld();
    world.resolver.receive(query('slow.test'), makeClient(), 0);
    world.resolver.receive(query('fast.test'), makeClient(), 500);
    latest(world).events.answered(answer(latest(world)), 510);
    world.resolver.poll(1000);
    world.sent();
    assert.deepEqual(ask(world, 1001), ['192.0.2.1 udp']);
  });

  test('is forgotten when resolv.conf changes', () => {
    const world = silenced();
    world.resolver.configure({ nameservers: ['192.0.2.1', '192.0.2.9'], search: [], options: [] });
    assert.deepEqual(ask(world, 1002), ['192.0.2.1 udp']);
  });
});
