/** The shared uplink process is killed, its watcher, or both: what is lost, and what is not. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { after, afterEach, before, describe, test } from 'node:test';
import {
  namespaces,
  stateDirectory,
  uplinks,
  type OwnedNamedNamespace,
  type UplinkOptions,
} from '../../src/index.js';
import { openFiles, turn } from '../support/lab.js';
import { nskit, nskitPath, start, type Running } from '../support/nskit.js';
import { ended, ownHome, processesAbout, type OwnHome } from '../support/own-home.js';
import { kill, untilOver, uplinkPid, watcherPid } from '../support/shared-uplink.js';
import { outputOf, python } from '../support/uplink.js';

let here: OwnHome;
let echo: Running;
let port: number;
let opened: string[];
/** Of the test that runs. */
const labs: OwnedNamedNamespace[] = [];
before(async () => {
  here = ownHome();
  const [program = '', ...args] = python('echo.py');
  echo = await start(program, [...args, 'serve', '127.0.0.1']);
  port = Number(echo.firstLine);
  // What this process opens once and keeps.
  const lab = await add('lab');
  await echoes(lab);
  await lab.addresses.list();
  await lab.delete();
  labs.length = 0;
  await untilOver();
  await turn();
  opened = openFiles();
});
after(async () => {
  await echo[Symbol.asyncDispose]();
  rmSync(here.folder, { recursive: true });
});

/** Whatever was killed, when the last name has gone nothing is left. */
afterEach(async () => {
  for (const lab of labs.splice(0)) {
    await lab.delete({ kill: true }).catch((error: unknown) => {
      assert.equal((error as { code?: unknown }).code, 'ERR_NAME_UNKNOWN');
    });
  }
  await untilOver();
  const state = stateDirectory();
  assert.ok(!existsSync(state.uplinkSocket));
  assert.deepEqual(existsSync(state.uplinks) ? readdirSync(state.uplinks) : [], []);
  const about = processesAbout(here.folder).filter((line) => !line.includes('nskit-pause'));
  assert.deepEqual(about, [`${echo.pid} ${readCommand(echo.pid)}`]);
  await turn();
  assert.deepEqual(openFiles(), opened, 'file descriptors before and after');
});

function readCommand(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
}

async function add(name: string, uplink: UplinkOptions = {}): Promise<OwnedNamedNamespace> {
  const lab = await namespaces.add(name, { uplink: { allowHost: [port], ...uplink } });
  labs.push(lab);
  return lab;
}

/** A new connection from inside, and bytes that come back. */
async function echoes(lab: OwnedNamedNamespace): Promise<void> {
  const script = `
import socket
s = socket.create_connection(("10.0.2.2", ${port}))
s.sendall(b"hello")
print(s.recv(9).decode())`;
  assert.equal(await outputOf(lab, ['python3', '-c', script]), 'hello');
}

interface Survivor extends AsyncDisposable {
  line(): Promise<unknown>;
  /** Settles when a new connection was answered. */
  again(): Promise<void>;
}

async function survivor(lab: OwnedNamedNamespace): Promise<Survivor> {
  const argv = [...python('survivor.py'), '10.0.2.2', String(port)];
  const child = await lab.spawnAsync(argv, { stdio: ['pipe', 'pipe', 'inherit'] });
  assert.ok(child.stdout && child.stdin);
  const { stdin } = child;
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const line = async (): Promise<unknown> => (await lines.next()).value as unknown;
  return {
    line,
    again: async () => {
      stdin.write('\n');
      assert.equal(await line(), 'again');
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await child.exit;
    },
  };
}

