/** Listening sockets opened inside and served from outside. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import {
  namespaces,
  type Listener,
  type NamedNamespace,
  type SocketOptions,
} from '../../src/index.js';
import { socketOption } from '../../src/sockets/descriptor.js';
import { optionNames, placeOf } from '../../src/sockets/options.js';
import { makeLab, turn, type Lab } from '../support/lab.js';

let lab: Lab;
let inside: NamedNamespace;
before(async () => {
  lab = await makeLab('listening');
  inside = lab.name;
});
after(async () => {
  await lab[Symbol.asyncDispose]();
});

async function run(...argv: string[]): Promise<string> {
  const child = inside.spawn(argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  assert.ok(child.stdout);
  const said = await text(child.stdout);
  assert.deepEqual(await child.exit, { exitCode: 0, signal: null });
  return said;
}

/** The backlog of the listener on a port, as the kernel has it. */
async function backlogOf(port: number): Promise<number> {
  const [line = ''] = (await run('ss', '-Hltn', `sport = :${port}`)).trim().split('\n');
  return Number(line.split(/\s+/)[2]);
}

const fetchInside = (url: string): Promise<string> =>
  run(
    'python3',
    '-c',
    'import sys, urllib.request as r; print(r.urlopen(sys.argv[1]).read().decode(), end="")',
    url,
  );

async function closed(server: net.Server): Promise<void> {
  server.close();
  if (server instanceof http.Server) server.closeAllConnections();
  await once(server, 'close');
  await turn();
}

describe('a listener', () => {
  test('keeps the backlog that was asked for though Node listens again', async () => {
    const server = net.createServer();
    server.listen(await inside.listen({ port: 80, backlog: 4096 }));
    await once(server, 'listening');
    assert.equal(await backlogOf(80), 4096);
    await closed(server);
    server.listen(await inside.listen({ port: 80, backlog: 7 }));
    await once(server, 'listening');
    assert.equal(await backlogOf(80), 7);
    await closed(server);
  });

  test('has Node’s own backlog when none is asked for', async () => {
    using listener = await inside.listen({ port: 0, host: '127.0.0.1' });
    assert.equal(await backlogOf(listener.port ?? 0), 511);
    assert.equal((listener.address as { address: string }).address, '127.0.0.1');
  });

  test('is for IPv4 and IPv6 when no host is said, on a port that needs no root', async () => {
    const server = http.createServer((request, response) => {
      response.end(request.socket.remoteAddress);
    });
    server.listen(await inside.listen({ port: 81 }));
    assert.equal(await fetchInside('http://127.0.0.1:81'), '::ffff:127.0.0.1');
    assert.equal(await fetchInside('http://[::1]:81'), '::1');
    assert.equal((server.address() as AddressInfo).port, 81);
    await closed(server);
  });

  test('that no server took is closed with its scope, and its address is free', async () => {
    for (let i = 0; i < 2; i++) {
      using listener = await inside.listen({ port: 82, reuseAddress: false });
      assert.equal(listener.port, 82);
    }
  });

  test('goes on when its name is deleted, and so does the connection to it', async () => {
    const gone = await namespaces.add('gone');
    const held = gone.open();
    const listener = await gone.listen({ port: 80 });
    await gone.delete();
    const server = net.createServer((socket) => socket.end('still here')).listen(listener);
    const socket = await held.connect({ port: 80 });
    assert.equal(await text(socket), 'still here');
    held[Symbol.dispose]();
    await closed(server);
  });
});

