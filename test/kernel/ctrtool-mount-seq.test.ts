/** `ctrtool mount_seq` in a user and mount namespace of its own. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, describe, test } from 'node:test';
import { mountSeq as runIn, mountsHere as mounts, pathWithCtrtool } from '../support/ctrtool.js';
import { run, type Ended } from '../support/nskit.js';

const all: string[] = [];
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nskit-mount-seq-'));
  all.push(folder);
});
after(() => {
  for (const one of all) rmSync(one, { recursive: true, force: true });
});

const mountSeq = (args: readonly string[], look?: string): Ended => runIn(folder, args, look);

const shown = (args: readonly string[], look = mounts): string => {
  const { status, stdout, stderr } = mountSeq(args, look);
  assert.deepEqual([status, stderr], [0, '']);
  return stdout;
};

describe('-m', () => {
  test('a file system of its own, with options', () => {
    mkdirSync(join(folder, 'a'));
    const args = ['-m', 'a', '-t', 'tmpfs', '-o', 'size=64k,mode=0711', '-Osdx'];
    const look = `${mounts}; stat -c %a a; df --output=size a | tail -1`;
    assert.match(shown(args, look), /^a rw,nosuid,nodev,noexec,relatime tmpfs\n711\n +64\n$/);
  });

  test('a bind, with -E of a folder and with -f of a file that are missing', () => {
    writeFileSync(join(folder, 'source'), 'content');
    mkdirSync(join(folder, 'from'));
    const args = [
      '-m',
      'folder',
      '-E',
      '-s',
      'from',
      '-Ob',
      '-m',
      'file',
      '-f',
      '-s',
      'source',
      '-Ob',
    ];
    const look = 'cat file; stat -c "%n %a" folder';
    assert.match(shown(args, look), /^contentfolder 7/);
    assert.equal(
      shown(['-m', 'again', '-E', '-t', 'tmpfs'], 'umount again; stat -c "%F %a" again'),
      'directory 700\n',
    );
    assert.equal(
      shown(['-m', 'blank', '-f', '-s', 'source', '-Ob'], 'umount blank; stat -c "%F %a" blank'),
      'regular empty file 600\n',
    );
  });

  test('-E and -f take what is there; -x insists that nothing is', () => {
    mkdirSync(join(folder, 'a'));
    assert.match(shown(['-m', 'a', '-E', '-t', 'tmpfs']), /^a /);
    const { status, stderr } = mountSeq(['-m', 'a', '-E', '-x', '-t', 'tmpfs']);
    assert.deepEqual([status, stderr], [3, 'mkdir a: File exists\n']);
    writeFileSync(join(folder, 'f'), '');
    const file = mountSeq(['-m', 'f', '-fx', '-s', '/etc/passwd', '-Ob']);
    assert.deepEqual([file.status, file.stderr], [3, 'mknod f: File exists\n']);
    assert.match(shown(['-m', 'new', '-Ex', '-t', 'tmpfs']), /^new /);
  });

  test('-r mounts again: only so does a bind become read-only', () => {
    for (const name of ['a', 'b']) mkdirSync(join(folder, name));
    const bind = ['-s', 'a', '-Obo'];
    assert.match(shown(['-m', 'b', ...bind]), /^b rw,/);
    assert.match(shown(['-m', 'b', ...bind, '-r']), /^b ro,/);
  });

  const letters: Record<string, RegExp> = {
    a: /noatime/,
    c: /relatime/,
    d: /nodev/,
    o: /^a ro/,
    s: /nosuid/,
    t: /^a rw tmpfs/,
    x: /noexec/,
    w: /^a rw/,
    e: /^a rw/,
    q: /^a rw/,
    z: /^a rw/,
  };
  for (const [letter, expected] of Object.entries(letters)) {
    test(`-O${letter}`, () => {
      assert.match(shown(['-m', 'a', '-E', '-t', 'tmpfs', `-O${letter}`]), expected);
    });
  }

  test('-F: a flag by its number', () => {
    assert.match(shown(['-m', 'a', '-E', '-t', 'tmpfs', '-F', '1', '-F', '0x3']), /nosuid,noexec/);
  });

  test('-Ov binds what lies below too, -Om moves, and h, l, p, u change how mounts spread', () => {
    const base = ['-m', 'a', '-E', '-t', 'tmpfs', '-D', 'a/in', '-m', 'a/in', '-t', 'tmpfs'];
    assert.equal(
      shown([...base, '-m', 'b', '-E', '-s', 'a', '-Obv'], `${mounts} | grep -c ^b`),
      '2\n',
    );
    assert.equal(
      shown([...base, '-m', 'b', '-E', '-s', 'a', '-Ob'], `${mounts} | grep -c ^b`),
      '1\n',
    );
    assert.match(shown([...base, '-m', 'm', '-E', '-s', 'a', '-Om']), /^m rw[^]*\nm\/in /);
    const spread = `grep " $PWD/a " /proc/self/mountinfo | sed "s/ - .*//" | cut -d" " -f7-`;
    const one = base.slice(0, 5);
    for (const [letter, expected] of Object.entries({
      h: /^shared:/,
      p: /^$/,
      u: /^unbindable/,
      l: /^$/,
    })) {
      assert.match(shown([...one, '-m', 'a', `-O${letter}`], spread).trim(), expected);
    }
  });

  test('-Or changes the flags of a mount', () => {
    assert.match(shown(['-m', 'a', '-E', '-t', 'tmpfs', '-m', 'a', '-Oro']), /^a rw.*ro|^a ro/);
  });

  test('the source is /dev/null when not said', () => {
    const { status, stderr } = mountSeq(['-m', '.', '-t', 'no-such-fs']);
    assert.deepEqual([status, stderr], [3, 'Mounting /dev/null on . failed: No such device\n']);
  });
});

