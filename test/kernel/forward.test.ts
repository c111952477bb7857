/** `nskit forward`, in the foreground and kept. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import type net from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, afterEach, before, describe, test } from 'node:test';
import { forwards, host, namespaces, type NamedNamespace } from '../../src/index.js';
import { makeLab, turn, type Lab } from '../support/lab.js';
import { nskit, nskitPath, start, type Ended } from '../support/nskit.js';
import { closeAll, echo, echoed, endOf, serve } from '../support/relay.js';

let lab: Lab;
let inside: NamedNamespace;
before(async () => {
  lab = await makeLab('forward');
  inside = lab.name;
});
after(async () => {
  await lab[Symbol.asyncDispose]();
});
afterEach(async () => {
  for (const { id } of await forwards.list()) await forwards.remove(id);
  await closeAll();
});

const forward = (...args: string[]): Ended => nskit(['forward', ...args]);

/** Of `host:tcp:127.0.0.1:PORT -> ...`. */
function portIn(line: string): number {
  return Number(/^(?:\d+ {2})?host:\w+:127\.0\.0\.1:(\d+) -> /.exec(line)?.[1]);
}

async function client(port: number): Promise<net.Socket> {
  return await host.connect({ host: '127.0.0.1', port, allowHalfOpen: true });
}

/** What has ended may still wait for whoever reaps orphans. */
function lives(pid: number): boolean {
  const stat = `/proc/${pid}/stat`;
  return existsSync(stat) && !/^\d+ \(.*\) [ZX]/s.test(readFileSync(stat, 'utf8'));
}

describe('in the foreground', () => {
  test('goes on until a signal, then waits for what is open', async () => {
    const server = await serve(inside, echo);
    await using running = await start(nskitPath, [
      'forward',
      'host:tcp:0',
      `forward:tcp:${server}`,
    ]);
    const port = portIn(running.firstLine);
    const socket = await client(port);
    socket.write('before ');
    await once(socket, 'readable');
    process.kill(running.pid, 'SIGTERM');
    await untilRefused(port);
    assert.equal(await echoed(socket, 'and after'), 'before and after');
    assert.equal(await running.end, 0);
  });

  test('the second signal cuts what is open', async () => {
    const server = await serve(inside, echo);
    await using running = await start(nskitPath, [
      'forward',
      'host:tcp:0',
      `forward:tcp:${server}`,
    ]);
    const port = portIn(running.firstLine);
    const socket = await client(port);
    const ended = endOf(socket);
    process.kill(running.pid, 'SIGINT');
    await untilRefused(port);
    process.kill(running.pid, 'SIGINT');
    assert.equal(await ended, 'ECONNRESET');
    assert.equal(await running.end, 0);
  });

  /** Its listener is gone: so the first signal has been dealt with. */
  async function untilRefused(port: number): Promise<void> {
    for (;;) {
      try {
        (await client(port)).destroy();
      } catch (error) {
        assert.equal((error as NodeJS.ErrnoException).code, 'ECONNREFUSED');
        return;
      }
    }
  }

  test('ends with its namespace', async () => {
    await namespaces.add('brief');
    const child = spawn(nskitPath, ['forward', 'host:tcp:0', 'brief:tcp:80']);
    await once(child.stdout, 'data');
    const said = text(child.stderr);
    const end = once(child, 'close');
    await namespaces.get('brief').delete();
    assert.deepEqual(await end, [1, null]);
    assert.match(await said, /the namespace brief was deleted/);
  });

  test('says why a connection was refused', async () => {
    const child = spawn(nskitPath, ['forward', 'host:tcp:0', 'forward:tcp:127.0.0.1:9']);
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const ended = endOf(await client(portIn(String(line))));
    const [reason] = (await once(child.stderr, 'data')) as [Buffer];
    assert.match(String(reason), /refused: connect to 127\.0\.0\.1:9: .*ECONNREFUSED/);
    assert.equal(await ended, 'ECONNRESET');
    child.kill();
    await once(child, 'close');
  });

  test('UDP, from a namespace to the host', async () => {
    const server = await host.datagram({ host: '127.0.0.1' });
    server.on('message', (said, { port, address }) => server.send(said, port, address));
    const to = `host:udp:${server.address().port}`;
    await using running = await start(nskitPath, ['forward', 'forward:udp:127.0.0.1:53', to]);
    assert.match(running.firstLine, /^forward:udp:127\.0\.0\.1:53 -> /);
    const socket = await inside.datagram({ host: '127.0.0.1' });
    socket.send('asked', 53, '127.0.0.1');
    assert.equal(String(((await once(socket, 'message')) as [Buffer])[0]), 'asked');
    socket.close();
    server.close();
  });
});

