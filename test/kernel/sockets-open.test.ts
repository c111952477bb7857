/** Datagrams, taps, files and plain descriptors opened inside. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { constants, fstatSync, mkdirSync, readSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import {
  fileOpening,
  listenerOpening,
  namespaces,
  socketOpening,
  tapOpening,
  type NamedNamespace,
  type ResolveFlag,
} from '../../src/index.js';
import { socketOption } from '../../src/sockets/descriptor.js';
import { makeLab, openFiles, turn, type Lab } from '../support/lab.js';

let lab: Lab;
let inside: NamedNamespace;
before(async () => {
  lab = await makeLab('opening');
  inside = lab.name;
});
after(async () => {
  await lab[Symbol.asyncDispose]();
});

async function run(...argv: string[]): Promise<string> {
  const child = inside.spawn(argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  const said = await text(child.stdout ?? assert.fail());
  await child.exit;
  return said;
}

describe('datagrams', () => {
  for (const address of ['127.0.0.1', '::1']) {
    test(`echo over ${address}`, async () => {
      const server = await inside.datagram({ host: address, port: 53 });
      server.on('message', (message, { port }) => {
        server.send(`${String(message)} back`, port, address);
      });
      const client = await inside.datagram({ host: address });
      client.send('there and', 53, address);
      const [message, from] = (await once(client, 'message')) as [Buffer, { port: number }];
      assert.deepEqual([String(message), from.port], ['there and back', 53]);
      assert.equal(server.address().address, address);
      for (const socket of [server, client]) socket.close();
      await turn();
    });
  }

  test('options, and a port that the kernel chooses', async () => {
    const socket = await inside.datagram({ host: '0.0.0.0', broadcast: true, reusePort: true });
    assert.ok(socket.address().port > 0);
    socket.send('to all', socket.address().port, '127.255.255.255');
    assert.equal(String((await once(socket, 'message'))[0]), 'to all');
    socket.close();
    await turn();
  });
});

describe('any socket', () => {
  test('a ping socket’s raw cousin, a packet socket, netlink', async () => {
    const kinds = [
      ['inet', 'raw', 'icmp'],
      ['packet', 'raw', 0x0300],
      ['netlink', 'raw', 0],
      ['unix', 'dgram', 0],
      ['vsock', 'stream', 0],
    ] as const;
    for (const [domain, type, protocol] of kinds) {
      using socket = await inside.socket(domain, type, protocol);
      assert.ok(fstatSync(socket.fd).isSocket(), domain);
    }
  });

  test('non-blocking, bound, listening: what ctrtool’s options say', async () => {
    using socket = await inside.socket('inet6', 'stream', 'tcp', {
      nonBlocking: true,
      options: { reuseAddress: true, ipv6Only: true, deferAccept: true },
      bind: { family: 'inet6', address: '::', port: 80 },
      backlog: 17,
    });
    assert.match(await run('ss', '-Hltn', 'sport = :80'), /LISTEN +0 +17 /);
    assert.equal(socketOption(socket.fd, 41, 26), 1);
  });
});

describe('taps', () => {
  test('a name that the kernel chooses, gone when it is closed', async () => {
    const tap = await inside.tap('tap%d', { vnetHeader: true });
    assert.match(await run('ip', '-d', 'link', 'show', tap.name), /tun type tap.*vnet_hdr on/s);
    tap.descriptor[Symbol.dispose]();
    await assert.rejects(openedAgain(tap.name), { code: 'ENODEV' });
  });

  /** Throws ENODEV when there is no such device: its scope cannot be found. */
  async function openedAgain(name: string): Promise<void> {
    await inside.listen({ host: `fe80::1%${name}`, port: 1 });
  }

  test('a tun, persistent, several queues, offloads', async () => {
    const options = { kind: 'tun', persist: true, multiQueue: true, vnetHeader: 12 } as const;
    const first = await inside.tap('tun7', { ...options, offloads: 1 });
    const second = await inside.tap('tun7', { ...options, offloads: 1 });
    for (const { descriptor } of [first, second]) descriptor[Symbol.dispose]();
    assert.match(await run('ip', '-d', 'link', 'show', 'tun7'), /tun type tun.*persist on/s);
    const again = await inside.tap('tun7', { ...options, persist: false });
    again.descriptor[Symbol.dispose]();
    await assert.rejects(openedAgain('tun7'), { code: 'ENODEV' });
  });

  test('refused: taken, existing, of another kind, with other flags', async () => {
    const { descriptor } = await inside.tap('tap1');
    await assert.rejects(inside.tap('tap1'), { code: 'EBUSY', path: 'tap1' });
    await assert.rejects(inside.tap('tap1', { exclusive: true }), { code: 'EBUSY' });
    await assert.rejects(inside.tap('lo'), { code: 'EINVAL', hint: /another kind/ });
    descriptor[Symbol.dispose]();
    const kept = await inside.tap('tap2', { persist: true });
    kept.descriptor[Symbol.dispose]();
    await assert.rejects(inside.tap('tap2', { kind: 'tun' }), { code: 'EINVAL' });
    await run('ip', 'link', 'delete', 'tap2');
  });
});