describe('-D, -u, -c, -l, -S', () => {
  test('-D makes a folder, of a mode whatever the umask, and -Oe takes one that is there', () => {
    const look = 'stat -c "%n %a" a b';
    assert.equal(shown(['-D', 'a', '-D', 'b', '-M', '1777'], look), 'a 700\nb 1777\n');
    const again = mountSeq(['-D', 'a']);
    assert.deepEqual([again.status, again.stderr], [3, 'mkdir a: File exists\n']);
    assert.equal(
      shown(['-D', 'a', '-Oe', '-M', '755', '-D', 'a', '-F', '0'], look),
      'a 700\nb 1777\n',
    );
  });

  test('-u unmounts; -Ol while it is busy, and nothing that is none', () => {
    const base = ['-m', 'a', '-E', '-t', 'tmpfs'];
    assert.equal(shown([...base, '-u', 'a']), '');
    assert.equal(
      shown([...base, '-c', 'a', '-u', `${folder}/a`, '-Ol'], `cd ${folder}; ${mounts}`),
      '',
    );
    const busy = mountSeq([...base, '-c', 'a', '-u', `${folder}/a`]);
    assert.deepEqual(
      [busy.status, busy.stderr],
      [3, `umount ${folder}/a: Device or resource busy\n`],
    );
    mkdirSync(join(folder, 'plain'));
    const plain = mountSeq(['-u', 'plain']);
    assert.deepEqual([plain.status, plain.stderr], [3, 'umount plain: Invalid argument\n']);
    assert.equal(shown([...base, '-u', 'a', '-On']), '');
    const young = mountSeq([...base, '-u', 'a', '-Ox']);
    assert.deepEqual(
      [young.status, young.stderr],
      [3, 'umount a: Resource temporarily unavailable\n'],
    );
  });

  test('-c changes where relative paths begin, for all that follows', () => {
    assert.equal(
      shown(['-D', 'a', '-c', 'a', '-D', 'b', '-S', 'pwd'], 'ls -d a/b'),
      `${folder}/a\na/b\n`,
    );
    const missing = mountSeq(['-c', 'missing', '-k']);
    assert.deepEqual(
      [missing.status, missing.stderr],
      [3, 'cd missing: No such file or directory\n'],
    );
    writeFileSync(join(folder, 'file'), '');
    assert.equal(mountSeq(['-c', 'file']).stderr, 'cd file: Not a directory\n');
  });

  test('-l makes a symbolic link', () => {
    assert.equal(shown(['-l', 'link', '-s', 'any where'], 'readlink link'), 'any where\n');
    const again = mountSeq(['-l', 'link', '-s', 'x', '-k']);
    assert.deepEqual([again.status, again.stderr], [3, 'symlink link to x: File exists\n']);
    const bare = mountSeq(['-D', 'a', '-l', 'b'], 'ls');
    assert.deepEqual([bare.status, bare.stdout], [3, 'a\nlink\n']);
    assert.equal(bare.stderr, '-l b needs -s, the text of the link\n');
  });

  test('-S runs by the shell, with the descriptors of the caller; its failure is one', () => {
    const script = 'exec 7<<A\nseven\nA\nctrtool mount_seq -S "cat <&7; env | grep -c NSKIT_"';
    const env = { ...process.env, PATH: pathWithCtrtool };
    assert.equal(run('sh', ['-c', script], { env }).stdout, 'seven\n0\n');
    assert.equal(mountSeq(['-S', 'exit 5']).status, 3);
    assert.equal(mountSeq(['-S', 'kill -9 $$']).status, 3);
    assert.equal(mountSeq(['-S', 'true']).status, 0);
  });

  test('-y waits for the disk', () => {
    assert.equal(shown(['-D', 'a', '-y', '-S', 'true', '-y'], 'ls'), 'a\n');
  });
});

