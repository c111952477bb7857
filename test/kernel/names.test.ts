/** Named namespaces through the real command and the library: made, used, found, deleted. */
import assert from 'node:assert/strict';
import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, describe, test } from 'node:test';
import { namespaces } from '../../src/index.js';
import { nskit, nskitPath, run, start, waiting } from '../support/nskit.js';
import { ended, leaveNothing, namespacesIn, ownHome } from '../support/own-home.js';

const here = ownHome();
// So that no test depends on how another one ended.
afterEach(() => {
  nskit(['delete', '--all', '--kill']);
});
after(() => leaveNothing(here));

function ok(...args: readonly string[]): string {
  const { status, stdout, stderr } = nskit(args);
  assert.equal(status, 0, `nskit ${args.join(' ')}: ${stderr}`);
  assert.equal(stderr, '');
  return stdout;
}

const names = (): string[] => namespaces.list().map(({ name }) => name);
const inside = (name: string): ReturnType<typeof start> =>
  start(nskitPath, ['exec', name, ...waiting]);

describe('adding', () => {
  test('a name stays, with its loopback up, and every command finds the same namespace', () => {
    ok('add', 'lab');
    assert.match(ok('exec', 'lab', 'ip', '-brief', 'addr'), /^lo\s+UNKNOWN\s+127\.0\.0\.1\/8 ::1/);
    const [first, second] = [namespacesIn('lab', ['net']), namespacesIn('lab', ['net'])];
    assert.deepEqual(first, second);
    assert.notEqual(first[0], readlinkSync('/proc/self/ns/net'));
  });

  test('a server and its client started by two commands meet, and the host hears neither', async () => {
    ok('add', 'meet');
    const serve = `import socket
listener = socket.create_server(('127.0.0.1', 7001))
print('listening', flush=True)
listener.accept()[0].sendall(b'hello')`;
    const ask = `import socket
try: print(socket.create_connection(('127.0.0.1', 7001)).recv(9).decode())
except ConnectionRefusedError: print('refused')`;
    const server = await start(nskitPath, ['exec', 'meet', '/usr/bin/python3', '-c', serve]);
    assert.equal(run('/usr/bin/python3', ['-c', ask]).stdout, 'refused\n');
    assert.equal(ok('exec', 'meet', '/usr/bin/python3', '-c', ask), 'hello\n');
    assert.equal(await server.end, 0);
  });

  test('a plain name shares every other namespace with the host but user and mounts', () => {
    ok('add', 'plain');
    const kinds = ['pid', 'uts', 'ipc', 'cgroup', 'time'];
    const host = kinds.map((kind) => readlinkSync(`/proc/self/ns/${kind}`));
    assert.deepEqual(namespacesIn('plain', kinds), host);
  });

  test('--hostname, --pid, --uts and --ipc are namespaces that commands share', () => {
    ok('add', 'full', '--pid', '--ipc', '--hostname', 'box');
    const kinds = ['net', 'pid', 'uts', 'ipc'];
    const first = namespacesIn('full', kinds);
    assert.deepEqual(namespacesIn('full', kinds), first);
    kinds.forEach((kind, i) => {
      assert.notEqual(first[i], readlinkSync(`/proc/self/ns/${kind}`), kind);
    });
    assert.equal(ok('exec', 'full', 'hostname'), 'box\n');
    assert.match(ok('exec', 'full', 'cat', '/proc/1/cmdline'), /^nskit-init full/);
  });

  test('the init process of a pid namespace reaps what commands leave behind', async () => {
    ok('add', 'reaps', '--pid');
    // The orphan says its end by closing the pipe that the cat reads to its end.
    const orphan = '(sh -c "read line </dev/null; echo gone") | cat; ls /proc | grep -c "^[0-9]"';
    // The shell, ls, grep and the init process: nobody else is left in /proc.
    assert.equal(ok('exec', 'reaps', 'sh', '-c', orphan), 'gone\n4\n');
    await using program = await inside('reaps');
    assert.equal(program.firstLine, 'ready');
    const daemon = 'sh -c "exec setsid sh -c \'read line </dev/null\'" & wait; echo done';
    assert.equal(ok('exec', 'reaps', 'sh', '-c', daemon), 'done\n');
    assert.equal(
      ok('exec', 'reaps', 'sh', '-c', 'cat /proc/[0-9]*/stat | grep -c ") Z "; :'),
      '0\n',
    );
    await program[Symbol.asyncDispose]();
  });

  test('a name like another one with ".new" behind it disturbs no other', () => {
    ok('add', 'a.new');
    const before = namespacesIn('a.new', ['net']);
    ok('add', 'a');
    assert.ok(readdirSync(join(here.state, 'programs')).includes('a.new'));
    assert.deepEqual(namespacesIn('a.new', ['net']), before);
    assert.notDeepEqual(namespacesIn('a', ['net']), before);
  });

  test('the library adds, enters, opens, identifies and disposes of a name', async () => {
    {
      await using lab = await namespaces.add('held', { kinds: ['uts'], hostname: 'held' });
      const child = await lab.spawnAsync(['hostname']);
      let said = '';
      child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
      assert.deepEqual(await child.exit, { exitCode: 0, signal: null });
      assert.equal(said, 'held\n');
      await using program = await inside('held');
      assert.deepEqual(lab.processes(), [program.pid]);
      assert.equal(namespaces.identify(program.pid), 'held');
      assert.equal(namespaces.identify(), undefined);
      using open = lab.open();
      assert.deepEqual(open.kinds, ['user', 'net']);
      await assert.rejects(lab.delete(), { code: 'ERR_NAME_BUSY' });
      await assert.rejects(namespaces.add('held'), { code: 'ERR_NAME_EXISTS' });
      assert.deepEqual(names(), ['held']);
    }
    assert.deepEqual(names(), []);
    assert.throws(() => namespaces.get('held'), { code: 'ERR_NAME_UNKNOWN' });
  });
});

