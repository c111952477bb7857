/** Published ports, on the real kernel: clients on the host, servers in the namespace. */
import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { attachUplink, type Uplink } from '../../src/index.js';
import { createNamespaces, type Namespaces } from '../../src/namespaces/index.js';
import { openFiles, turn } from '../support/lab.js';
import { outputOf, python } from '../support/uplink.js';

let place: Namespaces;
let uplink: Uplink;
const ends: (() => Promise<void>)[] = [];

before(async () => {
  place = await createNamespaces({ kinds: ['user', 'net'] });
  uplink = await attachUplink(place);
  await serve('::', 80);
  await serve('127.0.0.1', 81);
});
after(async () => {
  for (const end of ends.reverse()) await end();
  await uplink.close();
  await place[Symbol.asyncDispose]();
});

async function serve(address: string, port: number): Promise<void> {
  const argv = [...python('server.py'), address, String(port)];
  const child = await place.spawnAsync(argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  assert.ok(child.stdout);
  await once(child.stdout, 'data');
  ends.push(async () => {
    child.kill('SIGKILL');
    await child.exit;
  });
}

async function hostPort(words: string): Promise<number> {
  const [published] = await uplink.publish(words);
  assert.ok(published);
  return published.port;
}

/** Sends, ends its stream, and reads to the end. */
async function ask(port: number, data = 'hello', host = '127.0.0.1'): Promise<string> {
  const client = connect({ port, host, allowHalfOpen: true });
  client.end(data);
  return await text(client);
}

class Client implements Disposable {
  readonly socket: Socket;
  readonly #host: string;
  readonly #port: number;

  constructor(port: number, host = '127.0.0.1') {
    this.socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    this.#host = host;
    this.#port = port;
  }

  /** Who the server says that we are, and how many bytes came back. */
  async ask(bytes: number): Promise<{ who: string; length: number }> {
    this.socket.send(Buffer.alloc(bytes, 'x'), this.#port, this.#host);
    const [answer] = (await once(this.socket, 'message')) as [Buffer];
    const end = answer.indexOf('\n');
    return { who: answer.subarray(0, end).toString(), length: answer.length - end - 1 };
  }

  get port(): number {
    return this.socket.address().port;
  }

  [Symbol.dispose](): void {
    this.socket.close();
  }
}

describe('a published port', () => {
  for (const [host, gateway] of [
    ['127.0.0.1', '10.0.2.2'],
    ['::1', 'fd00::2'],
  ] as const) {
    const address = host.includes(':') ? `[${host}]` : host;

    test(`leads from ${host} inside, where its client is the gateway`, async () => {
      const port = await hostPort(`${address}:0:80`);
      const [who, data] = (await ask(port, 'hello', host)).split('\n');
      assert.match(who ?? '', new RegExp(`^${gateway} \\d+$`));
      assert.equal(data, 'hello', 'both streams end, each by itself');
      const [listed] = (await uplink.published()).filter((one) => one.port === port);
      assert.deepEqual(listed, {
        ...{ protocol: 'tcp', address: host, port, insidePort: 80 },
        ...{ loopback: false, accepted: 1, refused: 0 },
      });
      await uplink.unpublish(String(port));
      await assert.rejects(ask(port, '', host), { code: 'ECONNREFUSED' });
    });

    test(`leads from ${host} inside by UDP, with a session for each client`, async () => {
      const port = await hostPort(`${address}:0:80/udp`);
      using one = new Client(port, host);
      using other = new Client(port, host);
      for (const client of [one, other, one]) {
        const { who, length } = await client.ask(60_000);
        assert.deepEqual([who, length], [`${gateway} ${client.port}`, 60_000]);
      }
      const sessions = async (): Promise<string[]> =>
        (await uplink.flows())
          .filter(({ state }) => state === 'OPEN')
          .map((flow) => flow.direction);
      assert.deepEqual(await sessions(), ['inbound', 'inbound']);
      await uplink.unpublish(`${port}/udp`);
      assert.deepEqual(await sessions(), []);
    });
  }

  test('carries much in both directions', async () => {
    const port = await hostPort('0:80');
    const data = 'abcdefgh'.repeat(2 << 20);
    const answer = await ask(port, data);
    assert.equal(answer.length - answer.indexOf('\n') - 1, data.length);
    assert.ok(answer.endsWith(data));
    await uplink.unpublish(String(port));
  });

  test('takes a thousand connections at once, and leaves no descriptor behind', async () => {
    const port = await hostPort('0:80');
    await ask(port);
    await turn();
    const files = openFiles();
    const answers = await Promise.all(
      Array.from({ length: 1000 }, (_, i) => ask(port, `number ${i}`)),
    );
    answers.forEach((answer, i) => assert.equal(answer.split('\n')[1], `number ${i}`));
    const listed = (await uplink.published()).find((one) => one.port === port);
    assert.deepEqual([listed?.accepted, listed?.refused], [1001, 0]);
    while ((await uplink.flows()).some(({ state }) => state !== 'TIME-WAIT')) await turn();
    await turn();
    assert.deepEqual(openFiles(), files);
    await uplink.unpublish(String(port));
  });

  test('resets who comes when nobody listens inside, and says so once', async () => {
    const port = await hostPort('0:7');
    const warned = once(process, 'warning') as Promise<[Error]>;
    await assert.rejects(ask(port), { code: 'ECONNRESET' });
    const [{ message }] = await warned;
    assert.match(
      message,
      new RegExp(`comes to 127\\.0\\.0\\.1:${port}: port 7 of 10\\.0\\.2\\.100`),
    );
    assert.match(message, /is refused; a server that listens on 127\.0\.0\.1 .*--publish-loopback/);
    await assert.rejects(ask(port), { code: 'ECONNRESET' });
    const listed = (await uplink.published()).find((one) => one.port === port);
    assert.deepEqual([listed?.accepted, listed?.refused], [0, 2]);
    await uplink.unpublish(String(port));
  });

  test('does not reach a server on 127.0.0.1 inside', async () => {
    const port = await hostPort('0:81');
    await assert.rejects(ask(port), { code: 'ECONNRESET' });
    await uplink.unpublish(String(port));
  });
});

describe('with publishLoopback', () => {
  test('servers on 127.0.0.1 inside are reached, and all begins at the host', async () => {
    await using own = await createNamespaces({ kinds: ['user', 'net'] });
    await using open = await attachUplink(own, {
      publish: ['0:81', '0:81/udp', '[::1]:0:81'],
      publishLoopback: true,
    });
    const argv = [...python('server.py'), '127.0.0.1', '81'];
    const child = await own.spawnAsync(argv, { stdio: ['ignore', 'pipe', 'inherit'] });
    assert.ok(child.stdout);
    await once(child.stdout, 'data');
    const [tcp, udp, tcp6] = (await open.published()).map(({ port }) => port);
    assert.match(await ask(tcp ?? 0), /^10\.0\.2\.2 \d+\nhello$/);
    assert.match(await ask(tcp6 ?? 0, 'hello', '::1'), /^10\.0\.2\.2 \d+\nhello$/);
    using client = new Client(udp ?? 0);
    assert.equal((await client.ask(100)).who, `10.0.2.2 ${client.port}`);
    const script =
      "import socket as s\nc = s.socket()\nc.settimeout(1)\nc.bind(('127.0.0.1', 0))\n";
    const knock = "try: c.connect(('10.0.2.2', 9))\nexcept Exception as e: print(type(e).__name__)";
    assert.match(await outputOf(own, ['python3', '-c', script + knock]), /Timeout|timeout/);
    assert.ok((open.counters.drops['ipv4: source address'] ?? 0) > 0);
    child.kill('SIGKILL');
    await child.exit;
  });
});

describe('ranges, and what is refused', () => {
  test('a range leads to a range, and a part of it is taken back', async () => {
    // An address of this test's own, below the ports that the kernel gives out: nobody else has these.
    const [address, first] = ['127.83.19.7', 4000];
    const ports = await uplink.publish(`${address}:${first}-${first + 2}:79-81`);
    assert.deepEqual(
      ports.map((one) => [one.port - first, one.insidePort]),
      [
        [0, 79],
        [1, 80],
        [2, 81],
      ],
    );
    assert.match(await ask(first + 1, 'hello', address), /hello$/);
    await uplink.unpublish(`${address}:${first}-${first + 1}`);
    assert.deepEqual(
      (await uplink.published()).map((one) => one.port),
      [first + 2],
    );
    await uplink.unpublish(`${address}:${first + 2}`);
  });

  test('a port that is taken, whose it may be, and nothing half published', async () => {
    const taken: Socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address();
    const files = openFiles();
    await assert.rejects(uplink.publish('0:80', `0:80/udp`, `${port}:80/udp`), (error: Error) => {
      const { code, hint, address } = error as Error & Record<string, unknown>;
      assert.deepEqual([code, address], ['EADDRINUSE', '127.0.0.1']);
      assert.match(error.message, new RegExp(`publish 127\\.0\\.0\\.1:${port}/udp`));
      assert.match(String(hint), /ss -lntup/);
      return true;
    });
    await assert.rejects(uplink.publish('192.0.2.1:0:80'), { code: 'EADDRNOTAVAIL' });
    assert.deepEqual(openFiles(), files);
    assert.deepEqual(await uplink.published(), []);
    taken.close();
  });

  test('a port that is root’s', async () => {
    await assert.rejects(uplink.publish('0:80', '1:80'), (error: Error) => {
      const { code, hint } = error as Error & Record<string, unknown>;
      assert.equal(code, 'EACCES');
      assert.match(String(hint), /sudo sysctl net\.ipv4\.ip_unprivileged_port_start=80/);
      return true;
    });
    assert.deepEqual(await uplink.published(), []);
  });

  test('words that say nothing', async () => {
    await assert.rejects(uplink.unpublish('8080'), /8080 is not published/);
    await assert.rejects(uplink.publish('http:80'), /"http:80" is no port to publish/);
  });
});
