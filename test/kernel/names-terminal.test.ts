/** What a program in a named namespace keeps of its caller: terminal, environment, groups, uid. */
import assert from 'node:assert/strict';
import { chmodSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { nskit, nskitPath, run, start } from '../support/nskit.js';
import { leaveNothing, onOwnMachine, ownHome } from '../support/own-home.js';
import { terminalSuite } from '../support/terminal-suite.js';

const here = ownHome();
before(() => {
  assert.equal(nskit(['add', 'lab']).status, 0);
  assert.equal(nskit(['add', 'own', '--pid']).status, 0);
});
after(() => leaveNothing(here));

/** Without a pid namespace the program has our place; with one it is a child of what stands there. */
terminalSuite('a plain name', ['exec', 'lab']);
terminalSuite('a name with a pid namespace', ['exec', 'own']);

describe('signals and statuses', () => {
  test('pass through as if the program had been run directly', async () => {
    for (const [name, signal, expected] of [
      ['lab', 'SIGTERM', 'SIGTERM'],
      ['lab', 'SIGHUP', 'SIGHUP'],
      ['own', 'SIGTERM', 143],
      ['own', 'SIGUSR1', 138],
    ] as const) {
      await using program = await start(nskitPath, ['exec', name, 'sh', '-c', 'echo up; read x']);
      process.kill(program.pid, signal);
      assert.equal(await program.end, expected, `${name} ${signal}`);
    }
  });

  test('ignored signals stay ignored, and others have their default', () => {
    const ignored = 'sed -n "s/^SigIgn:\\t//p" /proc/self/status';
    const direct = run('sh', ['-c', `trap "" HUP; ${ignored}`]).stdout;
    for (const options of [['lab'], ['--wd', '/', 'lab'], ['own']]) {
      const exec = [nskitPath, 'exec', ...options, 'sh', '-c', ignored];
      const script = 'trap "" HUP; exec "$@"';
      assert.equal(run('sh', ['-c', script, 'sh', ...exec]).stdout, direct, options.join(' '));
    }
  });
});

describe('the caller’s', () => {
  test('working directory, environment and limits are the program’s', () => {
    const env = { PATH: process.env['PATH'], XDG_RUNTIME_DIR: here.runtime, ODD: 'a b\nc' };
    const script = 'pwd; tr "\\0" "|" </proc/$$/environ; ulimit -n; umask';
    const limits = ['sh', '-c', 'ulimit -n 321; umask 027; exec "$@"', 'sh'];
    for (const options of [[], ['--map-current']]) {
      const exec = [nskitPath, 'exec', ...options, 'lab', 'sh', '-c', script];
      const direct = run('sh', [...limits.slice(1), 'sh', '-c', script], { cwd: '/usr', env });
      const inside = run('sh', [...limits.slice(1), ...exec], { cwd: '/usr', env });
      assert.equal(inside.stdout, direct.stdout);
    }
    const all = nskit(['exec', '--all', 'env']).stdout;
    assert.doesNotMatch(all, /^NSKIT/m);
  });

  test('supplementary groups still open what they opened', () => {
    for (const folder of [here.folder, here.scratch]) chmodSync(folder, 0o711);
    // The script may use every subordinate group, and takes 5 as a supplementary one.
    const script = `echo secret >"$T/file"; chgrp 5 "$T/file"; chmod 040 "$T/file"
      chmod 711 "$T" "$T/runtime"
      chown -R 7 "$T/runtime" "$T/home"
      as() { groups=$1; shift; setpriv --reuid 7 --regid 7 --groups "$groups" -- "$@"; }
      as 5 "$NSKIT" add lab
      as 5 "$NSKIT" exec lab cat "$T/file"
      as 6 "$NSKIT" exec lab cat "$T/file" || echo refused`;
    const { stdout, stderr } = onOwnMachine(here, script, ['--map-auto']);
    assert.equal(stdout, 'secret\nrefused\n', stderr);
  });

  test('files are the user’s own, whatever the uid inside is', () => {
    const file = join(here.scratch, 'made');
    assert.equal(nskit(['exec', 'lab', 'sh', '-c', `id -u; echo x >"${file}"`]).stdout, '0\n');
    assert.equal(run('stat', ['-c', '%u', file]).stdout, `${process.getuid?.()}\n`);
  });
});

describe('--map-current', () => {
  const exec = (...argv: readonly string[]): ReturnType<typeof nskit> =>
    nskit(['exec', '--map-current', 'lab', ...argv]);

  test('one is oneself inside, in the same network namespace', () => {
    const ids = ['sh', '-c', 'id -u; id -g; readlink /proc/self/ns/net'] as const;
    const [uid, gid, net] = exec(...ids).stdout.split('\n');
    assert.deepEqual([uid, gid], [String(process.getuid?.()), String(process.getgid?.())]);
    assert.equal(nskit(['exec', 'lab', 'readlink', '/proc/self/ns/net']).stdout, `${net}\n`);
    assert.notEqual(net, readlinkSync('/proc/self/ns/net'));
  });

  test('no capability is left, so links stay as they are', () => {
    const status = exec('cat', '/proc/self/status').stdout;
    for (const set of ['Inh', 'Prm', 'Eff', 'Amb']) {
      assert.match(status, new RegExp(`^Cap${set}:\\s0+$`, 'm'));
    }
    const { status: code, stderr } = exec('ip', 'link', 'set', 'lo', 'down');
    assert.equal(code, 2);
    assert.match(stderr, /Operation not permitted/);
    assert.match(nskit(['exec', 'lab', 'ip', '-brief', 'link']).stdout, /^lo\s+UNKNOWN/);
  });

  test('shell and exec --all have it, too', () => {
    const input = 'id -u\n';
    const env = { ...process.env, SHELL: '/bin/sh' };
    const uid = `${process.getuid?.()}\n`;
    assert.equal(nskit(['shell', '--map-current', 'lab'], { input, env }).stdout, uid);
    const all = nskit(['exec', '--all', '--map-current', 'id', '-u']);
    assert.equal(all.stdout, uid + uid, all.stderr);
  });

  test('a file of one’s own with mode 0600 can be read', () => {
    const file = join(here.scratch, 'private');
    writeFileSync(file, 'mine\n');
    chmodSync(file, 0o600);
    assert.equal(exec('cat', file).stdout, readFileSync(file, 'utf8'));
  });
});
