/** How isolated namespaces are made, entered and deleted, and when they are refused. */
import assert from 'node:assert/strict';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  addName,
  deleteName,
  processesInNamespace,
  processesOf,
  resolveName,
} from '../../src/namespaces/index.js';
import { scene, waitInside, type Scene } from '../support/isolated.js';
import { nskit, nskitPath, run, type Ended } from '../support/nskit.js';

let here: Scene;
before(async () => {
  here = await scene();
});
after(async () => {
  await here[Symbol.asyncDispose]();
});

const exec = (...words: readonly string[]): Ended => nskit(['exec', ...words], { cwd: '/' });

describe('entering', () => {
  test('one is root inside, in the working directory where it is there, else in /', () => {
    const script = 'echo $(id -u) $(id -g) $(id -G) $(pwd)';
    const inDirectory = (cwd: string): string =>
      nskit(['exec', 'iso', 'sh', '-c', script], { cwd }).stdout;
    assert.equal(inDirectory('/usr/bin'), '0 0 0 /usr/bin\n');
    assert.equal(inDirectory(here.home), '0 0 0 /\n');
  });

  test('the environment names no socket and no folder of the host', () => {
    const env = {
      ...process.env,
      ...{ HOME: homedir(), SSH_AUTH_SOCK: '/x', DISPLAY: ':0', KEPT: 'yes', XAUTHORITY: '/y' },
    };
    const { stdout } = nskit(['exec', 'iso', 'env'], { env });
    const names = stdout.split('\n').map((line) => line.replace(/=.*/, ''));
    for (const name of ['XDG_RUNTIME_DIR', 'SSH_AUTH_SOCK', 'DISPLAY', 'XAUTHORITY']) {
      assert.ok(!names.includes(name), name);
    }
    assert.match(stdout, /^KEPT=yes$/m);
    assert.match(stdout, /^HOME=\/root$/m);
  });

  test('no open file comes along but the standard three', () => {
    const leak =
      'import os, sys; os.dup2(os.open("/", 0), 9, True)\nos.execvp(sys.argv[1], sys.argv[1:])';
    const ninth = (...way: string[]): string => {
      const script = 'readlink /proc/$$/fd/9 || echo none';
      return run('/usr/bin/python3', ['-c', leak, ...way, 'sh', '-c', script]).stdout;
    };
    assert.equal(ninth(nskitPath, 'exec', 'plain'), '/\n');
    assert.equal(ninth(nskitPath, 'exec', 'iso'), 'none\n');
  });

  test('the exit status and errors are those of any other name', () => {
    assert.equal(exec('iso', 'sh', '-c', 'exit 7').status, 7);
    assert.equal(exec('iso', 'sh', '-c', 'kill -TERM $$').status, 143);
    const missing = exec('iso', 'no-such-program');
    assert.equal(missing.status, 127);
    assert.match(missing.stderr, /^nskit: run the program: execve failed with ENOENT/);
  });

  test('what one program leaves in /tmp the next one finds, in the same namespaces', () => {
    assert.equal(exec('iso', 'sh', '-c', 'echo kept >/tmp/note').status, 0);
    assert.equal(exec('iso', 'cat', '/tmp/note').stdout, 'kept\n');
    const kinds = ['user', 'net', 'pid', 'mnt', 'ipc', 'uts'].map(
      (kind) => `/proc/self/ns/${kind}`,
    );
    const [first, second] = [exec('iso', 'readlink', ...kinds), exec('iso', 'readlink', ...kinds)];
    const plain = exec('plain', 'readlink', ...kinds);
    assert.equal(first.stdout, second.stdout);
    const shared = plain.stdout.split('\n').filter((id) => id && first.stdout.includes(id));
    assert.deepEqual(shared, []);
  });

  test('the loopback interface is up, and a name has its own hostname', async () => {
    assert.match(exec('iso', 'ip', '-o', 'addr', 'show', 'lo').stdout, /127\.0\.0\.1/);
    await addName('named', { isolated: true, hostname: 'box' });
    assert.equal(exec('named', 'hostname').stdout, 'box\n');
    await deleteName('named');
  });

  test('devices, a new terminal and a /proc of its own work', () => {
    const script =
      'echo x >/dev/null && head -c 1 /dev/zero | wc -c && ls /dev/shm && readlink /bin/sh /dev/fd';
    assert.equal(exec('iso', 'sh', '-c', script).status, 0);
    const terminal = 'import os, pty; master, slave = pty.openpty(); print(os.ttyname(slave))';
    assert.equal(exec('iso', '/usr/bin/python3', '-c', terminal).stdout, '/dev/pts/0\n');
    assert.match(exec('iso', 'cat', '/proc/1/comm').stdout, /./);
  });
});

