/** `ctrtool ns_open_file`: what is opened, where, and how the program finds it. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readlinkSync, rmSync } from 'node:fs';
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
let user: string;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nskit-open-file-'));
  held = await start('unshare', ['-Urn', 'sh', '-c', `ip link set lo up; ${waiting[2]}`]);
  [net = '', user = ''] = ['net', 'user'].map((kind) => `/proc/${held.pid}/ns/${kind}`);
});
after(async () => {
  await held[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const open = (...args: string[]): Ended => ctrtool(['ns_open_file', ...args]);

describe('the program', () => {
  test('takes our place, outside, and its exit code passes', () => {
    const script = 'echo $PPID; readlink /proc/self/ns/net; exit 7';
    const { status, stdout } = open('-nUN', net, 'sh', '-c', script);
    assert.equal(status, 7);
    assert.equal(stdout, `${process.pid}\n${readlinkSync('/proc/self/ns/net')}\n`);
    assert.equal(open('sh', '-c', 'kill -TERM $$').status, null);
  });

  test('finds the lowest numbers that its caller has not used, and no other file', () => {
    const call = ['ns_open_file', '-n', '-n', '-f', '-N', '/dev/null'];
    const list =
      'echo $CTRTOOL_NS_OPEN_FILE_FD_0 $CTRTOOL_NS_OPEN_FILE_FD_1 $CTRTOOL_NS_OPEN_FILE_FD_2; ls -m /proc/self/fd';
    const script = 'exec "$@" 4</dev/null';
    const { stdout } = run('sh', ['-c', script, 'sh', ctrtoolPath, ...call, 'sh', '-c', list]);
    const [numbers, fds] = stdout.split('\n');
    assert.equal(numbers, '3 5 6');
    const plain = run('sh', ['-c', 'exec ls -m /proc/self/fd 4</dev/null'])
      .stdout.trim()
      .split(', ');
    const more = (fds ?? '').split(', ').filter((fd) => !plain.includes(fd));
    assert.deepEqual(more.slice(0, 3), ['5', '6', '7'].slice(0, more.length));
  });

  test('one run by another keeps the descriptors of the first: -o counts on', () => {
    const second = ['ctrtool', 'ns_open_file', '-o', '1', '-n', '-t', 'udp'];
    const { stdout } = open('-n', ...second, 'python3', '-c', show);
    assert.match(stdout, /^0 AF_INET6 SOCK_STREAM .*\n1 AF_INET6 SOCK_DGRAM /);
    assert.match(shown('-o', '0x10', '-n')[0] ?? '', /^16 /);
  });

  test('without any request it is just run', () => {
    assert.equal(open('echo', 'ran').stdout, 'ran\n');
    assert.equal(open('--', 'echo', '-x').stdout, '-x\n');
  });
});

describe('-n', () => {
  test('a socket of the namespace: -U joins its owner, -N in a cluster', () => {
    const script =
      'import os, socket; s = socket.socket(fileno=int(os.environ["CTRTOOL_NS_OPEN_FILE_FD_0"])); s.bind(("::1", 80)); s.listen(1)';
    // Port 80, on a loopback that is another one than ours.
    const { status, stderr } = open('-nUN', net, 'python3', '-c', script);
    assert.equal(status, 0, stderr);
    assert.equal(open('-nN', net, '-U', '-6', '::1,80', '-l', '5', 'true').status, 0);
  });

  test('-d, -t and -p', () => {
    assert.deepEqual(shown('-n', '-d', 'inet', '-t', 'dgram'), [
      "0 AF_INET SOCK_DGRAM 17 ('0.0.0.0', 0) True",
    ]);
    const types = ['stream', 'tcp', 'udp', 'stream_nb', 'tcp_nb', 'dgram_nb', 'udp_nb'];
    const lines = shown(...types.flatMap((type) => ['-n', '-d', 'inet', '-t', type]));
    assert.deepEqual(
      lines.map((line) => [line.split(' ')[2], line.split(' ').at(-1)]),
      types.map((type) => [
        /stream|tcp/.test(type) ? 'SOCK_STREAM' : 'SOCK_DGRAM',
        type.endsWith('_nb') ? 'False' : 'True',
      ]),
    );
    assert.match(
      shown('-n', '-d', '2', '-t', '2', '-p', '17')[0] ?? '',
      /^0 AF_INET SOCK_DGRAM 17 /,
    );
    assert.match(shown('-n', '-dunix', '-tseqpacket')[0] ?? '', /AF_UNIX SOCK_SEQPACKET 0 {2}True/);
    assert.match(shown('-n', '-d', 'unix', '-t', 'seqpacket_nb')[0] ?? '', /False$/);
    assert.match(shown('-n', '-d', 'netlink', '-t', 'raw')[0] ?? '', /AF_NETLINK SOCK_RAW/);
    assert.match(
      shown('-nUN', net, '-d', 'packet', '-t', 'raw_nb', '-p', '0x300')[0] ?? '',
      /AF_PACKET SOCK_RAW .*False/,
    );
    assert.match(shown('-nUN', net, '-dinet', '-traw', '-picmp')[0] ?? '', /AF_INET SOCK_RAW 1 /);
    for (const [protocol, number] of [
      ['tcp', 6],
      ['ip', 6],
    ] as const) {
      assert.match(
        shown('-n', '-dinet', '-p', protocol)[0] ?? '',
        new RegExp(`SOCK_STREAM ${number}`),
      );
    }
    assert.match(shown('-n', '-tudp', '-pudp')[0] ?? '', /SOCK_DGRAM 17/);
  });

  test('-d vsock, where the kernel has it', () => {
    const { status, stderr } = open('-n', '-d', 'vsock', 'true');
    if (status !== 0) {
      const text = 'Failed to create file descriptor: Address family not supported by protocol\n';
      assert.deepEqual([status, stderr], [2, text]);
    }
  });

  test('-4 and -6 bind, with flags; -l listens', () => {
    const inside = (address: string, ...more: string[]): string[] => {
      const option = address.startsWith('1') ? '-4' : '-6';
      const domain = option === '-4' ? ['-d', 'inet'] : [];
      return shown('-nUN', net, ...domain, option, address, ...more);
    };
    assert.match(inside('127.0.0.1,80,aped:,ignored')[0] ?? '', /\('127.0.0.1', 80\)/);
    assert.match(inside('::,80,ao')[0] ?? '', /\('::', 80, 0, 0\)/);
    assert.match(inside('fe80::1,80,If,1')[0] ?? '', /\('fe80::1(%lo)?', 80, 0, 1\)/);
    assert.match(inside('fe80::1,80,f,lo')[0] ?? '', /\('fe80::1(%lo)?', 80, 0, 1\)/);
    assert.match(inside('192.0.2.1,80,t')[0] ?? '', /\('192.0.2.1', 80\)/);
  });

  test('each flag sets its option, and no other is set', () => {
    const options: Record<string, [level: string, name: string | number]> = {
      a: ['SOL_SOCKET', 'SO_REUSEADDR'],
      p: ['SOL_SOCKET', 'SO_REUSEPORT'],
      f: ['IPPROTO_IPV6', 78],
      t: ['IPPROTO_IPV6', 75],
      d: ['IPPROTO_TCP', 'TCP_DEFER_ACCEPT'],
      o: ['IPPROTO_IPV6', 'IPV6_V6ONLY'],
      e: ['IPPROTO_TCP', 'TCP_NODELAY'],
    };
    const python = `import os, socket
s = socket.socket(fileno=int(os.environ["CTRTOOL_NS_OPEN_FILE_FD_0"]))
print("".join(k for k, l, n in [${Object.entries(options)
      .map(
        ([k, [level, name]]) =>
          `("${k}", socket.${level}, ${typeof name === 'string' ? `socket.${name}` : name})`,
      )
      .join(', ')}] if s.getsockopt(l, n)))`;
    for (const flag of ['', ...Object.keys(options), 'apo']) {
      const { stdout, stderr } = open('-nUN', net, '-6', `::,80,:${flag}`, 'python3', '-c', python);
      assert.equal(stdout.trim().split('').sort().join(''), flag.split('').sort().join(''), stderr);
    }
    // O: IPv4 too, whatever the namespace's default is.
    const both = open('-nUN', net, '-6', '::,80,O', 'python3', '-c', python);
    assert.equal(both.stdout.trim(), '');
  });

  test('-P: a Unix path, or an abstract name, which belongs to the namespace', () => {
    const path = join(folder, 'socket');
    assert.match(shown('-n', '-dunix', '-P', path, '-l1')[0] ?? '', new RegExp(`${path} True$`));
    assert.match(shown('-nUN', net, '-dunix', '-P', '@name')[0] ?? '', /b'\\x00name' True$/);
    assert.equal(existsSync(path), true);
  });

  test('-l: the backlog, which Node itself would set again', async () => {
    const child = spawn(ctrtoolPath, [
      ...['ns_open_file', '-nN', net, '-U', '-6', '::,81,a', '-l', '4096'],
      ...['sh', '-c', 'echo ready; read end'],
    ]);
    await once(child.stdout, 'data');
    const { stdout } = run('nsenter', [
      `--user=${user}`,
      `--net=${net}`,
      '--preserve-credentials',
      'ss',
      '-Hltn',
      'sport',
      '=',
      '81',
    ]);
    assert.match(stdout, /LISTEN +0 +4096 /);
    await ended(child);
  });
});

async function ended(child: ChildProcess): Promise<void> {
  child.stdin?.end();
  await once(child, 'close');
}

describe('-A', () => {
  test('a new network namespace owned as the named one is', () => {
    const python = `import fcntl, os, socket
fd = int(os.environ["CTRTOOL_NS_OPEN_FILE_FD_0"])
ns = fcntl.ioctl(fd, 0x894c); owner = fcntl.ioctl(ns, 0xb701)
print(os.readlink("/proc/self/fd/%d" % ns), os.readlink("/proc/self/fd/%d" % owner))`;
    for (const args of [
      ['-nAN', net],
      ['-nAUN', user],
    ]) {
      const { stdout, stderr } = open(...args, '-6', '::,80', 'python3', '-c', python);
      const [made, owner] = stdout.trim().split(' ');
      assert.equal(owner, readlinkSync(user), stderr);
      assert.match(made ?? '', /^net:/);
      assert.ok(![readlinkSync(net), readlinkSync('/proc/self/ns/net')].includes(made ?? ''));
    }
  });

  test('needs somebody to own it', () => {
    const { status, stderr } = open('-nA', 'true');
    assert.deepEqual([status, stderr], [2, 'setns: Operation not permitted\n']);
    const wrong = open('-nAUN', net, 'true');
    assert.deepEqual([wrong.status, wrong.stderr], [2, 'CLONE_NEWUSER: Invalid argument\n']);
  });
});
