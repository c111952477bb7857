/** The host's end of TCP flows, in both ways of receiving, against sockets of this machine. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { constants } from 'node:os';
import { socketPair } from '../../src/sockets/index.js';
import type { HostStream } from '../../src/stack/index.js';
import type { Decision } from '../../src/uplink/decision.js';
import { canPeekTcp } from '../../src/uplink/peek-stream.js';
import { acceptingServer, tcpBench, type TcpWitness } from '../support/host-flow.js';
import { openFiles, turn } from '../support/lab.js';

const EAGAIN = -constants.errno.EAGAIN;

const toPort = (port: number): Decision => ({
  kind: 'connect',
  to: { family: 'inet', address: '127.0.0.1', port },
});

interface Connected extends AsyncDisposable {
  readonly told: TcpWitness;
  readonly stream: HostStream;
  readonly peer: Socket;
}

async function connected(streams: 'peek' | 'ring'): Promise<Connected> {
  const { server, port, accepted } = await acceptingServer();
  const bench = tcpBench(streams, () => toPort(port));
  const { told } = bench.connect();
  const { stream } = await told.next('connected');
  const peer = await accepted;
  return {
    ...{ told, stream, peer },
    [Symbol.asyncDispose]: async () => {
      stream.close('abort');
      peer.on('error', () => undefined).destroy();
      server.close();
      await once(server, 'close');
      bench[Symbol.dispose]();
    },
  };
}

/** Peeks at everything from an offset until there is no more, without discarding. */
async function peeked({ told, stream }: Connected, from: number, count: number): Promise<Buffer> {
  const into = new Uint8Array(count);
  for (let done = 0; done < count;) {
    const got = stream.peek(from + done, into, done, count - done);
    if (got > 0) done += got;
    else if (got === EAGAIN) await told.next('readable');
    else assert.fail(`peek answered ${got}`);
  }
  return Buffer.from(into);
}

for (const streams of ['peek', 'ring'] as const) {
  const skip =
    streams === 'peek' && !canPeekTcp() ? 'this kernel peeks at no offset of TCP' : false;
  describe(`streams that are received by ${streams}`, { skip }, () => {
    test('bytes can be peeked at again, anywhere, until they are discarded', async () => {
      await using flow = await connected(streams);
      flow.peer.write('abcdefgh');
      assert.equal(String(await peeked(flow, 0, 8)), 'abcdefgh');
      assert.equal(String(await peeked(flow, 2, 3)), 'cde');
      assert.equal(String(await peeked(flow, 0, 4)), 'abcd');
      flow.stream.discard(3);
      assert.equal(String(await peeked(flow, 0, 5)), 'defgh');
      assert.equal(flow.stream.peek(5, new Uint8Array(4), 0, 4), EAGAIN);
    });

    test('the end comes after the bytes before it, as 0', async () => {
      await using flow = await connected(streams);
      flow.peer.end('last');
      let told = await flow.told.next('readable');
      while (!told.ended) told = await flow.told.next('readable');
      assert.equal(String(await peeked(flow, 0, 4)), 'last');
      assert.equal(flow.stream.peek(4, new Uint8Array(4), 0, 4), 0);
      flow.stream.discard(4);
      assert.equal(flow.stream.peek(0, new Uint8Array(4), 0, 4), 0);
    });

    test('what has come with the connection and its end at once is told', async () => {
      await using flow = await connected(streams);
      flow.peer.write('one');
      assert.equal(String(await peeked(flow, 0, 3)), 'one');
      flow.peer.end('two');
      assert.equal(String(await peeked(flow, 3, 3)), 'two');
      while (flow.stream.peek(6, new Uint8Array(1), 0, 1) !== 0) await flow.told.next('readable');
    });

    test('the namespace’s end is seen on the host, and the host goes on sending', async () => {
      await using flow = await connected(streams);
      assert.equal(flow.stream.send(new TextEncoder().encode('question'), 0, 8), 8);
      flow.stream.shutdown();
      flow.peer.on('data', (data) => assert.equal(String(data), 'question')).resume();
      await once(flow.peer, 'end');
      flow.peer.end('answer');
      assert.equal(String(await peeked(flow, 0, 6)), 'answer');
    });

    test('32 MiB arrive as they were sent while they are discarded in pieces', async () => {
      await using flow = await connected(streams);
      const sent = randomBytes(32 << 20);
      const sum = createHash('sha256').update(sent).digest('hex');
      flow.peer.end(sent);
      const hash = createHash('sha256');
      const into = new Uint8Array(65_536);
      for (let offset = 0, total = 0; ;) {
        const got = flow.stream.peek(offset, into, 0, into.length);
        if (got > 0) {
          hash.update(into.subarray(0, got));
          [offset, total] = [offset + got, total + got];
        }
        if (got === 0) break;
        if (offset > 1 << 20 || got === EAGAIN) {
          flow.stream.discard(offset);
          offset = 0;
        }
        if (got === EAGAIN) await flow.told.next('readable');
      }
      assert.equal(hash.digest('hex'), sum);
    });

    test('a full socket takes less, and says when there is room again', async () => {
      await using flow = await connected(streams);
      const bytes = new Uint8Array(1 << 20);
      const before = flow.stream.sendSpace();
      assert.ok(before > 0);
      let total = 0;
      for (let sent = 0; sent >= 0; total += Math.max(0, sent)) {
        sent = flow.stream.send(bytes, 0, bytes.length);
      }
      assert.ok(flow.stream.sendSpace() < before, 'less room than at first');
      flow.stream.awaitSpace();
      flow.peer.resume();
      await flow.told.next('writable');
      assert.ok(flow.stream.sendSpace() > 0);
      flow.stream.shutdown();
      let received = flow.peer.bytesRead;
      flow.peer.on('data', () => (received = flow.peer.bytesRead));
      await once(flow.peer, 'end');
      assert.equal(received, total);
    });

    test('a reset is told, and comes after what came before it, as often as one looks', async () => {
      await using flow = await connected(streams);
      flow.peer.write('before');
      await flow.told.next('readable');
      flow.peer.resetAndDestroy();
      await flow.told.next('failed');
      assert.equal(String(await peeked(flow, 0, 6)), 'before');
      for (const _ of ['once', 'twice']) {
        assert.equal(flow.stream.peek(6, new Uint8Array(1), 0, 1), -constants.errno.ECONNRESET);
      }
    });

    test('an abort is a reset on the host', async () => {
      await using flow = await connected(streams);
      flow.peer.resume();
      flow.stream.close('abort');
      const [error] = (await once(flow.peer, 'error')) as [NodeJS.ErrnoException];
      assert.equal(error.code, 'ECONNRESET');
    });

    test('an orderly end is one on the host, and everything sent before arrives', async () => {
      await using flow = await connected(streams);
      flow.stream.send(new TextEncoder().encode('bye'), 0, 3);
      flow.stream.close('orderly');
      assert.equal(String(await buffer(flow.peer)), 'bye');
    });

    test('one end of a pair of sockets is a stream too', async () => {
      const [ours, theirs] = socketPair('stream');
      assert.ok(ours !== undefined && theirs !== undefined);
      using bench = tcpBench(streams, () => ({ kind: 'stream', descriptor: theirs }));
      const { told } = bench.connect();
      const { stream } = await told.next('connected');
      assert.equal(stream.send(new TextEncoder().encode('hello'), 0, 5), 5);
      const { Socket } = await import('node:net');
      const peer = new Socket({ fd: ours.release(), allowHalfOpen: true });
      assert.equal(String(((await once(peer, 'data')) as [Buffer])[0]), 'hello');
      peer.end('world');
      const into = new Uint8Array(5);
      while (stream.peek(0, into, 0, 5) !== 5) await told.next('readable');
      assert.equal(new TextDecoder().decode(into), 'world');
      while (stream.peek(5, into, 0, 5) !== 0) await told.next('readable');
      stream.close('orderly');
      peer.destroy();
    });
  });
}

