/** bin/nskit: a static program that finds Node, runs stored programs, and stands in for a child. */
import assert from 'node:assert/strict';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { exit, execute, open, storedProgram, write } from '../../src/native/index.js';
import { nskit, nskitPath, run, type Ended } from '../support/nskit.js';

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'nskit-launcher-'));
});
after(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('the files in bin/', () => {
  test('are nobody’s but the caller’s: no set-id bit, no file capability', () => {
    for (const name of readdirSync(dirname(nskitPath))) {
      const path = join(dirname(nskitPath), name);
      assert.equal(statSync(path).mode & 0o6000, 0, name);
      const script = 'import os,sys; print([a for a in os.listxattr(sys.argv[1]) if "capab" in a])';
      assert.equal(run('python3', ['-c', script, path]).stdout, '[]\n', name);
    }
  });

  test('are small and static: the launcher needs no file but itself', () => {
    assert.ok(statSync(nskitPath).size < 100_000);
    // PT_INTERP, of which a static program has none: ldd says so too.
    assert.match(run('sh', ['-c', `ldd ${nskitPath} 2>&1; true`]).stdout, /not a dynamic|static/);
  });
});

describe('without Node', () => {
  test('it says where it looked, and ends with 127', () => {
    // As npm installs it below a prefix, so that Node may be in the prefix's own bin.
    const lonely = join(folder, 'prefix/lib/node_modules/nskit/bin');
    mkdirSync(lonely, { recursive: true });
    copyFileSync(nskitPath, join(lonely, 'nskit'));
    for (const path of ['/no/such', '']) {
      const { status, stdout, stderr } = run(join(lonely, 'nskit'), ['list'], {
        env: { PATH: path },
        cwd: folder,
      });
      assert.deepEqual([status, stdout], [127, '']);
      assert.match(stderr, /^nskit: no Node.js found: .*in PATH/);
      assert.ok(stderr.includes(` ${lonely}/.node`), stderr);
      assert.ok(stderr.includes(` ${lonely}/../../../../bin/node `), stderr);
    }
  });
});

describe('--program', () => {
  const given = (content: Uint8Array, ...argv: string[]): Ended => {
    const file = join(folder, 'given');
    writeFileSync(file, content);
    return run('sh', ['-c', `exec "$@" 3< ${file}`, 'sh', nskitPath, '--program', '3', ...argv]);
  };
  const hello = storedProgram([write('say hello', 1, 'hello\n'), exit(0)]);

  test('runs a program that it is handed', () => {
    assert.deepEqual(given(hello), { status: 0, stdout: 'hello\n', stderr: '' });
  });

  test('gives the program its arguments, and keeps the file from it', () => {
    const { stdout } = given(storedProgram([execute()]), 'echo', 'a', 'b c');
    assert.equal(stdout, 'a b c\n');
    assert.equal(given(storedProgram([execute()]), 'readlink', '/proc/self/fd/3').status, 1);
  });

  test('explains a failure with the sentence of its step', () => {
    const { status, stderr } = given(storedProgram([open('open nothing', '/no/such')]));
    assert.equal(status, 125);
    assert.match(stderr, /^nskit: open nothing: open failed with ENOENT on \/no\/such/);
    const missing = given(storedProgram([execute()]), 'no-such-program');
    assert.equal(missing.status, 127);
    assert.match(missing.stderr, /execve failed with ENOENT on no-such-program/);
    assert.equal(given(storedProgram([execute()]), '/etc/passwd').status, 126);
  });

  test('exits with the statuses that the program names', () => {
    const statuses = { failed: 3, cannotExecute: 4, notFound: 5 };
    const failing = (...argv: string[]): number | null =>
      given(storedProgram([execute()], { statuses }), ...argv).status;
    assert.equal(given(storedProgram([open('open it', '/no/such')], { statuses })).status, 3);
    assert.deepEqual([failing('/etc/passwd'), failing('no-such-program')], [4, 5]);
  });

  const changed = (at: number, value: number): Uint8Array => {
    const copy = hello.slice();
    new DataView(copy.buffer).setUint32(4 * at, value, true);
    return copy;
  };
  const garbage: Record<string, () => Uint8Array> = {
    'an empty file': () => new Uint8Array(0),
    text: () => new TextEncoder().encode('#!/bin/sh\necho ran\n'.repeat(20)),
    'the beginning of a program': () => hello.subarray(0, 100),
    'a program with something behind it': () => Buffer.concat([hello, hello]),
    'another version': () => changed(1, 99),
    'more steps than there may be': () => changed(2, 100_000),
    'more steps than there are': () => changed(2, 500),
    'more relocations than there are': () => changed(3, 0x7fff_ffff),
    'data outside of the file': () => changed(4, 0x7fff_ffff),
    'more data than there is': () => changed(5, 0xffff_fff0),
    'an entry outside of the program': () => changed(6, 0x7fff_ffff),
    'text outside of the file': () => changed(8, 0x7fff_ffff),
  };
  for (const [title, content] of Object.entries(garbage)) {
    test(`${title} is not run, and is an error, not a crash`, () => {
      const { status, stdout, stderr } = given(content(), 'true');
      assert.equal(stdout, '');
      assert.ok(status !== null && status > 0);
      assert.match(stderr, /--program/);
    });
  }

  test('an fd that is not open, and none at all', () => {
    for (const args of [['99', 'true'], ['x', 'true'], []]) {
      const { status, stderr } = nskit(['--program', ...args]);
      assert.ok(status !== null && status > 0);
      assert.match(stderr, /--program/);
    }
  });
});

describe('the stored program of a name', () => {
  let runtime: string;
  let program: string;
  before(() => {
    runtime = mkdtempSync(join(tmpdir(), 'nskit-runtime-'));
    program = join(runtime, 'nskit/programs/name');
    mkdirSync(dirname(program), { recursive: true, mode: 0o700 });
    writeProgram(0o600);
  });
  after(() => {
    rmSync(runtime, { recursive: true, force: true });
  });
  function writeProgram(mode: number): void {
    rmSync(program, { force: true });
    writeFileSync(program, storedProgram([write('say it', 1, 'stored\n'), exit(0)]));
    chmodSync(program, mode);
  }
  const exec = (name = 'name'): Ended => {
    return nskit(['exec', name, 'true'], { env: { ...process.env, XDG_RUNTIME_DIR: runtime } });
  };
  const isRefused = (): void => {
    const { status, stdout, stderr } = exec();
    assert.equal(stdout, '', stderr);
    assert.notEqual(status, 0);
  };

  test('is run without Node', () => {
    writeProgram(0o600);
    assert.deepEqual(exec(), { status: 0, stdout: 'stored\n', stderr: '' });
    writeProgram(0o644);
    assert.equal(exec().stdout, 'stored\n');
  });

  for (const mode of [0o602, 0o620, 0o666]) {
    test(`is refused when others may write it (${mode.toString(8)})`, () => {
      writeProgram(mode);
      isRefused();
    });
  }

  test('is refused when it is a link', () => {
    writeProgram(0o600);
    renameSync(program, `${program}.real`);
    symlinkSync(`${program}.real`, program);
    isRefused();
    rmSync(`${program}.real`);
  });

  test('is refused when somebody else owns it', () => {
    writeProgram(0o644);
    // Somebody else to us: one of our subordinate ids.
    const { status, stderr } = nskit(['unshare', '-r', '--map-auto', 'chown', '1:1', program]);
    assert.equal(status, 0, stderr);
    assert.notEqual(statSync(program).uid, process.getuid?.());
    isRefused();
    rmSync(program);
  });

  test('is refused when it is a folder, a pipe, or not there', () => {
    rmSync(program, { force: true });
    isRefused();
    mkdirSync(program);
    isRefused();
    rmSync(program, { recursive: true });
  });

  test('a name cannot lead out of the folder', () => {
    writeProgram(0o600);
    for (const name of ['../programs/name', './name', '.', '..', 'name/', '']) {
      const { stdout, status } = exec(name);
      assert.deepEqual([stdout, status === 0], ['', false], name);
    }
  });
});

describe('arguments and environment', () => {
  const ways = [
    ['run', '--'],
    ['run', '--no-pid', '--'],
    ['unshare', '-Urf', '--'],
  ];

  test('arrive as they are: empty, long, with anything in them', () => {
    const args = ['', 'a b', '"', "'", '\\', '$HOME', '--', '-x', '\n', 'ä', 'x'.repeat(100_000)];
    const script = 'import sys; print(ascii(sys.argv[1:]))';
    const expected = run('python3', ['-c', script, ...args]).stdout;
    for (const way of ways) {
      assert.equal(nskit([...way, 'python3', '-c', script, ...args]).stdout, expected);
    }
  });

  test('many, more than a program should have', () => {
    const many = Array.from({ length: 5000 }, (_, i) => String(i));
    for (const way of ways) {
      assert.equal(nskit([...way, 'sh', '-c', 'echo $#', 'sh', ...many]).stdout, '5000\n');
    }
  });

  test('an environment without PATH, and none at all', () => {
    for (const env of [{ HOME: '/' }, {}]) {
      for (const way of ways) {
        const { stdout, stderr } = nskit([...way, 'echo', 'found'], { env });
        assert.deepEqual([stdout, stderr], ['found\n', '']);
      }
    }
  });

  test('without any argument it is the command line’s to say what is missing', () => {
    const { status, stdout, stderr } = nskit([]);
    assert.ok(status !== null && `${stdout}${stderr}`.includes('nskit'));
  });
});
