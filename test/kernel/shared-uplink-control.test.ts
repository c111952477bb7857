/**
 * Who gives orders to the uplink process, and what becomes of orders that are none: over its real
 * control socket, while it serves a namespace.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, readdirSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, afterEach, describe, test } from 'node:test';
import { namespaces, packageFolder, stateDirectory, uplinks } from '../../src/index.js';
import { Attachments } from '../../src/api/shared-uplink/attachments.js';
import { ControlServer } from '../../src/api/shared-uplink/control-server.js';
import { Store } from '../../src/api/shared-uplink/store.js';
import { listenAt } from '../../src/api/shared-uplink/turn.js';
import { startUplinkProcess } from '../../src/namespaces/index.js';
import {
  connectDescriptor,
  here,
  sendDescriptors,
  socketsFrom,
  type FileDescriptor,
} from '../../src/sockets/index.js';
import { leaveNothing, ownHome } from '../support/own-home.js';
import { nskit, nskitPath } from '../support/nskit.js';
import { endUplinks, uplinkPid } from '../support/shared-uplink.js';

const home = ownHome();
after(() => leaveNothing(home));
afterEach(endUplinks);

async function connected(path = stateDirectory().uplinkSocket): Promise<FileDescriptor> {
  return await connectDescriptor(socketsFrom(here), { path });
}

/** With the descriptor of our user namespace in front; what the process says until it closes. */
async function answerTo(
  bytes: string | Uint8Array,
  files: readonly string[] = [],
): Promise<string> {
  const socket = await said(bytes, files);
  return await text(socket);
}

async function said(bytes: string | Uint8Array, files: readonly string[] = []): Promise<Socket> {
  using connection = await connected();
  const fds = ['/proc/self/ns/user', ...files].map((file) => openSync(file, 'r'));
  try {
    await sendDescriptors(connection.fd, fds, { data: Buffer.from(bytes) });
  } finally {
    fds.forEach((fd) => closeSync(fd));
  }
  const socket = new Socket({ fd: connection.release(), readable: true, writable: true });
  return socket.on('error', () => undefined);
}

const openFiles = (): number => readdirSync(`/proc/${uplinkPid()}/fd`).length;

/** It serves as before, and has nothing open that it had not. */
async function isUnmoved(before: { pid: number | undefined; files: number }): Promise<void> {
  assert.equal(uplinkPid(), before.pid);
  // A client's end is an event of the process's: another request comes after it.
  do assert.equal((await uplinks.list()).length, 1);
  while (openFiles() !== before.files);
}