describe('files', () => {
  const read = (fd: number): string => {
    const bytes = Buffer.alloc(100);
    return bytes.toString('utf8', 0, readSync(fd, bytes, 0, 100, 0));
  };

  test('as resolve allows', async () => {
    const folder = join(lab.folder, 'files');
    mkdirSync(folder);
    writeFileSync(join(folder, 'file'), 'content');
    symlinkSync('file', join(folder, 'link'));
    symlinkSync('/etc/passwd', join(folder, 'out'));
    const { O_PATH = 0o10000000 } = constants as { O_PATH?: number };
    using at = await inside.openFile(folder, { flags: O_PATH | constants.O_DIRECTORY });
    const open = async (path: string, ...resolve: ResolveFlag[]): Promise<string> => {
      using file = await inside.openFile(path, { at: at.fd, resolve });
      return read(file.fd);
    };
    assert.equal(await open('file', 'beneath'), 'content');
    assert.equal(await open('link', 'beneath'), 'content');
    await assert.rejects(open('link', 'no-symlinks'), { code: 'ELOOP', path: 'link' });
    await assert.rejects(open('out', 'beneath'), { code: 'EXDEV', hint: /resolve/ });
    await assert.rejects(open('../x', 'beneath'), { code: 'EXDEV' });
    await assert.rejects(open('/etc/passwd', 'in-root'), { code: 'ENOENT' });
    await assert.rejects(open('/proc/self/exe', 'no-magiclinks'), { code: 'ELOOP' });
  });

  test('made, with its mode', async () => {
    const path = join(lab.folder, 'made');
    const flags = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY;
    using file = await inside.openFile(path, { flags, mode: 0o640 });
    assert.equal(fstatSync(file.fd).mode & 0o7777, 0o640);
    await assert.rejects(inside.openFile(path, { flags }), { code: 'EEXIST', path });
  });

  test('through a mount namespace: what only it shows', async () => {
    await using held = await namespaces.create({ kinds: ['user', 'mnt'] });
    const script = 'mount -t tmpfs none /mnt; echo hidden > /mnt/file; echo ready; read line';
    const child = held.spawn(['sh', '-ec', script], { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(child.stdout ?? assert.fail(), 'data');
    {
      using file = await held.openFile('/mnt/file');
      assert.equal(read(file.fd), 'hidden\n');
      await assert.rejects(inside.openFile('/mnt/file'), { code: 'ENOENT' });
    }
    child.stdin?.end();
    child.stdout?.destroy();
    await child.exit;
  });
});

describe('several at once', () => {
  test('different ones in one visit', async () => {
    const opened = await inside.openAll<object>([
      listenerOpening({ port: 80 }),
      socketOpening({ domain: 'inet', type: 'dgram' }),
      tapOpening('both%d'),
      fileOpening('/etc/passwd'),
    ]);
    assert.equal(opened.length, 4);
    for (const each of opened) {
      const owner = 'descriptor' in each ? each.descriptor : each;
      (owner as Disposable)[Symbol.dispose]();
    }
  });

  test('all or none: the third fails, none stays open', async () => {
    const opened = openFiles();
    const first = listenerOpening({ port: 80 });
    const second = listenerOpening({ port: 81 });
    const third = listenerOpening({ host: '192.0.2.1', port: 82 });
    await assert.rejects(inside.openAll([first, second, third]), {
      code: 'EADDRNOTAVAIL',
      address: '192.0.2.1',
      port: 82,
    });
    assert.deepEqual(openFiles(), opened);
    using again = await inside.listen({ port: 80, reuseAddress: false });
    assert.equal(again.port, 80);
  });

  test('more than one program holds', async () => {
    const many = Array.from({ length: 300 }, () => listenerOpening({ port: 0 }));
    const listeners = await inside.openAll(many);
    assert.equal(new Set(listeners.map(({ port }) => port)).size, 300);
    for (const listener of listeners) listener[Symbol.dispose]();
  });
});
