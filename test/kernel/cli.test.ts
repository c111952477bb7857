/** The command line as users and scripts meet it: help, exit statuses, suggestions, JSON, dry runs. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, afterEach, describe, test } from 'node:test';
import { namespaces } from '../../src/index.js';
import { nskit, nskitPath, start, waiting } from '../support/nskit.js';
import { leaveNothing, onOwnMachine, ownHome, pausePid } from '../support/own-home.js';

const here = ownHome();
afterEach(() => {
  nskit(['delete', '--all', '--kill']);
});
after(() => leaveNothing(here));

const commands = [
  ...['run', 'add', 'exec', 'shell', 'list', 'show', 'pids', 'identify', 'monitor', 'path'],
  ...['attach', 'delete', 'unshare', 'enter', 'doctor'],
];

function ok(...args: readonly string[]): string {
  const { status, stdout, stderr } = nskit(args);
  assert.equal(status, 0, `nskit ${args.join(' ')}: ${stderr}`);
  return stdout;
}

function fails(status: number, ...args: readonly string[]): string {
  const ended = nskit(args);
  assert.equal(ended.status, status, `nskit ${args.join(' ')}: ${ended.stderr}`);
  assert.equal(ended.stdout, '');
  return ended.stderr;
}

describe('help', () => {
  test('every command has examples, by --help and by help COMMAND', () => {
    const overview = ok('--help');
    for (const command of commands) {
      const help = ok(command, '--help');
      assert.match(help, new RegExp(`^Usage: nskit ${command}`));
      assert.match(help, /^Examples:\n {2}\S/m, command);
      assert.match(overview, new RegExp(`^ {2}${command} `, 'm'));
    }
    assert.equal(ok('help', 'exec'), ok('exec', '--help'));
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    assert.equal(ok('--version'), `${version}\n`);
  });
});

describe('exit statuses', () => {
  test('are the program’s, 128+n after a signal, and env(1)’s for our own failures', () => {
    ok('add', 'lab');
    writeFileSync(join(here.scratch, 'file'), '', { mode: 0o644 });
    const ways = [
      ['exec', 'lab', '--'],
      ['exec', '--wd', '/', 'lab', '--'],
      ['run', '--'],
    ];
    const more = [
      ['run', '--no-pid', '--'],
      ['run', '--uplink', '--'],
      ['exec', '--all', '--'],
    ];
    for (const way of [...ways, ...more]) {
      const status = (...program: readonly string[]): number | null =>
        nskit([...way, ...program]).status;
      assert.equal(status('sh', '-c', 'exit 7'), 7, way.join(' '));
      assert.equal(status('no-such-program'), 127, way.join(' '));
      assert.equal(status('/nowhere/program'), 127, way.join(' '));
      assert.equal(status(join(here.scratch, 'file')), 126, way.join(' '));
      assert.equal(status('/'), 126, way.join(' '));
    }
    assert.equal(nskit(['run', '--', 'sh', '-c', 'kill -TERM $$']).status, 143);
    assert.equal(nskit(['exec', '--all', 'sh', '-c', 'kill -TERM $$']).status, 143);
    // In our own place: whoever waits for us sees the signal itself.
    assert.equal(nskit(['exec', 'lab', 'sh', '-c', 'kill -TERM $$']).status, null);
    for (const command of ['exec', 'shell']) fails(125, command, 'none', 'true');
    for (const command of ['run', 'exec', 'shell', 'unshare', 'enter'])
      fails(125, command, '--no-such');
  });

  test('are 1 for what failed and 2 for what was not understood', () => {
    ok('add', 'lab');
    fails(1, 'add', 'lab');
    for (const command of ['show', 'pids', 'path', 'delete']) fails(1, command, 'none');
    fails(1, 'attach', 'new', '4194305');
    for (const command of commands.filter((c) => !/^(run|exec|shell|unshare|enter)$/.test(c))) {
      fails(2, command, '--no-such-option');
    }
    for (const args of [['add'], ['attach', 'x'], ['attach', 'x', 'y'], ['delete'], ['nothing']]) {
      fails(2, ...args);
    }
  });

  test('exec --all runs in order of the names and goes on after a failure', () => {
    for (const name of ['c', 'a', 'b']) ok('add', name, '--hostname', name);
    const script = 'hostname; case $(hostname) in a) ;; b) exit 4;; *) exit 5;; esac';
    const { status, stdout } = nskit(['exec', '--all', 'sh', '-c', script]);
    assert.equal(stdout, 'a\nb\nc\n');
    assert.equal(status, 4);
    fails(125, 'exec', '--all');
  });
});

describe('bad input', () => {
  test('gets the nearest command, option or name', () => {
    ok('add', 'network');
    assert.match(fails(2, 'lsit'), /Did you mean list\?/);
    assert.match(fails(2, 'list', '--jsn'), /Did you mean --json\?/);
    assert.match(fails(125, 'run', '--hostnam', 'x'), /Did you mean --hostname\?/);
    assert.match(fails(1, 'show', 'netwrok'), /hint: did you mean network\?/);
    assert.match(fails(125, 'exec', 'netwrok', 'true'), /hint: did you mean network\?/);
    assert.match(fails(1, 'show', 'other'), /hint: "nskit add other" makes it/);
  });

  test('that is no name is refused, and nothing is made', () => {
    for (const name of ['', '.', '..', '.a', 'a/b', 'a b', 'ä', 'a\n', 'x'.repeat(65)]) {
      assert.match(fails(2, 'add', name), /^nskit: /, JSON.stringify(name));
    }
    for (const name of ['-a', '--', '-']) assert.notEqual(nskit(['add', name]).status, 0);
    fails(125, 'exec', '-a', 'true');
    fails(125, 'exec', '../a', 'true');
    assert.deepEqual(namespaces.list(), []);
    for (const name of ['x'.repeat(64), '_', '0', 'A.b-c_d']) ok('add', name);
    assert.equal(namespaces.list().length, 4);
  });
});

describe('JSON', () => {
  const parsed = (...args: readonly string[]): unknown => JSON.parse(ok(...args));

  /** It has these fields, and may have more. */
  const has = (actual: unknown, fields: object): void => {
    const all = Object.entries(actual as object);
    assert.deepEqual(Object.fromEntries(all.filter(([key]) => key in fields)), fields);
  };

  test('every listing has it, with stated fields', async () => {
    assert.deepEqual(parsed('list', '--json'), []);
    ok('add', 'lab', '--hostname', 'box');
    await using program = await start(nskitPath, ['exec', 'lab', ...waiting]);
    const owner = { uid: process.getuid?.(), gid: process.getgid?.() };
    const [short] = parsed('list', '--json') as [{ created: string }];
    assert.ok(Math.abs(Date.parse(short.created) - Date.now()) < 600_000);
    has(short, {
      ...{ name: 'lab', system: false, created: short.created, owner, uplink: null },
    });
    const processes = [{ pid: program.pid, command: waiting.join(' ') }];
    const [path, userPath] = [ok('path', 'lab').trim(), ok('path', 'lab', '--user').trim()];
    const [long] = parsed('list', '--long', '--json') as [object];
    has(long, { ...short, path, userPath, processes });
    assert.deepEqual(parsed('pids', '--json', 'lab'), processes);
    has(parsed('show', '--json', 'lab'), {
      ...{ ...short, path, userPath, processes },
      ...{ kinds: ['net', 'uts'], hostname: 'box', isolated: false, inode: statSync(path).ino },
    });
    const pid = program.pid;
    assert.deepEqual(parsed('identify', '--json', `${pid}`), { pid, name: 'lab' });
    assert.deepEqual(parsed('identify', '--json', `${process.pid}`), {
      ...{ pid: process.pid, name: null },
    });
  });

  test('monitor prints a line for each name that comes or goes', async () => {
    for (const [options, expected] of [
      [[], ['add one', 'delete one', 'add two']],
      [
        ['--json'],
        [
          '{"event":"add","name":"one"}',
          '{"event":"delete","name":"one"}',
          '{"event":"add","name":"two"}',
        ],
      ],
    ] as const) {
      const monitor = spawn(nskitPath, ['monitor', ...options], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const lines = createInterface(monitor.stdout)[Symbol.asyncIterator]();
      try {
        while (!isWatching(monitor.pid ?? 0)) await new Promise(setImmediate);
        ok('add', 'one');
        ok('delete', 'one');
        ok('add', 'two');
        for (const line of expected) assert.equal((await lines.next()).value, line);
      } finally {
        monitor.kill('SIGINT');
      }
      assert.deepEqual(await once(monitor, 'exit'), [null, 'SIGINT']);
      ok('delete', 'two');
    }
  });
});