describe('socket options, read back', () => {
  const common: SocketOptions = {
    reuseAddress: true,
    reusePort: true,
    transparent: true,
    freebind: true,
    device: 'lo',
    mark: 42,
    priority: 3,
    broadcast: true,
    keepAlive: true,
    noDelay: true,
    deferAccept: 1,
    fastOpen: 16,
  };
  for (const host of ['127.0.0.1', '::1']) {
    const isIPv6 = host === '::1';
    for (const name of optionNames) {
      const value = common[name];
      if (value === undefined || name === 'device') continue;
      test(`${name} on ${host}`, async () => {
        using without = await inside.listen({ host, port: 0, reuseAddress: false });
        using listener = await inside.listen({ host, port: 0, reuseAddress: false, [name]: value });
        const { level, name: option } = placeOf(name, isIPv6);
        assert.notEqual(socketOption(without.descriptor.fd, level, option), Number(value));
        assert.equal(socketOption(listener.descriptor.fd, level, option), Number(value));
      });
    }
  }

  test('ipv6Only leaves the port free for IPv4', async () => {
    using v6 = await inside.listen({ port: 93, ipv6Only: true, reuseAddress: false });
    using v4 = await inside.listen({ host: '0.0.0.0', port: 93, reuseAddress: false });
    const { level, name } = placeOf('ipv6Only', true);
    assert.equal(socketOption(v6.descriptor.fd, level, name), 1);
    assert.equal(v4.port, 93);
  });

  test('device', async () => {
    using listener = await inside.listen({ port: 90, device: 'lo' });
    assert.match(await run('ss', '-Hltn', 'sport = :90'), /%lo:90/);
    assert.equal(listener.port, 90);
  });

  test('buffers, of which the kernel keeps twice as much', async () => {
    const bytes = { receiveBufferBytes: 32_768, sendBufferBytes: 65_536 };
    using listener = await inside.listen({ port: 0, ...bytes });
    for (const name of ['receiveBufferBytes', 'sendBufferBytes'] as const) {
      const { level, name: option } = placeOf(name, true);
      assert.equal(socketOption(listener.descriptor.fd, level, option), 2 * bytes[name]);
    }
  });

  test('any other, by its numbers: IP_TTL', async () => {
    const raw = [{ level: 0, name: 2, value: 9 }];
    using listener = await inside.listen({ host: '127.0.0.1', port: 0, raw });
    assert.equal(socketOption(listener.descriptor.fd, 0, 2), 9);
  });

  test('freebind and transparent bind what no interface has', async () => {
    for (const option of ['freebind', 'transparent']) {
      for (const host of ['192.0.2.1', '2001:db8::1']) {
        using listener = await inside.listen({ host, port: 80, [option]: true });
        assert.equal((listener.address as { address: string }).address, host);
      }
    }
  });

  test('reusePort shares an address', async () => {
    using first = await inside.listen({ port: 91, reusePort: true });
    using second = await inside.listen({ port: 91, reusePort: true });
    assert.deepEqual(first.address, second.address);
  });

  test('a scope, by the interface’s name and by its number', async () => {
    const setup = 'ip link add v0 type veth peer name v1; ip link set v0 up; ip link set v1 up';
    await run('sh', '-ec', `${setup}; ip addr add fe80::7/64 dev v0 nodad`);
    const index = Number(await run('cat', '/sys/class/net/v0/ifindex'));
    for (const scope of ['v0', String(index)]) {
      using listener = await inside.listen({ host: `fe80::7%${scope}`, port: 92 });
      assert.equal((listener.address as { scopeId?: number }).scopeId, index);
    }
    await run('ip', 'link', 'delete', 'v0');
  });
});

describe('other families', () => {
  test('a Unix path', async () => {
    const path = join(lab.folder, 'server.sock');
    const server = net.createServer((socket) => socket.end('by path'));
    server.listen(await inside.listen({ path, backlog: 9 }));
    await once(server, 'listening');
    assert.equal(await text(await inside.connect({ path })), 'by path');
    assert.match(await run('ss', '-Hlxn', `src = unix:${path}`), / 9 /);
    await closed(server);
  });

  test('an abstract name is the network namespace’s', async () => {
    const server = net.createServer((socket) => socket.end('abstract'));
    server.listen(await inside.listen({ path: '\0abstract' }));
    assert.equal(await text(await inside.connect({ path: '\0abstract' })), 'abstract');
    await assert.rejects(once(net.connect('\0abstract'), 'connect'), { code: 'ECONNREFUSED' });
    await closed(server);
  });

  test('a sequence of packets over Unix', async () => {
    using listener = await inside.listen({ path: '\0packets', type: 'seqpacket' });
    assert.equal(socketOption(listener.descriptor.fd, 1, 3), 5);
  });
});

test('every way to a namespace: a name, a process, files, descriptors', async () => {
  await using child = await waiting();
  const { path, userPath = '' } = inside.details();
  const ways = [
    inside.open(),
    namespaces.ofProcess(child.pid, ['user', 'net']),
    // The owner of the network namespace is found and joined by itself.
    namespaces.ofProcess(child.pid, ['net']),
    namespaces.ofFiles([path]),
    namespaces.ofFiles([userPath, path]),
  ];
  const listeners: Listener[] = [];
  for (const way of ways) listeners.push(await way.listen({ port: 80, reusePort: true }));
  const said = await run('ss', '-Hltn', 'sport = :80');
  assert.equal(said.trim().split('\n').length, ways.length);
  for (const each of [...ways, ...listeners]) each[Symbol.dispose]();
});

async function waiting(): Promise<{ pid: number } & AsyncDisposable> {
  const child = inside.spawn(['sh', '-c', 'echo ready; read line'], { stdio: 'pipe' });
  assert.ok(child.stdout && child.stdin);
  await once(child.stdout, 'data');
  const { stdin, stdout, stderr } = child;
  return {
    pid: child.pid,
    [Symbol.asyncDispose]: async () => {
      stdin.end();
      stdout.destroy();
      stderr?.destroy();
      await child.exit;
    },
  };
}