describe('orders that are none', () => {
  const request = (words: object): string => `${JSON.stringify({ version: 1, ...words })}\n`;
  const attach = (words: object): string => request({ method: 'attach', ...words });
  const place = { name: 'lab' };
  const tap = { descriptors: ['tap'], place, options: {}, device: 'tap0' };
  const refused: readonly (readonly [string, line: string, RegExp, files?: readonly string[]])[] = [
    ['no JSON', 'nonsense\n', /one line, a JSON object/],
    ['an empty line', '\n', /one line, a JSON object/],
    ['no object', '5\n', /one line, a JSON object/],
    ['nothing', 'null\n', /one line, a JSON object/],
    ['an array', '[]\n', /speaks version 1/],
    ['no version', '{"method":"list"}\n', /speaks version 1/],
    ['another version', '{"version":2,"method":"list"}\n', /speaks version 1/],
    ['no method', request({}), /has no method undefined/],
    ['an unknown method', request({ method: 'quit' }), /has no method quit/],
    ['what objects have', request({ method: 'constructor' }), /has no method constructor/],
    ['what objects are', request({ method: '__proto__' }), /has no method __proto__/],
    ['stop of nothing', request({ method: 'stop' }), /no uplink/],
    ['stop of what is no number', request({ method: 'stop', inode: {} }), /no uplink/],
    ['attach of nothing', attach({}), /"error"/],
    ['attach without a tap', attach(tap), /descriptors are not what the request says/],
    ['attach of words', attach({ ...tap, descriptors: 'tap' }), /"error"/, ['/dev/null']],
    ['attach of no options', attach({ ...tap, options: null }), /"error"/, ['/dev/null']],
    [
      'attach with wrong options',
      attach({ ...tap, options: { cidr: 'x' } }),
      /cidr|"error"/,
      ['/dev/null'],
    ],
    ['attach of no tap', attach({ ...tap, inode: 1 }), /"error"/, ['/dev/null']],
    ['attach of a folder', attach({ ...tap, inode: 1 }), /"error"/, ['/']],
  ];

  test('are refused, and told why', async () => {
    await using _lab = await namespaces.add('lab', { uplink: {} });
    const before = { pid: uplinkPid(), files: openFiles() };
    for (const [what, line, reason, files] of refused) {
      const answer = await answerTo(line, files);
      assert.match(answer, /^\{"error":\{.*"message":".+\}\}\n$/, what);
      assert.match(answer, reason, what);
    }
    assert.match(await answerTo(Uint8Array.of(0xff, 0xfe, 10)), /one line, a JSON object/);
    await isUnmoved(before);
  });

  test('have an end: what has none is cut off', async () => {
    await using _lab = await namespaces.add('lab', { uplink: {} });
    const before = { pid: uplinkPid(), files: openFiles() };
    const socket = await said('{"version":1,');
    socket.write(Buffer.alloc(100_000, 'x'));
    assert.equal(await text(socket).catch(() => ''), '');
    await isUnmoved(before);
  });

  test('of clients that go at any time cost nothing', async () => {
    await using _lab = await namespaces.add('lab', { uplink: {} });
    const before = { pid: uplinkPid(), files: openFiles() };
    (await connected())[Symbol.dispose]();
    for (const part of ['{', '{"version":1,"method":"li', '{"version":1,"method":"list"}\n']) {
      (await said(part, ['/etc/hosts'])).destroy();
    }
    await isUnmoved(before);
  });

  test('of a client that says nothing are waited for no longer than is said', async () => {
    const state = stateDirectory();
    state.prepare();
    using listener = await listenAt(join(home.scratch, 'sock'));
    const { store } = await Store.open();
    const idle = new Promise<void>((resolve) => {
      const server = new ControlServer(
        listener.descriptor,
        new Attachments(store, () => undefined),
        () => {
          server[Symbol.dispose]();
          resolve();
        },
        20,
      );
    });
    const silent = new Socket({ fd: (await connected(join(home.scratch, 'sock'))).release() });
    assert.equal(await text(silent), '');
    await idle;
  });
});

test('a program inside cannot come by what it takes to give orders', async () => {
  await using _lab = await namespaces.add('lab', { uplink: {} });
  const script = join(packageFolder(), 'test/support/forge-orders.py');
  const words = [script, stateDirectory().uplinkSocket, String(process.pid)];
  const { stdout, stderr } = nskit(['exec', 'lab', 'python3', ...words]);
  const [found, ...answers] = stdout.trimEnd().split('\n');
  assert.equal(found, '[]', stderr);
  assert.equal(answers.length, 5, stderr);
  for (const answer of answers) assert.match(answer, /takes no orders from here/);
  assert.equal((await uplinks.list()).length, 1);
});

describe('of processes that start at once', () => {
  test('one serves, and whoever started the others is told of it', async () => {
    const state = stateDirectory();
    state.prepare();
    const starts = Array.from({ length: 4 }, () => startUplinkProcess(state));
    const told = await Promise.all(starts);
    const pid = uplinkPid();
    assert.deepEqual(told, Array(4).fill(JSON.stringify({ serves: pid })));
    await using _lab = await namespaces.add('lab', { uplink: {} });
    assert.equal(uplinkPid(), pid);
  });

  test('one that was started by hand is as good as any', async () => {
    const byHand = spawn(nskitPath, ['uplink', '--serve'], { stdio: ['ignore', 'ignore', 'pipe'] });
    const complaint = text(byHand.stderr);
    const ended = once(byHand, 'exit');
    const lab = await namespaces.add('lab', { uplink: {} });
    assert.equal((await lab.uplink.details())?.device, 'tap0');
    assert.match(readFileSync(`/proc/${uplinkPid()}/status`, 'utf8'), /^Seccomp:\t2$/m);
    await lab.delete();
    assert.deepEqual(await ended, [0, null]);
    assert.equal(await complaint, '');
  });
});
