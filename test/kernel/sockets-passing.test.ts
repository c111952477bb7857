/** Descriptors that go from one process to another. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fstatSync, openSync, closeSync, writeSync, readSync } from 'node:fs';
import net from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import {
  connect,
  here,
  receiveDescriptors,
  sendDescriptors,
  socketPair,
  socketsFrom,
  spawnWithSockets,
  takeDescriptor,
  type FileDescriptor,
  type NamedNamespace,
} from '../../src/index.js';
import { makeLab, turn, type Lab } from '../support/lab.js';

let lab: Lab;
let inside: NamedNamespace;
before(async () => {
  lab = await makeLab('passing');
  inside = lab.name;
});
after(async () => {
  await lab[Symbol.asyncDispose]();
});

const isCloseOnExec = (fd: number): boolean => {
  const info = openSync(`/proc/self/fdinfo/${fd}`, 'r');
  const bytes = Buffer.alloc(200);
  const flags = /flags:\s+(\d+)/.exec(bytes.toString('utf8', 0, readSync(info, bytes)))?.[1] ?? '0';
  closeSync(info);
  return (Number.parseInt(flags, 8) & 0o2000000) !== 0;
};

describe('over a Unix socket', () => {
  for (const type of ['stream', 'dgram', 'seqpacket'] as const) {
    test(`${type}: descriptors and data, the copies close-on-exec`, async () => {
      const [a, b] = socketPair(type) as [FileDescriptor, FileDescriptor];
      using sender = a;
      using receiver = b;
      using listener = await inside.listen({ port: 0 });
      const sent = [listener.descriptor.fd, sender.fd];
      await sendDescriptors(sender.fd, sent, { data: Buffer.from('two') });
      const { data, descriptors } = await receiveDescriptors(receiver.fd);
      assert.equal(Buffer.from(data).toString(), 'two');
      assert.equal(descriptors.length, 2);
      descriptors.forEach(({ fd }, i) => {
        assert.equal(fstatSync(fd).ino, fstatSync(sent[i] ?? -1).ino);
        assert.ok(isCloseOnExec(fd));
      });
      for (const descriptor of descriptors) descriptor[Symbol.dispose]();
    });
  }

  test('waits for a message, until it comes or an abort does', async () => {
    const [a, b] = socketPair() as [FileDescriptor, FileDescriptor];
    using sender = a;
    using receiver = b;
    const coming = receiveDescriptors(receiver.fd);
    setImmediate(() => void sendDescriptors(sender.fd, [0]));
    const { descriptors } = await coming;
    assert.equal(descriptors.length, 1);
    for (const descriptor of descriptors) descriptor[Symbol.dispose]();
    const controller = new AbortController();
    const never = receiveDescriptors(receiver.fd, { signal: controller.signal });
    setImmediate(() => controller.abort());
    await assert.rejects(never, { name: 'AbortError' });
    a[Symbol.dispose]();
    assert.equal((await receiveDescriptors(receiver.fd)).data.length, 0);
  });

  test('as many as a message takes, and not one more', async () => {
    const [a, b] = socketPair() as [FileDescriptor, FileDescriptor];
    using sender = a;
    using receiver = b;
    const many = Array.from({ length: 253 }, () => 0);
    await sendDescriptors(sender.fd, many);
    const { descriptors } = await receiveDescriptors(receiver.fd);
    assert.equal(descriptors.length, 253);
    for (const descriptor of descriptors) descriptor[Symbol.dispose]();
    await assert.rejects(sendDescriptors(sender.fd, [...many, 0]), { code: 'ERR_USAGE' });
    await assert.rejects(sendDescriptors(sender.fd, []), { code: 'ERR_USAGE' });
  });

  test('while the socket is full the sender waits', async () => {
    const [a, b] = socketPair('seqpacket') as [FileDescriptor, FileDescriptor];
    using sender = a;
    using receiver = b;
    const data = new Uint8Array(1024);
    const count = 400;
    const sending = (async () => {
      for (let i = 0; i < count; i++) await sendDescriptors(sender.fd, [0], { data });
    })();
    for (let i = 0; i < count; i++) {
      const { descriptors } = await receiveDescriptors(receiver.fd);
      for (const descriptor of descriptors) descriptor[Symbol.dispose]();
    }
    await sending;
  });

  test('to a program that is not Node', async () => {
    const [a, b] = socketPair() as [FileDescriptor, FileDescriptor];
    using ours = a;
    using theirs = b;
    const code = `
import socket
s = socket.socket(fileno=3)
data, fds, _, _ = socket.recv_fds(s, 100, 5)
listener = socket.socket(fileno=fds[0])
print(data.decode(), listener.getsockname()[1], end="")
socket.send_fds(s, [b"back"], fds)`;
    const child = spawn('python3', ['-c', code], {
      stdio: ['ignore', 'pipe', 'inherit', theirs.fd],
    });
    using listener = await inside.listen({ host: '127.0.0.1', port: 80 });
    await sendDescriptors(ours.fd, [listener.descriptor.fd], { data: Buffer.from('port') });
    assert.equal(await text(child.stdout ?? assert.fail()), 'port 80');
    const { data, descriptors } = await receiveDescriptors(ours.fd);
    assert.equal(Buffer.from(data).toString(), 'back');
    for (const descriptor of descriptors) descriptor[Symbol.dispose]();
    if (child.exitCode === null) await once(child, 'exit');
    await turn();
  });
});

test('a copy taken out of another process, by its pid', async () => {
  const child = spawn('sh', ['-c', 'exec 7< /etc/passwd; echo ready; read line'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  using taken = takeDescriptor({ pid: child.pid ?? 0 }, 7);
  assert.equal(fstatSync(taken.fd).ino, fstatSync(openAndClose('/etc/passwd')).ino);
  assert.throws(() => takeDescriptor({ pid: child.pid ?? 0 }, 99), { code: 'EBADF' });
  assert.throws(() => takeDescriptor({ pid: 1 }, 0), { code: 'EPERM' });
  child.stdin.end();
  await once(child, 'close');
  closeSync(opened.pop() ?? -1);
  await turn();
});

const opened: number[] = [];

function openAndClose(path: string): number {
  const fd = openSync(path, 'r');
  opened.push(fd);
  return fd;
}

describe('systemd’s protocol', () => {
  /** Prints what it was given, from systemd's own variables. */
  const peer = `
import os, socket
first, count = 3, int(os.environ["LISTEN_FDS"])
assert int(os.environ["LISTEN_PID"]) == os.getpid(), (os.environ["LISTEN_PID"], os.getpid())
kept = []
for fd, name in zip(range(first, first + count), os.environ["LISTEN_FDNAMES"].split(":")):
    kept.append(socket.socket(fileno=fd))
    print(name, os.environ["NSKIT_FD_%d" % (fd - first)], kept[-1].getsockname()[1])
fds = sorted(int(fd) for fd in os.listdir("/proc/self/fd"))
print(fds)`;

  test('handing over: the program finds its own pid, the sockets, and nothing else', async () => {
    using web = await inside.listen({ host: '127.0.0.1', port: 80 });
    using dns = await inside.socket('inet', 'dgram', 0, {
      bind: { family: 'inet', address: '127.0.0.1', port: 53 },
    });
    const [a, b] = socketPair() as [FileDescriptor, FileDescriptor];
    using ours = a;
    const child = spawnWithSockets(
      ['python3', '-c', peer],
      [
        { fd: web.descriptor.fd, name: 'web' },
        { fd: dns.fd, name: 'dns' },
      ],
      { stdio: [0, b.fd, 2] },
    );
    b[Symbol.dispose]();
    const said = new net.Socket({ fd: ours.release(), readable: true, writable: false });
    // 5 is the listing of /proc/self/fd itself.
    assert.equal(await text(said), 'web 3 80\ndns 4 53\n[0, 1, 2, 3, 4, 5]\n');
    assert.deepEqual(await child.exit, { exitCode: 0, signal: null });
    await turn();
  });

  test('a name for a socket that the protocol cannot carry is refused', () => {
    for (const name of ['a:b', 'ä', 'x'.repeat(256), 'a\nb']) {
      assert.throws(() => spawnWithSockets(['true'], [{ fd: 0, name }]), { code: 'ERR_USAGE' });
    }
  });

  const receiver = `
    import { receivedSockets, Listener } from ${JSON.stringify(new URL('../../src/index.js', import.meta.url).href)};
    import net from 'node:net';
    const received = receivedSockets();
    const again = receivedSockets();
    const names = received.map(({ name, address }) => name + ' ' + (address?.family ?? 'no socket'));
    const [first] = received;
    const server = net.createServer((socket) => {
      socket.end(names.join(', ') + '; ' + again.length + ' ' + ('LISTEN_FDS' in process.env));
      server.close();
    });
    server.listen(first.listener(4096), () => console.log('ready'));`;

  test('receiving, from ourselves', async () => {
    using web = await inside.listen({ host: '127.0.0.1', port: 80 });
    const sockets = [
      { fd: web.descriptor.fd, name: 'web' },
      { fd: 0, name: 'other' },
    ];
    const argv = [process.execPath, '--input-type=module', '-e', receiver];
    const env = { ...process.env, LISTEN_PID: '1', LISTEN_FDS: '9' };
    const child = spawnWithSockets(argv, sockets, { env, stdio: [0, 2, 2] });
    const socket = await inside.connect({ port: 80 });
    assert.match(await text(socket), /^web inet, other .*; 0 false$/);
    assert.equal((await child.exit).exitCode, 0);
  });

  test('receiving, from systemd-socket-activate', async () => {
    // An address of this test's own, below the ports that the kernel gives out: nobody else has it.
    const [host, port] = ['127.83.19.8', 4000];
    const program = [process.execPath, '--input-type=module', '-e', receiver];
    const options = [`--listen=${host}:${port}`, '--fdname=web'];
    const activator = spawn('systemd-socket-activate', [...options, ...program], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    // It says so once it listens; the first connection starts the program.
    await once(activator.stderr, 'data');
    activator.stderr.resume();
    const socket = await connect(socketsFrom(here), { host, port });
    assert.equal(await text(socket), 'web inet; 0 false');
    if (activator.exitCode === null) await once(activator, 'exit');
    activator.stderr.destroy();
    await turn();
  });
});

test('a pipe end can be written by the one who got it', async () => {
  const [a, b] = socketPair() as [FileDescriptor, FileDescriptor];
  using sender = a;
  using receiver = b;
  const [c, d] = socketPair() as [FileDescriptor, FileDescriptor];
  using far = c;
  await sendDescriptors(sender.fd, [d.fd]);
  d[Symbol.dispose]();
  const { descriptors } = await receiveDescriptors(receiver.fd);
  const [got] = descriptors;
  writeSync(got?.fd ?? -1, 'through');
  got?.[Symbol.dispose]();
  const bytes = Buffer.alloc(20);
  assert.equal(bytes.toString('utf8', 0, readSync(far.fd, bytes)), 'through');
});
