/** Datagrams taken off a socket when many wait there: gathered where they can be, whole in any case. */
import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { Drops } from '../../src/stack/index.js';
import { Outgoing, payloadAt } from '../../src/stack/outgoing.js';
import { call } from '../../src/native/index.js';
import { SOCKADDR_STORAGE_SIZE, parseSocketAddress, udp } from '../../src/wire/index.js';
import * as k from '../../src/uplink/constants.js';
import { DatagramReceiver } from '../../src/uplink/datagram-receiver.js';
import { openOutbound } from '../../src/uplink/outbound.js';
import { close, options, setOption } from '../../src/uplink/socket-calls.js';

/** The port that the kernel gave a socket. */
function openedPort(fd: number): number {
  const name = new Uint8Array(SOCKADDR_STORAGE_SIZE);
  const size = Uint32Array.of(name.length);
  call({ step: 'find out a port' }, 'getsockname', fd, name, size);
  const address = parseSocketAddress(name.subarray(0, size[0]));
  assert.equal(address.family, 'inet');
  return 'port' in address ? address.port : 0;
}

interface Received {
  readonly content: string;
  readonly segment: number;
}

const outgoing = new Outgoing({ send: () => true }, new Drops());
const space = { bytes: outgoing.bytes, at: payloadAt(4) + udp.size };

/** A letter that says which one it is, as often as there are bytes. */
const datagram = (size: number, i: number): Buffer => Buffer.alloc(size, 97 + i);

/** Sends all of them, and only then lets the receiver look. */
async function receive(sizes: readonly number[], gathers: boolean): Promise<Received[]> {
  const sender = dgram.createSocket('udp4');
  sender.bind(0, '127.0.0.1');
  await once(sender, 'listening');
  const { fd, answer } = openOutbound({
    ...{ type: k.SOCK_DGRAM, protocols: { inet: k.IPPROTO_UDP } },
    to: { family: 'inet', address: '127.0.0.1', port: sender.address().port },
    prepare: (made) => setOption(made, options.receiveBuffer, 1 << 20),
  });
  assert.equal(answer, 0);
  const own = openedPort(fd);
  for (const [i, size] of sizes.entries()) {
    await new Promise<void>((resolve, reject) => {
      const done = (error: Error | null): void => (error === null ? resolve() : reject(error));
      sender.send(datagram(size, i), own, '127.0.0.1', done);
    });
  }
  const received: Received[] = [];
  const total = new DatagramReceiver(gathers).receive(fd, space, {
    received: (bytes, at, length, segment) => {
      const content = Buffer.from(bytes.subarray(at, at + length)).toString('latin1');
      received.push({ content, segment });
    },
    unreachable: () => assert.fail('an error'),
    closed: () => assert.fail('closed'),
  });
  assert.equal(
    total,
    sizes.reduce((sum, size) => sum + size, 0),
  );
  close(fd);
  sender.close();
  return received;
}

/** What arrived, one by one again. */
function apart(received: readonly Received[]): string[] {
  return received.flatMap(({ content, segment }) => {
    if (content === '') return [''];
    const count = Math.ceil(content.length / segment);
    return Array.from({ length: count }, (_, i) => content.slice(i * segment, (i + 1) * segment));
  });
}

describe('datagrams that wait at a socket', () => {
  const cases: readonly (readonly number[])[] = [
    [100, 65_000],
    [65_000, 100, 65_507, 1],
    [1200, 1200, 1200, 64_000, 7, 7, 3, 7, 0, 40_000, 1, 60_000],
    [0, 0, 5, 0],
  ];
  for (const sizes of cases) {
    test(`${sizes.join(', ')} bytes: whole and in order`, async () => {
      for (const gathers of [true, false]) {
        const expected = sizes.map((size, i) => datagram(size, i).toString('latin1'));
        assert.deepEqual(apart(await receive(sizes, gathers)), expected);
      }
    });
  }

  test('are gathered while they are of one size, and a shorter one is the last', async () => {
    const received = await receive([500, 500, 500, 200, 500, 600], true);
    assert.deepEqual(
      received.map(({ content, segment }) => [content.length, segment]),
      [
        [1700, 500],
        [500, 500],
        [600, 600],
      ],
    );
  });

  test('are gathered into no more than one packet holds', async () => {
    const received = await receive(new Array<number>(10).fill(20_000), true);
    assert.deepEqual(
      received.map(({ content }) => content.length),
      [60_000, 60_000, 60_000, 20_000],
    );
  });
});