describe('finding', () => {
  test('pids, show and identify find the processes inside, and no init process', async () => {
    ok('add', 'busy', '--pid');
    await using first = await inside('busy');
    await using second = await inside('busy');
    const found = ok('pids', 'busy').trim().split('\n').map(Number);
    // Each program, and what we started: that one stands outside the pid namespace alone.
    assert.equal(found.length, 4);
    for (const pid of found) assert.equal(ok('identify', String(pid)), 'busy\n');
    assert.ok(found.includes(first.pid) && found.includes(second.pid));
    assert.match(ok('show', 'busy'), /^processes {3}4$/m);
    assert.match(ok('list', '--long'), /^busy .* 4 {10}\/proc\/\d+\/root/m);
    ok('delete', '--kill', 'busy');
    assert.deepEqual([await first.end, await second.end], ['SIGKILL', 'SIGKILL']);
  });

  test('identify without a pid, inside, names where one is', () => {
    ok('add', 'self');
    assert.equal(ok('exec', 'self', nskitPath, 'identify'), 'self\n');
    assert.equal(ok('identify'), '');
    assert.equal(nskit(['identify', '4194305']).status, 1);
  });

  test('nsenter enters by the paths that nskit path prints', () => {
    ok('add', 'lab');
    const [user, net] = [ok('path', 'lab', '--user').trim(), ok('path', 'lab').trim()];
    const way = [`--user=${user}`, `--net=${net}`, '--preserve-credentials'];
    const entered = run('nsenter', [...way, 'sh', '-c', 'id -u; readlink /proc/self/ns/net']);
    assert.equal(entered.stdout, `0\n${namespacesIn('lab', ['net']).join('')}\n`);
  });
});

describe('watching', () => {
  test('tells every change, also those that were undone before anybody looked', async () => {
    ok('add', 'there');
    const stop = new AbortController();
    const told: string[] = [];
    // Nothing is read from the watch while these commands run.
    const onReady = (): void => {
      ok('add', 'brief');
      ok('delete', 'brief', 'there');
      ok('add', 'there');
      ok('add', 'last');
    };
    for await (const { event, name } of namespaces.watch({ signal: stop.signal, onReady })) {
      told.push(`${event} ${name}`);
      if (name === 'last') stop.abort();
    }
    const expected = ['add brief', 'delete brief', 'delete there', 'add there', 'add last'];
    assert.deepEqual(told, expected);
  });
});

