/** Verdicts about flows and rules, as programs inside get to see them. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  namespaces,
  type Flow,
  type FlowHook,
  type HeldNamespaces,
  type RejectReason,
  type Uplink,
} from '../../src/index.js';
import { openFiles, turn } from '../support/lab.js';
import { outputOf, python } from '../support/uplink.js';

const folder = mkdtempSync(join(tmpdir(), 'nskit-policy-'));
let held: HeldNamespaces;
let uplink: Uplink;
const failures: string[] = [];
let hook: FlowHook = () => undefined;
/** The host's own service, on its loopback alone. */
let service: Server;
let port: number;
let files: string[];

before(async () => {
  service = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined);
    void read(socket).then((asked) => socket.end(`service: ${asked}`));
  });
  await once(service.listen(0, '127.0.0.1'), 'listening');
  port = (service.address() as AddressInfo).port;
  // What the process opens once and keeps.
  await attach();
  await knock(`tcp 10.0.2.2 ${port}`);
  await detach();
  files = openFiles();
  await attach();
});

after(async () => {
  await detach();
  service.close();
  rmSync(folder, { recursive: true });
  await once(service, 'close');
  // The service itself was among them.
  assert.deepEqual(openFiles().length, files.length - 1, 'file descriptors before and after');
});

async function attach(): Promise<void> {
  held = await namespaces.create({ kinds: ['user', 'net'] });
  uplink = await held.attachUplink({
    allowHost: [port],
    deny: ['198.51.100.0/24', '2001:db8::/32'],
    onFlow: (flow) => hook(flow),
    onFlowError: (error, flow) => failures.push(`${flow.address}: ${(error as Error).message}`),
  });
}

async function detach(): Promise<void> {
  await uplink.close();
  await held[Symbol.asyncDispose]();
  await turn();
}

/** To the end of what the other side says; ours stays open. */
async function read(socket: Socket): Promise<string> {
  let said = '';
  socket.setEncoding('utf8').on('data', (more: string) => (said += more));
  await once(socket, 'end');
  return said;
}

/** Asks with a hook of its own; what the client saw. */
async function knock(what: string, verdict: FlowHook = () => undefined): Promise<string> {
  hook = verdict;
  return await outputOf(held, [...python('knock.py'), ...what.split(' ')]);
}

describe('a rejected flow', () => {
  // UDP sockets hear of nothing that may pass (udp(7)): an unreachable host is such a thing.
  const seen: Record<RejectReason, Record<'tcp' | 'udp', [ipv4: string, ipv6: string]>> = {
    refused: { tcp: ['ECONNREFUSED', 'ECONNREFUSED'], udp: ['ECONNREFUSED', 'ECONNREFUSED'] },
    unreachable: { tcp: ['EHOSTUNREACH', 'EHOSTUNREACH'], udp: ['silent', 'silent'] },
    prohibited: { tcp: ['EHOSTUNREACH', 'EACCES'], udp: ['EHOSTUNREACH', 'EACCES'] },
    timeout: { tcp: ['silent', 'silent'], udp: ['silent', 'silent'] },
  };
  for (const [reason, protocols] of Object.entries(seen)) {
    test(`looks as its reason says: ${reason}`, async () => {
      await withIPv6Route(async () => {
        const reject = (flow: Flow) => flow.reject(reason as RejectReason);
        for (const [protocol, [ipv4, ipv6]] of Object.entries(protocols)) {
          assert.equal(await knock(`${protocol} 203.0.113.1 9`, reject), ipv4, protocol);
          assert.equal(await knock(`${protocol} 2001:db8:1::1 9`, reject), ipv6, protocol);
        }
      });
    });
  }

  test('of a ping says so', async () => {
    hook = (flow) => flow.reject('prohibited');
    const ping = (address: string): Promise<string> =>
      outputOf(held, ['sh', '-c', `ping -c 1 -W 5 ${address} || true`]);
    assert.match(await ping('203.0.113.1'), /Packet filtered/);
    hook = () => undefined;
    assert.match(await ping('10.0.2.77'), /Destination Host Unreachable/);
  });
});

describe('the rules', () => {
  test('open a port of the host’s loopback at the gateway, and no other', async () => {
    assert.equal(await knock(`tcp 10.0.2.2 ${port} hello`), 'service: hello');
    assert.equal(await knock('tcp 10.0.2.2 1'), 'ECONNREFUSED');
    assert.equal(await knock(`udp 10.0.2.2 ${port}`), 'ECONNREFUSED');
    assert.equal(await knock(`udp fd00::2 ${port}`), 'ECONNREFUSED');
  });

  test('close networks, and the credentials of clouds', async () => {
    assert.equal(await knock('tcp 198.51.100.7 80'), 'EHOSTUNREACH');
    assert.equal(await knock('tcp 169.254.169.254 80'), 'EHOSTUNREACH');
    await withIPv6Route(async () => {
      assert.equal(await knock('udp 2001:db8::7 80'), 'EACCES');
      assert.equal(await knock('tcp fd00:ec2::254 80'), 'EACCES');
    });
  });

  test('let no forged frame through to the host’s loopback', async () => {
    const addresses = ['127.0.0.1', '127.0.0.2', '0.0.0.0', '::1', '::', '::ffff:127.0.0.1'];
    const heard: string[] = [];
    const listener = createServer((socket) => {
      heard.push('connection');
      socket.destroy();
    });
    await once(listener.listen(0), 'listening');
    const { port: open } = listener.address() as AddressInfo;
    const datagrams = createSocket({ type: 'udp6', reuseAddr: true });
    datagrams.on('message', (message) => heard.push(message.toString()));
    await new Promise<void>((resolve) => datagrams.bind(open, resolve));
    hook = () => undefined;
    await outputOf(held, [...python('forge.py'), String(open), ...addresses]);
    // It comes after what was forged: about that everything has been decided by now.
    const redirect = (flow: Flow) => flow.redirect({ host: '127.0.0.1', port: open });
    await knock(`udp 203.0.113.1 ${open} control`, redirect);
    await knock(`tcp 203.0.113.1 ${open}`, redirect);
    assert.deepEqual(heard, ['control', 'connection']);
    listener.close();
    datagrams.close();
  });
});