describe('symbolic links', () => {
  test('in the path of a target are refused, whatever comes last, without -k', () => {
    mkdirSync(join(folder, 'real/in'), { recursive: true });
    symlinkSync('real', join(folder, 'link'));
    symlinkSync('real/in', join(folder, 'last'));
    const loop = (path: string): string =>
      `Checking ${path} for symlinks: Too many levels of symbolic links\n`;
    for (const path of ['link/in', 'last', 'link/../real']) {
      for (const step of [
        ['-m', path, '-t', 'tmpfs'],
        ['-u', path],
        ['-c', path],
      ]) {
        const { status, stderr } = mountSeq(step);
        assert.deepEqual([status, stderr], [3, loop(path)]);
      }
    }
    for (const step of [
      ['-D', 'link/new'],
      ['-l', 'link/new', '-s', 'x'],
      ['-m', 'link/new', '-E'],
    ]) {
      const { status, stderr } = mountSeq([...step]);
      assert.deepEqual([status, stderr], [3, loop('link/new')]);
    }
    assert.equal(mountSeq(['-m', 'last', '-E', '-t', 'tmpfs']).stderr, loop('last'));
    assert.match(shown(['-m', 'link/in', '-k', '-t', 'tmpfs']), /^real\/in /);
    assert.equal(shown(['-D', 'link/new', '-k', '-c', 'link', '-k'], 'ls real'), 'in\nnew\n');
  });

  test('in the path of a source are refused without -K', () => {
    mkdirSync(join(folder, 'a'));
    symlinkSync('/etc', join(folder, 'link'));
    const { status, stderr } = mountSeq(['-m', 'a', '-s', 'link', '-Ob']);
    assert.equal(status, 3);
    assert.equal(stderr, 'Checking link for symlinks: Too many levels of symbolic links\n');
    assert.match(shown(['-m', 'a', '-s', 'link', '-K', '-Ob'], 'ls a'), /^passwd$/m);
    const proc = ['-m', 'f', '-f', '-s', '/proc/self/ns/uts', '-K', '-Ob'];
    assert.match(shown(proc), /^f rw nsfs/);
  });

  test('what is missing, and what is no folder', () => {
    const missing = mountSeq(['-m', 'missing/in', '-t', 'tmpfs']);
    assert.equal(missing.stderr, 'Checking missing/in for symlinks: No such file or directory\n');
    writeFileSync(join(folder, 'file'), '');
    const file = mountSeq(['-D', 'file/in']);
    assert.deepEqual(
      [file.status, file.stderr],
      [3, 'Checking file/in for symlinks: Not a directory\n'],
    );
    const source = mountSeq(['-m', '.', '-s', 'missing', '-Ob']);
    assert.equal(source.stderr, 'Checking missing for symlinks: No such file or directory\n');
  });
});
