/** Uplinks in the process that all of a user's namespaces share, and the commands for them. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, afterEach, before, describe, test } from 'node:test';
import { namespaces, stateDirectory, uplinks, type StateDirectory } from '../../src/index.js';
import { lockHolderPid } from '../../src/namespaces/pause.js';
import { tryCall, watch } from '../../src/native/index.js';
import { nskit, nskitPath, start, waiting, type Ended } from '../support/nskit.js';

let state: StateDirectory;
let folder: string;
let server: net.Server;
let port: number;
before(async () => {
  folder = mkdtempSync(join(process.env['XDG_RUNTIME_DIR'] ?? tmpdir(), 'shared-'));
  process.env['XDG_RUNTIME_DIR'] = folder;
  state = stateDirectory();
  server = net.createServer((socket) => socket.end('hello'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  port = (server.address() as net.AddressInfo).port;
});
after(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Nothing is left of the process when the last name has gone. */
afterEach(async () => {
  const pid = processPid();
  for (const { name, system } of namespaces.list()) {
    if (!system) await namespaces.get(name).delete({ kill: true });
  }
  await ended(pid);
  await ended(watcherPid());
  assert.equal(processPid(), undefined);
  assert.ok(!existsSync(state.uplinkSocket));
  assert.deepEqual(existsSync(state.uplinks) ? readdirSync(state.uplinks) : [], []);
});

function processPid(): number | undefined {
  return lockHolderPid(state.uplinkLock);
}

function watcherPid(): number | undefined {
  return lockHolderPid(state.watcherLock);
}

async function ended(pid: number | undefined): Promise<void> {
  const pidfd = pid === undefined ? -1 : tryCall('pidfd_open', pid, 0);
  if (pidfd < 0) return;
  await new Promise<void>((resolve) => {
    const watching = watch(pidfd, () => {
      watching[Symbol.dispose]();
      resolve();
    });
  });
  tryCall('close', pidfd);
}

function ok({ status, stdout, stderr }: Ended): string {
  assert.equal(status, 0, stderr);
  return stdout;
}

const read = (port: number): string[] => [
  'python3',
  '-c',
  `import socket; print(socket.create_connection(("10.0.2.2", ${port})).recv(9).decode())`,
];

/** As a program inside sees it; not blocking, because the server is here. */
async function helloIn(name: string): Promise<void> {
  const stdio = ['ignore', 'pipe', 'inherit'] as const;
  const child = await namespaces.get(name).spawnAsync(read(port), { stdio });
  assert.ok(child.stdout);
  assert.equal(await text(child.stdout), 'hello\n');
  await child.exit;
}

describe('the commands', () => {
  test('add --uplink gives a name the internet; delete takes it away', async () => {
    ok(nskit(['add', 'lab', '--uplink', '--allow-host', String(port)]));
    await helloIn('lab');
    const pid = processPid();
    ok(nskit(['add', 'other', '--uplink', '--allow-host', String(port)]));
    await helloIn('other');
    assert.equal(processPid(), pid, 'one process serves both');
    assert.match(ok(nskit(['list'])), /lab .*tap0\nother .*tap0\n/);
    assert.match(ok(nskit(['show', 'lab'])), /^uplink +tap0$/m);
    assert.match(ok(nskit(['exec', 'lab', 'cat', '/etc/resolv.conf'])), /^nameserver 10.0.2.3$/m);
    assert.match(ok(nskit(['exec', 'lab', 'cat', '/etc/nsswitch.conf'])), /Changed by nskit/);
    ok(nskit(['delete', 'lab']));
    await helloIn('other');
  });

  test('uplink gives one to a name that is there, and --stop ends it', async () => {
    ok(nskit(['add', 'lab']));
    const before = ok(nskit(['exec', 'lab', 'cat', '/etc/resolv.conf']));
    ok(nskit(['uplink', 'lab', '--allow-host', String(port)]));
    await helloIn('lab');
    const refused = nskit(['uplink', 'lab']);
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /has an uplink already/);
    await helloIn('lab');
    ok(nskit(['uplink', 'lab', '--stop']));
    assert.equal(ok(nskit(['exec', 'lab', 'cat', '/etc/resolv.conf'])), before);
    assert.doesNotMatch(ok(nskit(['link', 'lab', 'list'])), /tap0/);
    const again = nskit(['uplink', 'lab', '--stop']);
    assert.equal(again.status, 1);
    assert.match(again.stderr, /no uplink/);
    ok(nskit(['uplink', 'lab', '--allow-host', String(port)]));
    await helloIn('lab');
  });

  test('an isolated name sees the uplink’s name server', () => {
    ok(nskit(['add', 'box', '--isolated', '--uplink']));
    assert.match(ok(nskit(['exec', 'box', 'cat', '/etc/resolv.conf'])), /^nameserver 10.0.2.3$/m);
  });

  test('--target ends with its process', async () => {
    const running = await start(nskitPath, ['unshare', '-Urn', ...waiting]);
    ok(nskit(['uplink', '--target', String(running.pid)]));
    const pid = processPid();
    assert.deepEqual(
      (await uplinks.list()).map(({ place }) => place),
      [{ pid: running.pid }],
    );
    await running[Symbol.asyncDispose]();
    await ended(pid);
  });

  test('--dry-run changes nothing', () => {
    assert.match(ok(nskit(['add', 'lab', '--uplink', '--dry-run'])), /give tap0 10.0.2.100\/24/);
    assert.match(ok(nskit(['uplink', 'lab', '--dry-run'])), /attach to the device tap0/);
    assert.equal(processPid(), undefined);
  });
});

