/** Questions by TCP, many at once, and more questions than are good for anyone. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import packet from 'dns-packet';
import { describe, test } from 'node:test';
import { checkOpenFiles, makeDnsLab, type DnsLab } from '../support/dns-lab.js';
import { turn } from '../support/lab.js';
import {
  address,
  answerTo,
  onMessages,
  saying,
  silent,
  withLength,
  type Asked,
} from '../support/dns-server.js';

const SERVFAIL = 2;

checkOpenFiles();

function query(id: number, name: string): Buffer {
  return packet.encode({ type: 'query', id, questions: [{ type: 'A', name }] });
}

async function connected(lab: DnsLab): Promise<Socket> {
  const socket = connect(lab.port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

/** The ids and RCODEs of so many messages. */
async function messages(socket: Socket, count: number): Promise<Map<number, number>> {
  const got = new Map<number, number>();
  await new Promise<void>((resolve, reject) => {
    socket.on('close', () => reject(new Error(`closed after ${got.size} messages`)));
    onMessages(socket, (message) => {
      got.set(message.readUInt16BE(0), message.readUInt8(3) & 15);
      if (got.size === count) resolve();
    });
  });
  return got;
}

describe('questions of one connection', () => {
  test('do not wait for each other', async () => {
    await using lab = await makeDnsLab({ servers: [silent] });
    const [server] = lab.servers;
    assert.ok(server);
    const held: Asked[] = [];
    server.behave = (asked) => {
      if (asked.name === 'slow.test') held.push(asked);
      return asked.name === 'slow.test' ? undefined : answer(asked);
    };
    const socket = await connected(lab);
    const firstTwo = messages(socket, 2);
    const all = messages(socket, 3);
    const names = ['slow.test', 'a.test', 'b.test'];
    socket.write(Buffer.concat(names.map((name, id) => withLength(query(id, name)))));
    assert.deepEqual([...(await firstTwo).keys()].sort(), [1, 2]);
    for (const asked of held) asked.reply(answer(asked));
    assert.deepEqual([...(await all).keys()].at(-1), 0);
    socket.destroy();
  });

  function answer(asked: Asked): Buffer {
    return answerTo(asked, [address(asked.name, '192.0.2.1')]);
  }

  test('are all answered, 500 in one piece, and then the end', async () => {
    await using lab = await makeDnsLab({ servers: [saying('192.0.2.1')] });
    const socket = await connected(lab);
    const all = messages(socket, 500);
    const ended = once(socket, 'end');
    const pieces = Array.from({ length: 500 }, (_, id) => withLength(query(id, `n${id}.test`)));
    socket.end(Buffer.concat(pieces));
    assert.ok([...(await all).values()].every((rcode) => rcode === 0));
    await ended;
    assert.equal(lab.dns.queries, 0);
  });

  test('that are none, or come twice, hold up no other', async () => {
    await using lab = await makeDnsLab({ servers: [saying('192.0.2.1')] });
    const socket = await connected(lab);
    const all = messages(socket, 2);
    const isAnswer = packet.encode({ type: 'response', id: 9, questions: [] });
    const parts = [Buffer.alloc(0), Buffer.alloc(5), isAnswer, query(1, 'a.test')];
    socket.write(Buffer.concat([...parts, query(1, 'a.test'), query(2, 'b.test')].map(withLength)));
    assert.deepEqual([...(await all).keys()].sort(), [1, 2]);
    const ended = once(socket, 'end');
    socket.end();
    await ended;
  });
});

test('a connection that has gone does no harm when its answer comes', async () => {
  await using lab = await makeDnsLab({ servers: [silent] });
  const [server] = lab.servers;
  assert.ok(server);
  const asked = new Promise<Asked>((resolve) => {
    server.behave = (one) => {
      resolve(one);
      return undefined;
    };
  });
  const socket = await connected(lab);
  socket.write(withLength(query(1, 'a.test')));
  const late = await asked;
  const gone = once(socket, 'close');
  socket.resetAndDestroy();
  await gone;
  late.reply(answerTo(late, [address(late.name, '192.0.2.1')]));
  while (lab.dns.queries > 0) await turn();
});

test('of too many connections only the one that has been idle longest is closed', async () => {
  await using lab = await makeDnsLab({ servers: [saying('192.0.2.1')] });
  const sockets: Socket[] = [];
  const ask = async (socket: Socket): Promise<void> => {
    const got = messages(socket, 1);
    socket.write(withLength(query(1, 'a.test')));
    await got;
  };
  const open = async (): Promise<Socket> => {
    const socket = await connected(lab);
    sockets.push(socket);
    await ask(socket);
    return socket;
  };
  const first = await open();
  const closed = once(first, 'close');
  for (let i = 1; i < 32; i++) await open();
  assert.equal(first.destroyed, false);
  await open();
  await closed;
  for (const socket of sockets.slice(1)) await ask(socket);
  for (const socket of sockets) socket.destroy();
});

test('of 1,000 questions at a server that does not answer, the oldest are given up', async () => {
  await using lab = await makeDnsLab({ servers: [silent] });
  const [server] = lab.servers;
  assert.ok(server);
  const client = createSocket('udp4');
  client.connect(lab.port, '127.0.0.1');
  await once(client, 'connect');
  const failed: number[] = [];
  const enough = new Promise<void>((resolve) => {
    client.on('message', (message) => {
      assert.equal(message.readUInt8(3) & 15, SERVFAIL);
      failed.push(message.readUInt16BE(0));
      if (failed.length === 1000 - 256) resolve();
    });
  });
  // One after the other, because sockets' buffers are small.
  let id = 0;
  const next = (): void => {
    if (id < 1000) client.send(query(id++, `n${id}.test`));
  };
  server.behave = ({ name }) => {
    if (name === `n${id}.test`) next();
    return undefined;
  };
  next();
  await enough;
  client.close();
  assert.equal(lab.dns.queries, 256);
  assert.deepEqual(
    failed,
    Array.from({ length: 1000 - 256 }, (_, i) => i),
  );
});
