/** `ctrtool ns_open_file`: files, devices, and registers. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  ctrtool,
  ctrtoolPath,
  openedBy as shown,
  showDescriptors as show,
} from '../support/ctrtool.js';
import { run, start, waiting, type Ended, type Running } from '../support/nskit.js';

/** A process with namespaces of its own, in which 0 is us. */
let held: Running;
let folder: string;
let net: string;
let mnt: string;
let user: string;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nskit-open-file-'));
  mkdirSync(join(folder, 'inner'));
  const set = `ip link set lo up; mount -t tmpfs none ${folder}/inner; echo inside > ${folder}/inner/file`;
  held = await start('unshare', ['-Urnm', 'sh', '-c', `${set}; ${waiting[2]}`]);
  [net = '', mnt = '', user = ''] = ['net', 'mnt', 'user'].map((k) => `/proc/${held.pid}/ns/${k}`);
});
after(async () => {
  await held[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const open = (...args: string[]): Ended => ctrtool(['ns_open_file', ...args]);

describe('-m', () => {
  const file = (): string => join(folder, 'inner/file');

  test('the root directory of a mount namespace, as a place to begin at', () => {
    const script = `cat /proc/self/fd/$CTRTOOL_NS_OPEN_FILE_FD_0${folder}/inner/file`;
    assert.equal(open('-mUN', mnt, 'sh', '-c', script).stdout, 'inside\n');
    assert.equal(existsSync(file()), false);
  });

  test('-P: a file in it; -O and -M: how it is opened', () => {
    const read = 'cat <&$CTRTOOL_NS_OPEN_FILE_FD_0';
    assert.equal(open('-mUN', mnt, '-P', file(), 'sh', '-c', read).stdout, 'inside\n');
    const made = `${folder}/inner/made`;
    const flags = ['wronly', 'creat', 'excl'].flatMap((flag) => ['-O', flag]);
    const write = 'echo content >&$CTRTOOL_NS_OPEN_FILE_FD_0';
    assert.equal(open('-mUN', mnt, '-P', made, ...flags, '-M', '640', 'sh', '-c', write).status, 0);
    const look = `stat -c %a ${made}; cat ${made}`;
    const { stdout } = run('nsenter', [
      `--user=${user}`,
      `--mount=${mnt}`,
      '--preserve-credentials',
      'sh',
      '-c',
      look,
    ]);
    assert.equal(stdout, '640\ncontent\n');
    const again = open('-mUN', mnt, '-P', made, ...flags, 'true');
    assert.deepEqual(
      [again.status, again.stderr],
      [2, `Failed to open ${made} in mount namespace: File exists\n`],
    );
  });

  test('every word of -O', () => {
    const path = join(folder, 'plain');
    writeFileSync(path, '');
    const words: Record<string, string[]> = {
      '/dev/null': ['append', 'nonblock', 'noctty', 'rdonly', 'rdwr', 'wronly', 'path', 'async'],
      [path]: ['sync', 'dsync', 'nofollow', 'trunc', 'noatime', 'create', 'creat'],
      [folder]: ['directory'],
    };
    for (const [target, flags] of Object.entries(words)) {
      for (const flag of flags) {
        assert.equal(open('-m', '-P', target, '-O', flag, 'true').status, 0, flag);
      }
    }
    const temporary = ['-m', '-P', folder, '-O', 'tmpfile', '-O', 'rdwr'];
    const { stdout } = open(
      ...temporary,
      'sh',
      '-c',
      'readlink /proc/self/fd/$CTRTOOL_NS_OPEN_FILE_FD_0',
    );
    assert.match(stdout, /\(deleted\)$/m);
    assert.equal(open('-m', '-P', '/dev/null', '-O', '0x1', 'sh', '-c', 'echo x >&3').status, 0);
    assert.equal(open('-m', '-P', path, '-O', 'direct', 'true').status, 0);
  });

  test('-d: where a relative path begins', () => {
    writeFileSync(join(folder, 'here'), 'here\n');
    const read = 'cat <&$CTRTOOL_NS_OPEN_FILE_FD_0';
    const script = `cd ${folder}; exec "$@"`;
    const call = ['-c', script, 'sh', ctrtoolPath, 'ns_open_file', '-m', '-d', 'cwd', '-P', 'here'];
    assert.equal(run('sh', [...call, 'sh', '-c', read]).stdout, 'here\n');
    assert.equal(open('-m', '-d', folder, '-P', 'here', 'sh', '-c', read).stdout, 'here\n');
    const variable = `exec 9<${folder}; export DIR=9; exec "$@"`;
    const by = [
      '-c',
      variable,
      'sh',
      ctrtoolPath,
      'ns_open_file',
      '-m',
      '-d',
      ':DIR',
      '-P',
      'here',
    ];
    assert.equal(run('sh', [...by, 'sh', '-c', read]).stdout, 'here\n');
  });

  test('-R and -2: what the path may lead through', () => {
    const cases: [how: string, path: string, text: string | undefined][] = [
      ['beneath', '..', 'Invalid cross-device link'],
      ['beneath_magiclinks', '..', 'Invalid cross-device link'],
      ['in_root', '/etc', 'No such file or directory'],
      ['in_root_magiclinks', '..', undefined],
      ['no_symlinks', '/proc/self', 'Too many levels of symbolic links'],
      ['no_magiclinks', '/proc/self/cwd', 'Too many levels of symbolic links'],
      ['no_xdev', '/proc/self', 'Invalid cross-device link'],
    ];
    for (const [how, path, text] of cases) {
      const { status, stderr } = open('-m', '-d', folder, '-R', how, '-P', path, 'true');
      assert.equal(status, text === undefined ? 0 : 2, how);
      if (text !== undefined) assert.equal(stderr, `Failed to create file descriptor: ${text}\n`);
    }
    assert.equal(open('-m', '-2', '-P', '/dev/null', 'true').status, 0);
  });
});

describe('-T and -f', () => {
  test('-T: the tun device file, opened in the namespace', () => {
    const python = `import fcntl, os, struct
fd = int(os.environ["CTRTOOL_NS_OPEN_FILE_FD_0"])
fcntl.ioctl(fd, 0x400454ca, struct.pack("16sH22x", b"tap7", 0x1002))
print(open("/proc/net/dev").read().count("tap7"))`;
    const { status, stdout, stderr } = open('-TUN', net, 'python3', '-c', python);
    assert.deepEqual([status, stdout], [0, '0\n'], stderr);
    assert.deepEqual(shown('-T', '-M', '/dev/null'), ['0 /dev/null']);
    const missing = open('-TUN', net, '-M', '/no/such', 'true');
    assert.equal(
      missing.stderr,
      'Failed to open /no/such in mount namespace: No such file or directory\n',
    );
  });

  test('-f: the file that -N names, whatever it is', () => {
    assert.deepEqual(shown('-fN', '/etc/passwd'), ['0 /etc/passwd']);
    assert.deepEqual(shown('-fN', net), [`0 ${readlinkSync(net)}`]);
    const missing = open('-fN', '/no/such', 'true');
    assert.deepEqual([missing.status, missing.stderr], [2, 'open: No such file or directory\n']);
  });
});

describe('registers', () => {
  test('-L loads one, -i takes a namespace or a directory from it', () => {
    const script = `exec 8<${net} 9<${folder}; export DIR=9; exec "$@"`;
    const call = ['-c', script, 'sh', ctrtoolPath, 'ns_open_file', '-L0,8', '-L', '7,:DIR'];
    const args = ['-n', '-i0', '-U', '-6', '::1,90', '-m', '-i', '7,d', '-P', 'inner'];
    const { stdout, stderr } = run('sh', [...call, ...args, 'python3', '-c', show]);
    assert.match(stdout, /^0 AF_INET6 .*'::1', 90.*\n1 .*\/inner\n$/, stderr);
    const path = ['-L', `1,${net}`, '-n', '-i', '1,n', '-U', '-6', '::1,90'];
    assert.match(shown(...path)[0] ?? '', /'::1', 90/);
  });

  test('-s stores a result for a later request; with "i" the program does not get it', () => {
    const args = ['-fN', net, '-s', '3,i', '-n', '-i3', '-U', '-6', '::1,91', '-fN', folder, '-s2'];
    const lines = shown(...args, '-m', '-i2,d', '-P', 'inner');
    assert.equal(lines[0], '0 -1');
    assert.match(lines[1] ?? '', /'::1', 91/);
    assert.equal(lines[2], `2 ${folder}`);
    assert.equal(lines[3], `3 ${folder}/inner`);
  });
});
