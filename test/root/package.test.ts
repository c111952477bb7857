/** The package as npm packs and installs it: on a machine without a compiler, for any user. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { run, type Ended } from '../support/nskit.js';
import { as, removeRuntime, runtime, stranger, user } from '../support/owner.js';
import { checkout, pack, roomyFolder, tools } from '../support/package.js';

const room = roomyFolder();
const programs = ['sh', 'env', 'uname', 'readlink', 'ip', 'id', 'true', 'newuidmap', 'newgidmap'];
const path = tools(join(room, 'tools'), programs);
const source = checkout(join(room, 'source'));

after(() => {
  removeRuntime();
  rmSync(room, { recursive: true });
});

test('in a checkout without a compiler, the install step names the Debian packages', () => {
  const bare = checkout(join(room, 'bare'));
  const env = { PATH: path, HOME: room };
  const { status, stderr } = run('npm', ['run', 'install'], { cwd: bare, env });
  assert.notEqual(status, 0);
  assert.match(stderr, /needs a C compiler .* apt-get install gcc libc6-dev/);
});

describe('the tarball', () => {
  const packed = pack(source, join(room, 'packed'));
  const names = packed.files.map((file) => file.path);

  const unpacked = join(room, 'unpacked');
  mkdirSync(unpacked);
  run('tar', ['-xzf', packed.tarball, '-C', unpacked, '--strip-components=1']);
  const file = (name: string): string => join(unpacked, name);
  const header = (name: string): string => run('readelf', ['-hlW', file(name)]).stdout;

  test('carries the binaries for both architectures, and no test', () => {
    for (const arch of ['x64', 'arm64']) {
      assert.ok(names.includes(`bin/launcher-linux-${arch}`));
      assert.ok(names.includes(`bin/nskit-linux-${arch}.node`));
    }
    assert.ok(names.includes('dist/licenses.txt'));
    assert.deepEqual(
      names
        .filter((name) => /^(test|dist\/test|node_modules|\.ci)\b|\.ts$/.test(name))
        .filter((name) => !name.endsWith('.d.ts')),
      [],
    );
  });

  test('depends on no other package', () => {
    const { dependencies } = JSON.parse(readFileSync(file('package.json'), 'utf8')) as {
      dependencies?: object;
    };
    assert.equal(dependencies, undefined);
  });

  test('nothing in it is setuid or setgid, or has a file capability', () => {
    assert.deepEqual(
      packed.files.filter(({ mode }) => (mode & 0o7022) !== 0),
      [],
    );
    assert.equal(run('find', [unpacked, '-perm', '/7000']).stdout, '');
    assert.equal(run('/sbin/getcap', ['-r', unpacked]).stdout, '');
  });

  test('the launchers are static executables without an interpreter', () => {
    for (const [arch, machine] of [
      ['x64', /X86-64/],
      ['arm64', /AArch64/],
    ] as const) {
      const text = header(`bin/launcher-linux-${arch}`);
      assert.match(text, machine);
      assert.match(text, /Type: +EXEC/);
      assert.doesNotMatch(text, /INTERP|DYNAMIC/);
    }
  });

  test('the addons ask for no library and no version of one', () => {
    for (const arch of ['x64', 'arm64']) {
      const name = `bin/nskit-linux-${arch}.node`;
      assert.match(header(name), arch === 'x64' ? /X86-64/ : /AArch64/);
      const { stdout } = run('readelf', ['-dVW', file(name)]);
      assert.doesNotMatch(stdout, /NEEDED|GLIBC|RPATH|RUNPATH/);
    }
  });

  test('the arm64 launcher looks for Node, and runs a program, in an emulator', () => {
    const emulator = process.arch === 'arm64' ? '/usr/bin/env' : '/usr/bin/qemu-aarch64-static';
    const launcher = file('bin/launcher-linux-arm64');
    const alone = run('/usr/bin/env', ['-i', 'PATH=/nowhere', emulator, launcher]);
    assert.equal(alone.status, 127);
    assert.match(alone.stderr, /no Node\.js found: looked for .*\/bin\/\.node and in PATH/);

    const native = new URL('../../src/native/index.js', import.meta.url).href;
    const make = `
      import { writeFileSync } from 'node:fs';
      Object.defineProperty(process, 'arch', { value: 'arm64' });
      const { storedProgram, write, exit } = await import('${native}');
      writeFileSync('program', storedProgram([write('say so', 1, 'from arm64\\n'), exit(7)]));`;
    run(process.execPath, ['--input-type=module', '--eval', make], { cwd: room });
    const script = `${emulator} ${launcher} --program 3 3< program`;
    const { status, stdout } = run('sh', ['-c', script], { cwd: room });
    assert.deepEqual([status, stdout], [7, 'from arm64\n']);
  });

  const projects = [
    { title: 'with install scripts switched off', flag: '--ignore-scripts', magic: '#!/b' },
    {
      title: 'with install scripts allowed',
      flag: '--dangerously-allow-all-scripts',
      magic: '\x7fELF',
    },
  ];
  for (const [i, { title, flag, magic }] of projects.entries()) {
    describe(`installed ${title}, by a user without a compiler and without a network`, () => {
      const project = join(room, `project${i}`);
      mkdirSync(project);
      run('chown', [`${user.uid}:${user.gid}`, project]);
      const env = { PATH: path, HOME: project, XDG_RUNTIME_DIR: runtime };
      const inProject = (...argv: string[]): Ended =>
        as(user, ['env', '-C', project, ...argv], env);
      const options = ['--offline', '--no-audit', '--no-fund', flag];
      const installed = inProject('npm', 'install', ...options, packed.tarball);

      test('bin/nskit is what it should be', () => {
        assert.equal(installed.status, 0, installed.stderr);
        const bin = join(project, 'node_modules/nskit/bin/nskit');
        assert.equal(readFileSync(bin, 'latin1').slice(0, 4), magic);
        assert.equal(statSync(bin).mode & 0o7777, 0o755);
        assert.equal(run('find', [project, '-perm', '/7000']).stdout, '');
      });

      test('the command works', () => {
        const bin = 'node_modules/.bin/nskit';
        const ran = inProject(bin, 'run', '--', 'ip', '-br', 'addr');
        assert.match(ran.stdout, /^lo +UNKNOWN +127\.0\.0\.1\/8/, ran.stderr);
        assert.equal(inProject(bin, 'add', 'packed').status, 0);
        assert.equal(inProject(bin, 'exec', 'packed', 'id', '-u').stdout, '0\n');
        assert.equal(inProject(bin, 'delete', 'packed').status, 0);
      });

      test('ctrtool works too, by its own name and by that of a link to it', () => {
        const bin = 'node_modules/.bin/ctrtool';
        symlinkSync(bin, join(project, 'ns_open_file'));
        const request = ['-n', '-6', '::1,0', '-l', '1'];
        const program = ['sh', '-c', 'readlink /proc/self/fd/$CTRTOOL_NS_OPEN_FILE_FD_0'];
        for (const argv of [[bin, 'ns_open_file'], ['./ns_open_file']]) {
          const opened = inProject(...argv, ...request, ...program);
          assert.match(opened.stdout, /^socket:/, opened.stderr);
        }
        const launched = inProject(bin, 'launcher', '--escape', '-UwgN', 'sh', '-c', 'exit 7');
        assert.deepEqual([launched.status, launched.stderr], [7, '']);
      });

      test('the library works, and so does the command for another user', () => {
        const program = `
          import { namespaces } from 'nskit';
          const fresh = await namespaces.create({ kinds: ['user', 'net'] });
          const child = fresh.spawn(['id', '-u'], { stdio: 'inherit' });
          process.exitCode = (await child.exit).exitCode ?? 1;`;
        writeFileSync(join(project, 'use.mjs'), program);
        const used = inProject('node', 'use.mjs');
        assert.deepEqual([used.stdout, used.status], ['0\n', 0], used.stderr);
        const bin = join(project, 'node_modules/.bin/nskit');
        const other = as(stranger, [bin, 'run', 'id', '-u'], { PATH: path });
        assert.equal(other.stdout, '0\n', other.stderr);
      });
    });
  }
});