describe('attaching', () => {
  test('a name outlives the process whose network namespace it is', async () => {
    const process = await start('unshare', [
      '-Urn',
      'sh',
      '-c',
      'ip link set lo up; echo up; read x',
    ]);
    const namespace = readlinkSync(`/proc/${process.pid}/ns/net`);
    ok('attach', 'found', String(process.pid));
    await process[Symbol.asyncDispose]();
    assert.deepEqual(namespacesIn('found', ['net']), [namespace]);
    assert.match(ok('exec', 'found', 'ip', '-brief', 'addr'), /^lo\s+UNKNOWN\s+127\.0\.0\.1/);
    assert.equal(ok('exec', 'found', 'id', '-u'), '0\n');
    const way = ['--user', '--net'].map((kind) => {
      return `${kind}=${ok('path', 'found', ...(kind === '--user' ? [kind] : [])).trim()}`;
    });
    assert.equal(run('nsenter', [...way, '--preserve-credentials', 'id', '-u']).stdout, '0\n');
  });

  test('what may not be entered, or is not there, gets no name', () => {
    for (const [pid, message] of [
      ['1', /process 1 is not yours/],
      ['4194305', /there is no process 4194305/],
      // Our own network namespace is the machine's.
      [String(process.pid), /network namespace.*EPERM|outer user namespace/],
    ] as const) {
      const { status, stderr } = nskit(['attach', 'none', pid]);
      assert.equal(status, 1);
      assert.match(stderr, message);
    }
    assert.deepEqual(names(), []);
    assert.deepEqual(readdirSync(join(here.state, 'names')), []);
  });
});

describe('deleting', () => {
  test('a name with a process inside stays whole, and --kill ends the process', async () => {
    ok('add', 'busy');
    const program = await inside('busy');
    const refused = nskit(['delete', 'busy']);
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, new RegExp(`a process is inside busy: ${program.pid}\\n`));
    assert.equal(ok('exec', 'busy', 'echo', 'works'), 'works\n');
    ok('delete', '--kill', 'busy');
    assert.equal(await program.end, 'SIGKILL');
    assert.deepEqual(names(), []);
  });

  test('--kill gets every process of a program that forks when it sees another die', async () => {
    ok('add', 'hydra');
    const heads = `import os, sys
for head in range(20):
  end, ours = os.pipe()
  if os.fork() > 0:
    os.close(end)
    if head == 0: print('ready', flush=True)
    os.read(0, 1)
    os._exit(0)
  os.close(ours)
  os.read(end, 1)`;
    const first = await start(nskitPath, ['exec', 'hydra', '/usr/bin/python3', '-c', heads]);
    ok('delete', '--kill', 'hydra');
    await ended(first.pid);
    assert.deepEqual(names(), []);
  });

  test('one name that cannot be deleted does not keep the others', () => {
    ok('add', 'one');
    ok('add', 'two');
    const { status, stderr } = nskit(['delete', 'one', 'none', 'two']);
    assert.equal(status, 1);
    assert.match(stderr, /^nskit: there is no namespace none\n/);
    assert.deepEqual(names(), []);
  });

  test('a program inside may delete the name it is in when nobody else is there', () => {
    ok('add', 'last');
    assert.equal(ok('exec', 'last', nskitPath, 'delete', 'last'), '');
    assert.deepEqual(names(), []);
  });

  test('--all deletes every name of one’s own', () => {
    for (const name of ['x', 'y', 'z']) ok('add', name);
    ok('delete', '--all');
    assert.deepEqual(names(), []);
    assert.equal(nskit(['delete', '--all', 'x']).status, 2);
    assert.equal(nskit(['delete']).status, 2);
  });
});