/** It has an inotify watch on the folder of names. */
function isWatching(pid: number): boolean {
  const inode = existsSync(join(here.state, 'names')) && statSync(join(here.state, 'names')).ino;
  try {
    return readdirSync(`/proc/${pid}/fdinfo`)
      .map((fd) => readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8'))
      .some((info) => info.includes(`ino:${inode.toString(16)} `));
  } catch {
    return false;
  }
}

describe('--dry-run', () => {
  test('prints numbered steps and does nothing', async () => {
    ok('add', 'lab');
    await using other = await start('unshare', ['-Urn', ...waiting]);
    const touch = ['touch', join(here.scratch, 'touched')];
    const before = [pausePid(here.state), readdirSync(join(here.state, 'names'))];
    for (const args of [
      ['run', '--dry-run', ...touch],
      ['exec', '--dry-run', 'lab', ...touch],
      ['exec', '--dry-run', '--all', ...touch],
      ['add', '--dry-run', 'new', '--pid'],
      ['shell', '--dry-run', 'lab'],
      ['delete', '--dry-run', 'lab'],
      ['attach', '--dry-run', 'found', String(other.pid)],
      ['shell', '--dry-run'],
      ['unshare', '--dry-run', '-Urn', ...touch],
    ]) {
      assert.match(ok(...args), /^ {2}1 {2}\S.*\n {2}2 {2}\S/, args.join(' '));
    }
    assert.ok(!existsSync(join(here.scratch, 'touched')));
    assert.deepEqual([pausePid(here.state), readdirSync(join(here.state, 'names'))], before);
    // Nor does it start the base namespaces.
    const { stdout } = onOwnMachine(here, 'nskit shell --dry-run >/dev/null; ls -A "$T/runtime"');
    assert.equal(stdout, '');
  });
});

describe('where the names are', () => {
  // The checkout may itself be in /tmp.
  const withoutFolders = `mount --rbind "$(dirname "$NSKIT")/.." /mnt; NSKIT=/mnt/bin/nskit
    mount -t tmpfs none /run/user; mount -t tmpfs none /tmp`;
  const uid = String(process.getuid?.());

  test('is /run/user/UID when XDG_RUNTIME_DIR is not set, not absolute, or not ours', () => {
    const { stdout, stderr } = onOwnMachine(
      here,
      `mount -t tmpfs none /run/user; mkdir -m 700 /run/user/${uid}
      unset XDG_RUNTIME_DIR; nskit add a; XDG_RUNTIME_DIR=relative nskit add b
      XDG_RUNTIME_DIR=/proc nskit exec b true; XDG_RUNTIME_DIR=/nowhere nskit list
      ls /run/user/${uid}/nskit/names`,
    );
    assert.match(stdout, /^NAME.*\na .*\nb .*\na.json\nb.json\n$/, stderr);
  });

  test('is a private folder in /tmp where there is none', () => {
    const { stdout, stderr } = onOwnMachine(
      here,
      `${withoutFolders}; unset XDG_RUNTIME_DIR; nskit add a; nskit exec a echo ran
      stat -c %a /tmp/nskit-${uid}; nskit list`,
    );
    assert.match(stdout, /^ran\n700\nNAME.*\na /, stderr);
  });

  test('is the same from inside: nskit in nskit exec serves the same user', () => {
    ok('add', 'outer');
    const inside = (...args: readonly string[]): string => ok('exec', 'outer', nskitPath, ...args);
    assert.match(inside('list'), /^outer /m);
    inside('add', 'inner');
    assert.equal(inside('exec', 'inner', nskitPath, 'identify'), 'inner\n');
    assert.deepEqual(
      namespaces.list().map(({ name, record }) => [name, record.owner.uid >= 0]),
      [
        ['inner', true],
        ['outer', true],
      ],
    );
    inside('delete', 'inner');
    assert.equal(namespaces.list().length, 1);
  });
});