describe('a flow that cannot be', () => {
  test('is refused as by a closed port where nobody listens', async () => {
    const { server, port } = await acceptingServer();
    server.close();
    await once(server, 'close');
    using bench = tcpBench('auto', () => toPort(port));
    const { refusal } = await bench.connect().told.next('refused');
    assert.deepEqual(refusal, { kind: 'refused' });
    assert.deepEqual(bench.failures, [constants.errno.ECONNREFUSED]);
  });

  test('is refused as the decision says, also when that comes later', async () => {
    const refusal = { kind: 'unreachable', type: 3, code: 10 } as const;
    using bench = tcpBench('auto', () => Promise.resolve({ kind: 'refuse', refusal }));
    assert.deepEqual((await bench.connect().told.next('refused')).refusal, refusal);
  });

  test('is refused when the decision fails', async () => {
    using bench = tcpBench('auto', () => Promise.reject(new Error('no idea')));
    const { refusal } = await bench.connect().told.next('refused');
    assert.deepEqual(refusal, { kind: 'refused' });
  });

  test('and was given up before its decision came leaves nothing open', async () => {
    const [ours, theirs] = socketPair('stream');
    assert.ok(ours !== undefined && theirs !== undefined);
    let decide: (decision: Decision) => void = () => undefined;
    const decided = new Promise<Decision>((resolve) => (decide = resolve));
    using bench = tcpBench('auto', () => decided);
    const { attempt } = bench.connect();
    attempt.cancel();
    decide({ kind: 'stream', descriptor: theirs });
    await turn();
    assert.equal(theirs.isOpen, false);
    ours[Symbol.dispose]();
  });

  test('from an address that is not the host’s is unreachable', async () => {
    const to = { family: 'inet', address: '127.0.0.1', port: 9 } as const;
    const from = { address: '203.0.113.77' };
    using bench = tcpBench('auto', () => ({ kind: 'connect', to, from }));
    const { refusal } = await bench.connect().told.next('refused');
    assert.deepEqual(refusal, { kind: 'unreachable', type: 3, code: 0 });
  });
});

test('no descriptor is left when a bench is closed', async () => {
  await turn();
  const before = openFiles();
  {
    await using flow = await connected('ring');
    flow.peer.write('x');
    await flow.told.next('readable');
  }
  await turn();
  assert.deepEqual(openFiles(), before);
});
