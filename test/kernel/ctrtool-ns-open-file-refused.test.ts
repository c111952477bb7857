/** `ctrtool ns_open_file`: what is refused, with which words and which exit status. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ctrtool } from '../support/ctrtool.js';
import { run, start, waiting, type Ended, type Running } from '../support/nskit.js';

let held: Running;
let folder: string;
let net: string;
let user: string;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nskit-refused-'));
  held = await start('unshare', ['-Urnm', ...waiting]);
  [net = '', user = ''] = ['net', 'user'].map((kind) => `/proc/${held.pid}/ns/${kind}`);
});
after(async () => {
  await held[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const open = (...args: string[]): Ended => ctrtool(['ns_open_file', ...args]);
const ran = ['sh', '-c', 'echo ran'];

/** The program has not run. */
function refused(args: readonly string[], expected: { status: number; stderr: string }): void {
  assert.deepEqual(open(...args, ...ran), { ...expected, stdout: '' });
}

describe('a request that fails: 2', () => {
  const fails = (args: readonly string[], message: string): void =>
    refused(args, { status: 2, stderr: `${message}\n` });

  test('a namespace that is not there', () => {
    fails(['-nN', '/no/such'], 'open namespace: No such file or directory');
    fails(['-nN', '/proc/1/ns/net'], 'open namespace: Permission denied');
    fails(['-n', '-i', '5'], 'open namespace: Bad file descriptor');
  });

  test('a file that is no namespace, without waiting for who would write to it', () => {
    writeFileSync(join(folder, 'file'), '');
    run('mkfifo', [join(folder, 'fifo')]);
    for (const path of ['file', 'fifo'].map((name) => join(folder, name))) {
      fails(['-nN', path], `Namespace file ${path} is not NSFS_MAGIC`);
    }
  });

  test('a namespace of another owner, without -U', () => {
    fails(['-nN', net], 'setns: Operation not permitted');
    fails(['-mN', `/proc/${held.pid}/ns/mnt`], 'setns: Operation not permitted');
  });

  test('a namespace of another kind', () => {
    fails(['-nUN', `/proc/${held.pid}/ns/mnt`], 'setns: Invalid argument');
    fails(['-mUN', net], 'setns: Invalid argument');
    fails(['-nUN', user], 'setns: Invalid argument');
  });

  test('an owner that is out of reach', () => {
    fails(['-nUN', '/proc/self/ns/user'], 'NS_GET_USERNS: Operation not permitted');
  });

  test('a socket that cannot be made', () => {
    fails(
      ['-nUN', net, '-d', 'inet', '-p', '200'],
      'Failed to create socket: Protocol not supported',
    );
    fails(
      ['-nUN', net, '-d', '200'],
      'Failed to create socket: Address family not supported by protocol',
    );
    fails(['-n', '-t', 'raw'], 'Failed to create file descriptor: Protocol not supported');
  });

  test('one that cannot be bound', () => {
    const cannot = 'Failed to create file descriptor: Cannot assign requested address';
    fails(['-nUN', net, '-6', '2001:db8::1,80'], cannot);
    fails(
      ['-nUN', net, '-6', 'fe80::1,80,:,eth7'],
      'Failed to create file descriptor: No such device',
    );
    fails(['-n', '-6', '::1,80'], 'Failed to create file descriptor: Permission denied');
    fails(['-n', '-d', 'inet', '-P', '@x'], 'Failed to create file descriptor: Invalid argument');
    fails(
      ['-n', '-t', 'udp', '-l', '5'],
      'Failed to create file descriptor: Operation not supported',
    );
  });

  test('an address that is in use, by a request before it', () => {
    const same = ['-nUN', net, '-6', '::,80', '-l', '1'];
    fails([...same, ...same], 'Failed to create file descriptor: Address already in use');
  });

  test('a file that is not there', () => {
    const mnt = ['-mUN', `/proc/${held.pid}/ns/mnt`];
    fails(
      [...mnt, '-P', '/no/such'],
      'Failed to open /no/such in mount namespace: No such file or directory',
    );
    fails(
      [...mnt, '-d', '9999', '-P', 'x'],
      'Failed to open x in mount namespace: Bad file descriptor',
    );
    fails(['-m', '-P', '/no/such'], 'Failed to create file descriptor: No such file or directory');
    fails(['-f'], 'Failed to create file descriptor: Bad file descriptor');
  });
});