describe('a redirected flow', () => {
  test('goes where the hook says, by address and by name', async () => {
    for (const host of ['127.0.0.1', 'localhost']) {
      const seen = await knock('tcp 203.0.113.1 80 hi', (flow) => flow.redirect({ host, port }));
      assert.equal(seen, 'service: hi', host);
    }
  });

  test('goes to a Unix socket, with each direction ending by itself', async () => {
    const path = join(folder, 'service');
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      void read(socket).then((asked) => socket.end(`at ${path}: ${asked}`));
    });
    await once(server.listen(path), 'listening');
    const toPath = (flow: Flow) => flow.redirect({ path });
    assert.equal(await knock('tcp 203.0.113.1 80 hi', toPath), `at ${path}: hi`);
    server.close();
    await once(server, 'close');
    assert.equal(await knock('tcp 203.0.113.1 80', toPath), 'ECONNREFUSED');
    assert.equal(await knock('udp 203.0.113.1 80', toPath), 'silent');
    assert.match(failures.pop() ?? '', /203\.0\.113\.1: only a TCP flow/);
  });
});

describe('a handled flow', () => {
  test('is a stream of this process, with the ends’ addresses and half-open', async () => {
    const seen = await knock('tcp 203.0.113.1 80 hello', (flow) =>
      flow.handle(async (stream, { host }) => {
        const { remoteAddress, localAddress, localPort } = stream;
        const asked = await read(stream);
        stream.end(`${asked} ${host} ${remoteAddress} ${localAddress}:${localPort}`);
      }),
    );
    assert.equal(seen, 'hello 203.0.113.1 10.0.2.100 203.0.113.1:80');
  });

  test('carries much, both ways', async () => {
    const size = 20_000_000;
    const script = `head -c ${size} /dev/zero | socat -t 30 - TCP:203.0.113.1:80 | wc -c`;
    hook = (flow) => flow.handle((stream) => void stream.pipe(stream));
    assert.equal(await outputOf(held, ['sh', '-c', script]), String(size));
  });

  test('can wait for a promise, and the SYN with it', async () => {
    let settle = (_: unknown): void => undefined;
    const asked = new Promise((resolve) => (settle = resolve));
    const gate = new Promise((resolve) => setImmediate(resolve));
    const seen = knock('tcp 203.0.113.1 80', async (flow) => {
      settle(flow.host);
      await gate;
      return flow.handle((stream) => void stream.end('at last'));
    });
    assert.equal(await asked, '203.0.113.1');
    assert.equal(await seen, 'at last');
  });

  test('whose handler throws is rejected, whose handler rejects is reset', async () => {
    const throwing = await knock('tcp 203.0.113.1 80', (flow) =>
      flow.handle(() => {
        throw new Error('no service today');
      }),
    );
    assert.equal(throwing, 'EHOSTUNREACH');
    assert.equal(failures.pop(), '203.0.113.1: no service today');
    const rejecting = await knock('tcp 203.0.113.1 80', (flow) =>
      flow.handle(() => Promise.reject(new Error('out of order'))),
    );
    assert.ok(['', 'ECONNRESET', 'EPIPE', 'ENOTCONN'].includes(rejecting), rejecting);
    assert.equal(failures.pop(), '203.0.113.1: out of order');
  });

  test('of UDP is datagrams, the first one too, however long the hook took', async () => {
    const seen = await knock('udp 203.0.113.1 53 question', async (flow) => {
      await new Promise((resolve) => setImmediate(resolve));
      return flow.handleDatagrams((datagrams) => {
        datagrams.on('message', (data) => {
          datagrams.send(`answer to ${Buffer.from(data).toString()}`);
          datagrams.close();
        });
      });
    });
    assert.equal(seen, 'answer to question');
  });
});

/** Without IPv6 on the host there is no default route for it inside. */
async function withIPv6Route<T>(work: () => Promise<T>): Promise<T> {
  await held.routes.replace('::/0', { via: 'fd00::2', device: 'tap0' });
  try {
    return await work();
  } finally {
    await held.routes.delete('::/0', { via: 'fd00::2', device: 'tap0' });
  }
}