/** All that a program inside, or a person, could notice of the device. */
async function inside(lab: OwnedNamedNamespace): Promise<unknown> {
  const folder = '/sys/class/net/tap0';
  const files = ['carrier_changes', 'operstate', 'ifindex', 'flags', 'mtu'];
  const paths = files.map((file) => `${folder}/${file}`);
  const { status, stdout, stderr } = nskit(['exec', lab.name, 'cat', ...paths, '/etc/resolv.conf']);
  assert.equal(status, 0, stderr);
  const addresses = await lab.addresses.list();
  const routes = await lab.routes.list();
  return {
    files: stdout,
    addresses: addresses.map(({ address, prefixLength }) => `${address}/${prefixLength}`),
    routes: routes.map(({ destination, via }) => `${destination} ${via}`),
  };
}

/** The watcher, which does not see it before it goes on (SIGCONT). */
async function killUnseen(): Promise<number> {
  const watcher = watcherPid();
  assert.ok(watcher !== undefined);
  process.kill(watcher, 'SIGSTOP');
  await kill(uplinkPid());
  return watcher;
}

describe('the uplink process is killed', () => {
  test('under 20 namespaces with traffic: all go on, and nothing inside has changed', async (t) => {
    for (let i = 0; i < 20; i++) await add(`n${i}`);
    const survivors = await Promise.all(labs.map(survivor));
    for (const one of survivors) assert.equal(await one.line(), 'flowing');
    const seen = await Promise.all(labs.map(inside));
    const listed = await uplinks.list();

    const killed = performance.now();
    const before = await kill(uplinkPid());
    await Promise.all(survivors.map((one) => one.again()));
    const took = Math.round(performance.now() - killed);
    t.diagnostic(`new connections were answered in all 20 after ${took} ms`);

    assert.notEqual(uplinkPid(), before);
    assert.deepEqual(await uplinks.list(), listed);
    assert.deepEqual(await Promise.all(labs.map(inside)), seen);
    for (const one of survivors) await one[Symbol.asyncDispose]();
  });

  test('again and again, with its rules and names', async () => {
    const options = { deny: ['192.0.2.0/24'], hosts: { 'api.test': '198.51.100.7' } };
    const lab = await add('lab', options);
    const script = `
import errno, socket
try: socket.create_connection(("192.0.2.1", 80))
except OSError as e: print(errno.errorcode[e.errno])`;
    for (let i = 0; i < 3; i++) {
      await kill(uplinkPid());
      await echoes(lab);
      assert.equal(await outputOf(lab, ['python3', '-c', script]), 'EHOSTUNREACH');
      const { stdout } = nskit(['exec', 'lab', 'getent', 'ahostsv4', 'api.test']);
      assert.match(stdout, /^198\.51\.100\.7 +STREAM/);
      const refused = await add('other', { allowHost: [] });
      await refused.delete();
    }
  });

  test('published ports stay bound: who comes meanwhile is served afterwards', async () => {
    const publish = ['127.83.61.1:8080:80', '127.83.61.1:8080:80/udp'];
    const lab = await add('lab', { publish });
    const argv = [...python('server.py'), '0.0.0.0', '80'];
    const server = await lab.spawnAsync(argv, { stdio: ['ignore', 'pipe', 'inherit'] });
    assert.ok(server.stdout);
    await once(server.stdout, 'data');
    for (let i = 0; i < 2; i++) {
      const client = connect({ port: 8080, host: '127.83.61.1', allowHalfOpen: true });
      client.end('hello');
      assert.match(await text(client), /^10\.0\.2\.2 \d+\nhello$/);
      const watcher = await killUnseen();
      const late = connect({ port: 8080, host: '127.83.61.1', allowHalfOpen: true });
      await once(late, 'connect');
      late.end('late');
      using socket = disposable(createSocket('udp4'));
      socket.send('datagram', 8080, '127.83.61.1');
      const answered = once(socket, 'message');
      process.kill(watcher, 'SIGCONT');
      assert.match(await text(late), /^10\.0\.2\.2 \d+\nlate$/);
      assert.match(String((await answered)[0]), /^10\.0\.2\.2 \d+\ndatagram$/);
    }
    await lab.uplink.stop();
    await lab.uplink.attach({ publish });
    server.kill('SIGKILL');
    await server.exit;
  });

  test('a name is deleted before it is there again', async () => {
    const lab = await add('lab');
    const other = await add('other');
    const watcher = await killUnseen();
    const deleted = lab.delete({ kill: true });
    process.kill(watcher, 'SIGCONT');
    await deleted;
    assert.deepEqual(
      (await uplinks.list()).map(({ place }) => place),
      [{ name: 'other' }],
    );
    await echoes(other);
  });

  test('a process of --target ends before it is there again', async () => {
    await using target = await start(nskitPath, ['unshare', '-Urn', 'sh', '-c', 'echo; read line']);
    assert.equal(nskit(['uplink', '--target', String(target.pid)]).status, 0);
    const lab = await add('lab');
    const watcher = await killUnseen();
    await target[Symbol.asyncDispose]();
    process.kill(watcher, 'SIGCONT');
    await echoes(lab);
    assert.equal((await uplinks.list()).length, 1);
  });

  test('and its socket’s file goes: nobody serves any more, and nobody starts again', async () => {
    const lab = await add('lab');
    const watcher = await killUnseen();
    rmSync(stateDirectory().uplinkSocket);
    process.kill(watcher, 'SIGCONT');
    await ended(watcher);
    assert.equal(uplinkPid(), undefined);
    assert.ok(!(await lab.links.list()).some(({ name }) => name === 'tap0'));
    await lab.uplink.attach({ allowHost: [port] });
    await echoes(lab);
  });
});

