/**
 * vsock, which Node cannot adopt: servers get streams, and a connection is one. Where the kernel has
 * no loopback of it, the streams are tried on sockets that are there.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { after, before, describe, test } from 'node:test';
import { FileDescriptor, Listener, SocketStream, socketPair } from '../../src/index.js';
import { nskit } from '../support/nskit.js';
import { makeLab, turn, type Lab } from '../support/lab.js';

let lab: Lab;
before(async () => {
  lab = await makeLab('vsock');
});
after(async () => {
  await lab[Symbol.asyncDispose]();
});

/** Two ends that are connected: a stream of ours, and a socket of Node's. */
function pair(options = {}): { ours: SocketStream; theirs: net.Socket } {
  const [one, other] = socketPair('stream', { nonBlocking: true }) as [
    FileDescriptor,
    FileDescriptor,
  ];
  const theirs = new net.Socket({ fd: other.release(), allowHalfOpen: true });
  return { ours: new SocketStream(one, options), theirs };
}

/** To the end of what comes; iterating would close the other direction too. */
async function read(stream: Duplex): Promise<Buffer> {
  const pieces: Buffer[] = [];
  stream.on('data', (piece: Buffer) => pieces.push(piece)).resume();
  await once(stream, 'end');
  return Buffer.concat(pieces);
}

async function gone(...streams: Duplex[]): Promise<void> {
  for (const stream of streams) stream.destroy();
  await turn();
}

describe('a stream', () => {
  const large = Buffer.alloc(3_000_000, 'no piece of this is like the one after it; ');

  test('carries both directions at once, more than any buffer holds', async () => {
    const { ours, theirs } = pair({ allowHalfOpen: true });
    ours.end(large);
    theirs.end(large);
    const [here, there] = await Promise.all([read(ours), read(theirs)]);
    assert.ok(here.equals(large));
    assert.ok(there.equals(large));
    await gone(ours, theirs);
  });

  test('waits for a reader that is slow, and for a writer', async () => {
    const { ours, theirs } = pair();
    theirs.pause();
    let taken = 0;
    while (ours.write(large.subarray(0, 100_000), () => (taken += 1)));
    assert.ok(ours.writableNeedDrain);
    ours.end();
    assert.equal((await read(theirs)).length % 100_000, 0);
    assert.ok(taken > 0);
    const answer = read(ours);
    theirs.write('late');
    await turn();
    theirs.end('r');
    assert.equal((await answer).toString(), 'later');
    await gone(ours, theirs);
  });

  test('tells the end of each side by itself, when its own may stay open', async () => {
    const { ours, theirs } = pair({ allowHalfOpen: true });
    theirs.end('question');
    assert.equal((await read(ours)).toString(), 'question');
    assert.ok(ours.writable);
    ours.end('answer');
    const closed = once(ours, 'close');
    assert.equal((await read(theirs)).toString(), 'answer');
    await closed;
  });

  test('ends with the other side when it may not', async () => {
    const { ours, theirs } = pair();
    theirs.end();
    ours.resume();
    await once(ours, 'close');
    assert.ok(ours.writableFinished);
    await gone(theirs);
  });

  test('fails as Node’s sockets do, and a write that was cut says so', async () => {
    const { ours, theirs } = pair();
    const failed = once(ours, 'error');
    await gone(theirs);
    ours.write('to nobody');
    const [error] = (await failed) as [{ code: string; syscall: string }];
    assert.deepEqual([error.code, error.syscall], ['EPIPE', 'write']);
    const { ours: full, theirs: reader } = pair();
    const cut = new Promise((resolve) => full.write(large, resolve));
    full.destroy();
    assert.equal(((await cut) as { code: string }).code, 'ECANCELED');
    await gone(ours, reader);
  });

  test('says when nothing has gone for some time, and does not keep the process for it', async () => {
    const { ours, theirs } = pair();
    let times = 0;
    ours.setTimeout(20, () => (times += 1));
    const keep = setInterval(() => undefined, 1000);
    await once(ours, 'timeout');
    clearInterval(keep);
    assert.equal(times, 1);
    ours.setTimeout(0).unref().ref();
    await gone(ours, theirs);
  });
});