describe('kept', () => {
  test('leaves the starter’s terminal, session, folder and descriptors', async () => {
    const server = await serve(inside, echo);
    const script = `exec 9</etc/passwd; "$0" forward --keep host:tcp:0 forward:tcp:${server}`;
    const child = spawn('setsid', ['sh', '-c', script, nskitPath], { cwd: lab.folder });
    const line = await text(child.stdout);
    // Its streams are at their end, so nobody holds them any more.
    assert.equal(await text(child.stderr), '');
    assert.equal(await echoed(await client(portIn(line)), 'kept'), 'kept');
    const [found = assert.fail()] = await forwards.list();
    assert.deepEqual([found.id, found.to], [1, `forward:tcp:${server}`]);
    const process_ = `/proc/${found.pid}`;
    const fields = readFileSync(`${process_}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    const [, , , session, terminal] = fields;
    assert.deepEqual([session, terminal], [String(found.pid), '0']);
    assert.equal(readlinkSync(`${process_}/cwd`), '/');
    const files = readdirSync(`${process_}/fd`).map((fd) => readlinkSync(`${process_}/fd/${fd}`));
    assert.ok(!files.includes('/etc/passwd'), files.join());
  });

  test('is listed by name and as JSON, and removed by number', async () => {
    await using other = await namespaces.add('other');
    const server = await serve(inside, echo);
    const first = forward('--keep', 'host:tcp:0', `forward:tcp:${server}`);
    assert.match(first.stdout, /^1 {2}host:tcp:127\.0\.0\.1:\d+ -> forward:tcp:\d+\n$/);
    const second = forward('--keep', '--json', 'other:tcp:80', `forward:tcp:${server}`);
    const { id } = JSON.parse(second.stdout) as { id: number };
    assert.equal(id, 2);
    const listed = forward('--list', other.name, '--json').stdout;
    assert.deepEqual(
      (JSON.parse(listed) as { id: number; from: string }[]).map((one) => [one.id, one.from]),
      [[2, 'other:tcp:80']],
    );
    assert.match(forward('--list').stdout, /^ID +AGE +PID +FROM +TO\n1 .*\n2 .*\n$/);
    const socket = await client(portIn(first.stdout));
    const ended = endOf(socket);
    socket.write('x');
    await once(socket, 'data');
    assert.equal(forward('--remove', '1').status, 0);
    assert.equal(await ended, 'ECONNRESET');
    await assert.rejects(client(portIn(first.stdout)), { code: 'ECONNREFUSED' });
    assert.deepEqual(
      (await forwards.list()).map((one) => one.id),
      [2],
    );
  });

  test('ends with its namespace, before the delete is over', async () => {
    const brief = await namespaces.add('brief');
    const { pid } = await forwards.keep('host:tcp:0', 'brief:tcp:80');
    await brief.delete();
    assert.equal(lives(pid), false);
    assert.deepEqual(await forwards.list(), []);
  });

  test('killed, it is not listed, and leaves nothing', async () => {
    const path = join(lab.folder, 'kept.sock');
    const { pid, id } = await forwards.keep(`host:unix:${path}`, 'forward:tcp:80');
    const record = join(lab.folder, 'nskit/forwards', `${id}.json`);
    assert.ok(existsSync(path) && existsSync(record));
    process.kill(pid, 'SIGKILL');
    // Its threads end one after the other, and hold the lock together.
    while ((await forwards.list()).length > 0) await turn();
    assert.deepEqual([existsSync(path), existsSync(record)], [false, false]);
    await assert.rejects(forwards.remove(id), { code: 'ERR_FORWARD_UNKNOWN' });
  });

  test('stopped, it is ended all the same', async () => {
    const { pid, id } = await forwards.keep('host:tcp:0', 'forward:tcp:80');
    process.kill(pid, 'SIGSTOP');
    await forwards.remove(id);
    assert.equal(lives(pid), false);
  });

  test('a relative path means the starter’s folder', () => {
    const args = ['forward', '--keep', 'forward:unix:near.sock', 'host:tcp:80'];
    const { stdout, stderr } = nskit(args, { cwd: lab.folder });
    assert.equal(stderr, '');
    assert.ok(stdout.includes(join(lab.folder, 'near.sock')), stdout);
    assert.ok(existsSync(join(lab.folder, 'near.sock')));
  });

  test('that cannot begin says why, and is not kept', async () => {
    using taken = await host.listen({ host: '127.0.0.1', port: 0 });
    const { status, stdout, stderr } = forward(
      '--keep',
      `host:tcp:${taken.port}`,
      'forward:tcp:80',
    );
    assert.deepEqual([status, stdout], [1, '']);
    assert.match(stderr, /bind to 127\.0\.0\.1:\d+: bind failed with EADDRINUSE\n {2}hint: /);
    assert.deepEqual(await forwards.list(), []);
  });
});

describe('refused', () => {
  const cases: Record<string, [string[], number, RegExp]> = {
    'no end': [[], 2, /needs two ends/],
    'one end': [['host:tcp:80'], 2, /needs two ends/],
    'a bad end': [['host:80', 'forward:tcp:80'], 2, /no end of a relay/],
    'a port out of range': [['host:tcp:80000', 'forward:tcp:80'], 2, /0 to 65535/],
    'UDP to TCP': [['host:udp:0', 'forward:tcp:80'], 2, /UDP at both ends/],
    'UDP to TCP, kept': [['--keep', 'host:udp:0', 'forward:tcp:80'], 2, /UDP at both ends/],
    'an unknown name': [['host:tcp:0', 'nobody:tcp:80'], 1, /no namespace nobody/],
    'an unknown name, kept': [['--keep', 'host:tcp:0', 'nobody:tcp:80'], 1, /no namespace nobody/],
    'a name that can be none': [['host:tcp:0', 'a/b:tcp:80'], 2, /no name of a namespace/],
    'an unknown number': [['--remove', '99'], 1, /no forward 99/],
    'no number': [['--remove', 'one'], 2, /must be a whole number/],
    'an unknown name to list': [['--list', 'nobody'], 1, /no namespace nobody/],
  };
  for (const [what, [args, status, message]] of Object.entries(cases)) {
    test(what, () => {
      const ended = forward(...args);
      assert.match(ended.stderr, message);
      assert.deepEqual([ended.status, ended.stdout], [status, '']);
    });
  }
});

test('its help has examples', () => {
  const { status, stdout } = forward('--help');
  assert.equal(status, 0);
  assert.match(stdout, /\nExamples:\n {2}nskit forward /);
  assert.ok(!stdout.includes('--serve'));
});