test('the state directory goes while nobody serves: everything ends, and it stays away', async () => {
  await add('lab');
  const watcher = await killUnseen();
  rmSync(here.state, { recursive: true });
  process.kill(watcher, 'SIGCONT');
  await ended(watcher);
  assert.ok(!existsSync(here.state));
});

describe('the watcher is killed', () => {
  test('all are served, and the next command starts another', async () => {
    const lab = await add('lab', { publish: ['127.83.61.2:8080:80'] });
    const [process, watcher] = [uplinkPid(), await kill(watcherPid())];
    await echoes(lab);
    const other = await add('other');
    assert.equal(uplinkPid(), process);
    assert.ok(watcherPid() !== undefined && watcherPid() !== watcher);
    await kill(uplinkPid());
    for (const one of [lab, other]) await echoes(one);
    const taken = createServer().listen(8080, '127.83.61.2');
    const [error] = (await once(taken, 'error')) as [NodeJS.ErrnoException];
    assert.equal(error.code, 'EADDRINUSE');
  });

  test('of commands that come at once, one starts another', async () => {
    const names = ['a', 'b', 'c', 'd'];
    for (const name of names) labs.push(await namespaces.add(name));
    const lab = await add('lab');
    await kill(watcherPid());
    const commands = names.map(async (name) => {
      const child = spawn(nskitPath, ['uplink', name], { stdio: 'inherit' });
      assert.deepEqual(await once(child, 'exit'), [0, null]);
    });
    await Promise.all(commands);
    const watchers = processesAbout(here.folder).filter((line) => line.includes('nskit-watcher'));
    assert.deepEqual(
      watchers.map((line) => Number.parseInt(line, 10)),
      [watcherPid()],
    );
    await kill(uplinkPid());
    await echoes(lab);
    assert.equal((await uplinks.list()).length, 5);
  });

  test('and the uplink process: the names live, and get a new uplink', async () => {
    const lab = await add('lab');
    await kill(watcherPid());
    await kill(uplinkPid());
    assert.deepEqual(await uplinks.list(), []);
    assert.match(nskit(['list']).stdout, /^lab .* -$/m);
    const { status, stderr } = nskit(['uplink', 'lab', '--allow-host', String(port)]);
    assert.equal(status, 0, stderr);
    await echoes(lab);
  });
});

function disposable<T extends { close(): unknown }>(one: T): T & Disposable {
  return Object.assign(one, { [Symbol.dispose]: () => void one.close() });
}