/** A listener that says it is one of vsock, on a socket that can be connected to here. */
async function pretended(): Promise<{ listener: Listener; connect: () => Promise<net.Socket> }> {
  const path = `\0vsock-${process.pid}`;
  using real = await lab.name.listen({ path });
  const fd = new FileDescriptor(real.descriptor.release());
  const listener = new Listener(fd, { family: 'vsock', cid: 1, port: 80 }, 1);
  return { listener, connect: () => lab.name.connect({ path, allowHalfOpen: true }) };
}

describe('a server of Node', () => {
  test('of net gets a stream for each connection, until it is closed', async () => {
    const { listener, connect } = await pretended();
    const server = net.createServer((socket) => void pipeline(socket, socket));
    listener.serve(server);
    await once(server, 'listening');
    const clients = await Promise.all([connect(), connect(), connect()]);
    const answers = clients.map(async (client, i) => {
      client.end(`echo ${i}`);
      return await text(client);
    });
    assert.deepEqual(await Promise.all(answers), ['echo 0', 'echo 1', 'echo 2']);
    server.close();
    await once(server, 'close');
    await assert.rejects(connect(), { code: 'ECONNREFUSED' });
    await turn();
  });

  test('of http serves, keeps connections alive, and upgrades them', async () => {
    const { listener, connect } = await pretended();
    const server = http.createServer((request, response) => {
      request.pipe(response);
    });
    server.on('upgrade', (_, socket: Duplex) => socket.end('upgraded').resume());
    listener.serve(server);
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    agent.createConnection = (_, done) => {
      void connect().then((socket) => done?.(null, socket));
      return undefined;
    };
    const ask = async (body: string): Promise<string> => {
      const request = http.request({ agent, method: 'POST' }).end(body);
      const [response] = (await once(request, 'response')) as [http.IncomingMessage];
      return await text(response);
    };
    const long = 'x'.repeat(1_000_000);
    assert.equal(await ask('first'), 'first');
    assert.equal(await ask(long), long);
    agent.destroy();
    const client = await connect();
    client.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n');
    assert.equal(await text(client), 'upgraded');
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
    await turn();
  });

  test('that listens on it by itself is told how to', async () => {
    using listener = await lab.name.listen({ vsock: { port: 4711 } });
    assert.deepEqual(listener.address, { family: 'vsock', cid: 0xffff_ffff, port: 4711 });
    assert.throws(() => net.createServer().listen(listener), {
      code: 'ERR_USAGE',
      hint: 'use listener.serve(server)',
    });
  });

  test('of TCP takes the socket over, as by listen()', async () => {
    const server = net.createServer((socket) => socket.end('tcp'));
    const listener = await lab.name.listen({ host: '127.0.0.1', port: 0 });
    listener.serve(server);
    const client = await lab.name.connect({ host: '127.0.0.1', port: listener.port ?? 0 });
    assert.equal(await text(client), 'tcp');
    server.close();
    await once(server, 'close');
  });
});

describe('vsock itself', () => {
  test('reaches a server by the loopback, or says why not', async () => {
    const server = http.createServer((_, response) => response.end('by vsock'));
    const listener = await lab.name.listen({ vsock: { port: 4712 } });
    listener.serve(server);
    try {
      const stream = await lab.name.connect({ vsock: { cid: 1, port: 4712 } });
      stream.write('GET / HTTP/1.0\r\n\r\n');
      assert.match(await text(stream), /\r\n\r\nby vsock$/);
    } catch (error) {
      // A kernel without VSOCKETS_LOOPBACK.
      const { code, syscall, address, port } = error as Record<string, unknown>;
      assert.deepEqual([syscall, address, port], ['connect', 'vsock/1', 4712]);
      assert.match(String(code), /^(ETIMEDOUT|ENODEV|ECONNRESET|EHOSTUNREACH)$/);
    }
    server.close();
    await once(server, 'close');
    await turn();
  });

  test('gives up when told to, and refuses what is no address', async () => {
    const vsock = { cid: 1, port: 4713 };
    await assert.rejects(lab.name.connect({ vsock, signal: AbortSignal.abort() }), {
      name: 'AbortError',
    });
    await assert.rejects(lab.name.connect({ vsock: { cid: -1, port: 1 } }), { code: 'ERR_USAGE' });
    const { status, stderr } = nskit(['connect', 'vsock', 'vsock://1:4713', '-t', '0.05']);
    assert.equal(status, 1, stderr);
  });
});