describe('making', () => {
  test('files laid over /etc are there for everybody', async () => {
    const source = join(here.home, 'resolv.conf');
    writeFileSync(source, 'nameserver 10.0.2.3\n', { mode: 0o644 });
    const files = [
      { source, target: '/etc/resolv.conf' },
      { source, target: '/etc/nskit-new/file' },
    ];
    await addName('files', { isolated: true, files });
    const { stdout } = exec('files', 'cat', '/etc/resolv.conf', '/etc/nskit-new/file');
    assert.equal(stdout, 'nameserver 10.0.2.3\n'.repeat(2));
    assert.equal(exec('files', 'test', '-e', '/etc/passwd').status, 0);
    assert.match(exec('files', 'sh', '-c', 'echo >/etc/x').stderr, /Read-only/);
    await deleteName('files');
  });

  test('a folder over /etc that is the user’s alone does not close /etc', async () => {
    const folder = join(here.home, 'config/nskit/netns/private');
    mkdirSync(folder, { recursive: true });
    run('chmod', ['700', folder]);
    const config = process.env['XDG_CONFIG_HOME'];
    process.env['XDG_CONFIG_HOME'] = join(here.home, 'config');
    await addName('private', { isolated: true });
    if (config === undefined) delete process.env['XDG_CONFIG_HOME'];
    else process.env['XDG_CONFIG_HOME'] = config;
    assert.equal(exec('private', 'test', '-r', '/etc/passwd').status, 0);
    await deleteName('private');
  });

  test('a bind that would show the state directory is refused', async () => {
    for (const source of [here.state, here.runtime, '/', join(here.state, 'names')]) {
      await assert.rejects(
        addName('open', { isolated: true, binds: [{ source, target: '/shown' }] }),
        { code: 'ERR_FILE_OPTION' },
      );
    }
    assert.equal(exec('open', 'true').status, 125);
  });

  test('a bind may hide nothing of the system’s and must exist', async () => {
    for (const bind of [
      { source: here.home, target: '/proc' },
      { source: here.home, target: '/dev/../sys/x' },
      { source: here.home, target: 'relative' },
      { source: join(here.home, 'absent') },
    ]) {
      const binds = [bind];
      await assert.rejects(addName('open', { isolated: true, binds }), { code: 'ERR_FILE_OPTION' });
    }
  });

  test('what it cannot make leaves nothing behind', async () => {
    const binds = [{ source: here.home, target: '/usr/no/such/place' }];
    await assert.rejects(addName('half', { isolated: true, binds }), { code: 'EROFS' });
    for (const folder of ['names', 'programs', 'inits']) {
      const files = readdirSync(join(here.state, folder));
      assert.deepEqual(
        files.filter((file) => file.includes('half')),
        [],
        folder,
      );
    }
  });
});

describe('ending', () => {
  test('a killed nskit exec takes its program with it', async () => {
    // It does not end by itself when the test closes its input.
    const inside = await waitInside('iso', 'echo ready; exec sleep 1000');
    assert.notEqual(inside.pid, inside.launcher);
    process.kill(inside.launcher, 'SIGKILL');
    await inside.silence;
    assert.deepEqual(processesOf(resolveName('iso')), []);
  });

  test('a signal to nskit exec reaches its program', async () => {
    const script = 'trap "exit 0" TERM; echo ready; while :; do read line; done';
    const inside = await waitInside('iso', script);
    inside.kill('SIGTERM');
    await inside.silence;
  });

  test('delete ends every process, daemons too, and frees the name', async () => {
    await addName('doomed', { isolated: true });
    const { inode } = resolveName('doomed');
    const inside = await waitInside('doomed', 'setsid sleep 1000 & echo ready; read line');
    assert.ok(processesInNamespace(inode).length >= 3);
    await assert.rejects(deleteName('doomed'), { code: 'ERR_NAME_BUSY' });
    await deleteName('doomed', { kill: true });
    await inside.silence;
    assert.deepEqual(processesInNamespace(inode), []);
    await addName('doomed', { isolated: true });
    await deleteName('doomed');
  });
});

describe('without subordinate ids', () => {
  const library = new URL('../../src/namespaces/index.js', import.meta.url).href;
  const attempt = (runtime: string, options: object, wrap: readonly string[] = []): string => {
    const code =
      `const { addName } = await import(${JSON.stringify(library)});\n` +
      `await addName('x', ${JSON.stringify(options)}).then(() => console.log('made'), (e) => ` +
      `console.log(e.code, e.message, e.hint));`;
    const [file, ...args] = [...wrap, process.execPath, '--input-type=module', '-e', code];
    const env = { ...process.env, XDG_RUNTIME_DIR: runtime };
    return run(file, args, { env }).stdout;
  };
  const empty = (): string => mkdtempSync(join(here.runtime, 'none-'));
  const isolated = { isolated: true };

  test('it is refused under no_new_privs, and no base is started', () => {
    const runtime = empty();
    const said = attempt(runtime, isolated, ['setpriv', '--no-new-privs']);
    assert.match(said, /^ERR_NO_SUBORDINATE_IDS cannot isolate: newuidmap gets no privilege/);
    // Nobody holds the lock of a pause process: whoever did would be named in /proc/locks.
    const { ino } = statSync(join(runtime, 'nskit/pause.lock'));
    assert.doesNotMatch(readFileSync('/proc/locks', 'utf8'), new RegExp(`:${ino} `));
  });

  test('it is refused without newuidmap, with the package to install', () => {
    const said = attempt(empty(), isolated, ['/usr/bin/env', 'PATH=/nowhere']);
    assert.match(said, /^ERR_NO_SUBORDINATE_IDS .* not installed .*apt-get install uidmap/);
  });

  test('a base that has one id only is named as the cause', () => {
    const runtime = empty();
    assert.equal(attempt(runtime, {}, ['setpriv', '--no-new-privs']), 'made\n');
    assert.match(attempt(runtime, isolated), /^ERR_NO_SUBORDINATE_IDS .* one id only.*kill \d+/);
    rmSync(runtime, { recursive: true });
  });
});