describe('the process', () => {
  test('of those that start at once, one serves', async () => {
    const names = ['a', 'b', 'c', 'd'];
    const made = names.map((name) => namespaces.add(name, { uplink: { allowHost: [port] } }));
    const commands = names.map(async (name) => {
      const argv = ['add', `${name}2`, '--uplink', '--allow-host', String(port)];
      const [code] = (await once(spawn(nskitPath, argv, { stdio: 'inherit' }), 'exit')) as [number];
      assert.equal(code, 0);
    });
    await Promise.all([...made, ...commands]);
    assert.equal((await uplinks.list()).length, 8);
    for (const name of names) await Promise.all([helloIn(name), helloIn(`${name}2`)]);
  });

  test('it belongs to nobody’s session, and holds nothing of its starter’s', async () => {
    const lab = await namespaces.add('lab', { uplink: {} });
    const pid = String(processPid());
    const [, , , session, terminal] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    assert.deepEqual([session, terminal], [pid, '0']);
    assert.deepEqual((await lab.uplink.details())?.device, 'tap0');
  });

  test('clients that are malformed, endless, silent or gone disturb nobody', async () => {
    await using _lab = await namespaces.add('lab', { uplink: { allowHost: [port] } });
    const silent = await connected();
    (await connected()).destroy();
    for (const bytes of ['nonsense\n', '{"version":1,"method":"list"}\n', '[\n', '{}\n']) {
      const socket = await connected();
      const said = text(socket);
      socket.write(bytes);
      assert.match(await said, /^\{"error":\{.*takes no orders from here/);
    }
    const endless = await connected();
    endless.on('error', () => undefined).write(Buffer.alloc(100_000, 'x'));
    await new Promise((resolve) => endless.resume().once('close', resolve));
    await helloIn('lab');
    silent.destroy();
  });

  async function connected(): Promise<net.Socket> {
    const socket = net.connect(state.uplinkSocket);
    await once(socket, 'connect');
    return socket;
  }

  test('takes no orders from inside a namespace', async () => {
    await using _lab = await namespaces.add('lab', { uplink: {} });
    const { status, stderr } = nskit(['exec', 'lab', nskitPath, 'uplink', 'lab', '--stop']);
    assert.notEqual(status, 0, stderr);
    assert.equal((await uplinks.list()).length, 1);
  });

  test('its end with its socket’s file takes every device away', async () => {
    const lab = await namespaces.add('lab', { uplink: {} });
    const pid = processPid();
    rmSync(state.uplinkSocket);
    await ended(pid);
    assert.ok(!(await lab.links.list()).some(({ name }) => name === 'tap0'));
  });

  test('a hook has no place in it', async () => {
    const uplink = { onFlow: () => undefined };
    await assert.rejects(namespaces.add('lab', { uplink }), { code: 'ERR_USAGE' });
    assert.deepEqual(
      namespaces.list().filter(({ system }) => !system),
      [],
    );
  });
});