describe('a program that cannot be run: 127', () => {
  test('is not there, or no program', () => {
    const missing = open('-n', 'no-such-program');
    assert.deepEqual(
      [missing.status, missing.stderr],
      [127, 'execvp(): No such file or directory\n'],
    );
    const plain = open('-n', '/etc/passwd');
    assert.deepEqual([plain.status, plain.stderr], [127, 'execvp(): Permission denied\n']);
  });
});

describe('a bad command line: 1', () => {
  const cases: [args: string[], message: string][] = [
    [['-Z'], "ns_open_file: invalid option -- 'Z'"],
    [['-n', '-A', '-x'], "ns_open_file: invalid option -- 'x'"],
    [['--help-me'], "ns_open_file: invalid option -- '-'"],
    ...'NUAdtplMPOR46si2'
      .split('')
      .map((letter): [string[], string] => [
        ['UA2'.includes(letter) ? `-${letter}` : `-${letter}1`],
        `-${letter} may not be used before -m, -n, -T, or -f`,
      ]),
    [['-m', '-A'], '-A may only be used with -n'],
    [['-T', '-d', 'inet'], '-d may only be used with -m or -n'],
    [['-m', '-t', 'udp'], '-t may only be used with -n'],
    [['-m', '-p', 'udp'], '-p may only be used with -n'],
    [['-f', '-l', '1'], '-l may only be used with -n'],
    [['-m', '-4', '1.2.3.4,5'], '-4 may only be used with -n'],
    [['-m', '-6', '::,5'], '-6 may only be used with -n'],
    [['-T', '-P', '/x'], '-P may only be used with -m or -n'],
    [['-n', '-O', 'rdonly'], '-O may only be used with -m'],
    [['-n', '-R', 'beneath'], '-R may only be used with -m'],
    [['-n', '-2'], '-2 may only be used with -m'],
    [['-n', '-M', '600'], '-M may only be used with -m or -T'],
    [['-m', '-M', 'x'], 'x is no mode: octal digits'],
    [['-n', '-6', '::'], '::'],
    [['-n', '-6', '::,80,q'], '::,80,q: no address has a flag q'],
    [['-n', '-4', '1.2.3.4,5', '-P', '/x'], '-P: this request is bound already'],
    [['-n', '-P', '/x', '-6', '::,5'], '-6: this request is bound already'],
    [['-n', '-P', 'p'.repeat(108)], 'p'.repeat(108)],
    [['-n', '-l', 'many'], '-l many: it is a whole number'],
    [['-n', '-l', '2147483648'], '-l 2147483648: the number is too large'],
    [['-n', '-d', 'ipx'], '-d ipx: it is one of inet, '],
    [['-n', '-t', 'packet'], '-t packet: it is one of stream, '],
    [['-n', '-p', 'sctp'], '-p sctp: it is one of icmp, '],
    [['-m', '-O', 'what'], '-O what: it is one of append, '],
    [['-m', '-R', '5'], '-R 5: it is one of beneath, '],
    [['-m', '-d', ':NO_SUCH'], '-d :NO_SUCH: the variable NO_SUCH holds no file descriptor'],
    [['-n', '-L', '0,5'], '-L comes before the first request'],
    [['-L', '0'], '-L 0: it is REGISTER,SPEC'],
    [['-L', '8,5'], 'there is no register 8, only 0 to 7'],
    [['-L', 'x,5'], 'there is no register x, only 0 to 7'],
    [['-L', '0,/no/such'], '-L /no/such: ENOENT'],
    [['-n', '-s', '9'], 'there is no register 9, only 0 to 7'],
    [['-n', '-s', '1,x'], '-s has no flag x'],
    [['-n', '-s1', '-s2'], '-s: one register for each request'],
    [['-n', '-i', '1,x'], '-i has no flag x'],
    [['-n', '-i1', '-i2'], '-i: one register for each request'],
    [['-o', 'x'], '-o x: it is a whole number'],
  ];
  for (const [args, message] of cases) {
    test(args.join(' ').slice(0, 60), () => {
      const { status, stdout, stderr } = open(...args, ...ran);
      assert.deepEqual([status, stdout], [1, '']);
      assert.ok(stderr.startsWith(message) && stderr.endsWith('\n'), stderr);
      assert.equal(stderr.split('\n').length, 2);
    });
  }

  test('an option without its value', () => {
    const { status, stderr } = open('-n', '-d');
    assert.deepEqual([status, stderr], [1, "ns_open_file: option requires an argument -- 'd'\n"]);
  });

  test('no program', () => {
    assert.deepEqual(open('-n'), {
      status: 1,
      stdout: '',
      stderr: 'ns_open_file: no program to run\n',
    });
  });
});
