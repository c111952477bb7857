/** Requests and answers over a socket that is none: what the kernel does is written in the test. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NetlinkError } from '../../../src/errors/index.js';
import { Conversation, type Transport } from '../../../src/netlink/index.js';
import { netlink as wire } from '../../../src/wire/index.js';

type Answer = (request: wire.Message, call: number) => readonly wire.Message[];

/** Answers each request as told; `later` keeps the answers until they are let out. */
class FakeSocket implements Transport {
  readonly sent: wire.Message[][] = [];
  closed = false;
  readonly #answer: Answer;
  readonly #waiting: Uint8Array[] = [];
  #onReadable: (() => void) | undefined;
  #held = false;

  constructor(answer: Answer, { later = false } = {}) {
    this.#answer = answer;
    this.#held = later;
  }

  get isWatched(): boolean {
    return this.#onReadable !== undefined;
  }

  send(bytes: Uint8Array): void {
    const messages = wire.parseMessages(bytes.slice());
    const answers = messages.flatMap((message) => this.#answer(message, this.sent.length));
    this.sent.push(messages);
    for (const answer of answers) this.#waiting.push(wire.emitMessages([answer]));
  }

  receive(): Uint8Array | undefined {
    return this.#held ? undefined : this.#waiting.shift();
  }

  watch(onReadable: () => void): Disposable {
    this.#onReadable = onReadable;
    return {
      [Symbol.dispose]: () => {
        this.#onReadable = undefined;
      },
    };
  }

  letOut(order: 'as sent' | 'reversed' = 'as sent'): void {
    this.#held = false;
    if (order === 'reversed') this.#waiting.reverse();
    this.#onReadable?.();
  }

  [Symbol.dispose](): void {
    this.closed = true;
  }
}

function ack({ sequence, type, flags, port }: wire.Message, error = 0): wire.Message {
  const request = { length: 16, type, flags, sequence, port };
  const payload = wire.emitAck({ error, request, attributes: {} });
  return { type: wire.NLMSG_ERROR, flags: wire.NLM_F_CAPPED, sequence, port: 1, payload };
}

function part({ sequence }: wire.Message, byte: number, flags = 0): wire.Message {
  const payload = Uint8Array.of(byte, 0, 0, 0);
  return { type: 16, flags: wire.NLM_F_MULTI | flags, sequence, port: 1, payload };
}

function done({ sequence }: wire.Message, flags = 0): wire.Message {
  const payload = new Uint8Array(4);
  return { type: wire.NLMSG_DONE, flags: wire.NLM_F_MULTI | flags, sequence, port: 1, payload };
}

const request = { type: 16, payload: Uint8Array.of(1, 2, 3, 4), step: 'try something' };

describe('a request', () => {
  test('is answered at once when the kernel has done it while it was sent', async () => {
    const socket = new FakeSocket((message) => [part(message, 7), ack(message)]);
    using conversation = new Conversation(socket);
    const [reply] = await conversation.request(request);
    assert.equal(reply?.payload[0], 7);
    assert.equal(socket.isWatched, false);
  });

  test('is waited for when the answer comes later, without keeping anything watched after', async () => {
    const socket = new FakeSocket((message) => [ack(message)], { later: true });
    using conversation = new Conversation(socket);
    const waiting = conversation.request(request);
    assert.equal(socket.isWatched, true);
    socket.letOut();
    assert.deepEqual(await waiting, []);
    assert.equal(socket.isWatched, false);
  });

  test('gets its own answer though they come in another order', async () => {
    const socket = new FakeSocket((message, call) => [ack(message, call === 0 ? -17 : 0)], {
      later: true,
    });
    using conversation = new Conversation(socket);
    const all = Promise.allSettled([conversation.request(request), conversation.request(request)]);
    socket.letOut('reversed');
    const [first, second] = await all;
    assert.ok(first.status === 'rejected' && first.reason instanceof NetlinkError);
    assert.equal(first.reason.code, 'EEXIST');
    assert.equal(second.status, 'fulfilled');
  });

  test('that nobody will answer any more fails when the socket is closed', async () => {
    const socket = new FakeSocket(() => []);
    const conversation = new Conversation(socket);
    const waiting = conversation.request(request);
    conversation[Symbol.dispose]();
    await assert.rejects(waiting, { code: 'ERR_ABORTED' });
    await assert.rejects(conversation.request(request), { code: 'ERR_ABORTED' });
    assert.equal(socket.closed, true);
  });

  test('fails with what cannot be sent or received', async () => {
    const socket = new FakeSocket(() => []);
    using conversation = new Conversation(socket);
    socket.receive = () => {
      throw new Error('ENOBUFS');
    };
    await assert.rejects(conversation.request(request), /ENOBUFS/);
    socket.send = () => {
      throw new Error('EMSGSIZE');
    };
    await assert.rejects(conversation.request(request), /EMSGSIZE/);
  });

  test('fails with a DecodeError when the answer makes no sense', async () => {
    const socket = new FakeSocket((message) => [
      { ...ack(message), payload: Uint8Array.of(255, 255, 255, 255) },
    ]);
    using conversation = new Conversation(socket);
    await assert.rejects(conversation.request(request), { name: 'DecodeError' });
  });
});

describe('a dump', () => {
  test('that was interrupted is read again, and only the whole one counts', async () => {
    const socket = new FakeSocket((message, call) =>
      call < 2
        ? [part(message, 1), part(message, 2, wire.NLM_F_DUMP_INTR), done(message)]
        : [part(message, 3), done(message)],
    );
    using conversation = new Conversation(socket);
    const replies = await conversation.dump(request);
    assert.deepEqual(
      replies.map(({ payload }) => payload[0]),
      [3],
    );
    assert.equal(socket.sent.length, 3);
  });

  test('that is interrupted at its very end is read again', async () => {
    const socket = new FakeSocket((message, call) => [
      part(message, call),
      done(message, call === 0 ? wire.NLM_F_DUMP_INTR : 0),
    ]);
    using conversation = new Conversation(socket);
    const replies = await conversation.dump(request);
    assert.equal(replies[0]?.payload[0], 1);
  });

  test('that never comes to an end whole is given up', async () => {
    const socket = new FakeSocket((message) => [done(message, wire.NLM_F_DUMP_INTR)]);
    using conversation = new Conversation(socket);
    await assert.rejects(conversation.dump(request), { code: 'EINTR', step: 'try something' });
  });

  test('waits for the one before it: a socket can do one at a time', async () => {
    const socket = new FakeSocket((message) => [done(message)], { later: true });
    using conversation = new Conversation(socket);
    const both = Promise.all([conversation.dump(request), conversation.dump(request)]);
    await Promise.resolve();
    assert.equal(socket.sent.length, 1);
    socket.letOut();
    await both;
    assert.equal(socket.sent.length, 2);
  });
});

describe('a batch', () => {
  test('goes out in few datagrams; a failure is only its own', async () => {
    const socket = new FakeSocket((message) => [ack(message, message.payload[0] === 70 ? -19 : 0)]);
    using conversation = new Conversation(socket);
    const requests = Array.from({ length: 150 }, (_, i) => {
      return { ...request, payload: Uint8Array.of(i, 0, 0, 0) };
    });
    const results = await conversation.batch(requests);
    assert.deepEqual(
      socket.sent.map(({ length }) => length),
      [64, 64, 22],
    );
    const failed = results.flatMap(({ status }, i) => (status === 'rejected' ? [i] : []));
    assert.deepEqual(failed, [70]);
  });

  const change = { ...request, type: wire.nfnetlinkType(wire.NFNL_SUBSYS_NFTABLES, 0) };
  const boundary = { ...request, payload: wire.batchBoundary() };
  const transaction = [
    { ...boundary, type: wire.NFNL_MSG_BATCH_BEGIN },
    change,
    { ...boundary, type: wire.NFNL_MSG_BATCH_END },
  ];

  test('a transaction is one datagram, and its boundaries are not waited for', async () => {
    const socket = new FakeSocket((message) =>
      message.type === change.type ? [ack(message)] : [],
    );
    using conversation = new Conversation(socket);
    await conversation.transaction(transaction);
    assert.equal(socket.sent.length, 1);
    assert.equal(socket.isWatched, false);
  });

  test('a transaction that is refused at its beginning fails as a whole', async () => {
    const begins = ({ type }: wire.Message) => type === wire.NFNL_MSG_BATCH_BEGIN;
    const socket = new FakeSocket((message) => (begins(message) ? [ack(message, -1)] : []));
    using conversation = new Conversation(socket);
    await assert.rejects(conversation.transaction(transaction), { code: 'EPERM' });
    assert.equal(socket.isWatched, false);
  });
});
