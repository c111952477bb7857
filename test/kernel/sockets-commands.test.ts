/** `nskit listen` and `nskit connect`, as commands. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import type { NamedNamespace } from '../../src/index.js';
import { makeLab, ownNetwork, turn, type Lab } from '../support/lab.js';
import { nskit, nskitPath, run, type Ended } from '../support/nskit.js';

let lab: Lab;
let inside: NamedNamespace;
before(async () => {
  lab = await makeLab('commands');
  inside = lab.name;
});
after(async () => {
  await lab[Symbol.asyncDispose]();
});

const listen = (...args: string[]): Ended => nskit(['listen', 'commands', ...args]);

describe('nskit listen', () => {
  const show = `
import os, socket
print(os.readlink("/proc/self/ns/net"))
print(os.environ["LISTEN_PID"] == str(os.getpid()), os.environ["LISTEN_FDNAMES"])
for i in range(int(os.environ["LISTEN_FDS"])):
    fd = int(os.environ["NSKIT_FD_%d" % i])
    s = socket.socket(fileno=fd)
    print(fd, s.family.name, s.type.name, s.getsockname(), s.getblocking())`;

  test('hands sockets of the namespace to a program outside it', () => {
    const path = join(lab.folder, 'cli.sock');
    const addresses = [
      'tcp://[::]:80?backlog=4096&name=web',
      'udp://0.0.0.0:53?name=dns',
      `unix://${path}`,
      'unix://@abstract',
      'tcp://127.0.0.1:81?no-delay&reuse-port',
    ];
    const { status, stdout, stderr } = listen(...addresses, '--', 'python3', '-c', show);
    assert.equal(status, 0, stderr);
    assert.deepEqual(stdout.trim().split('\n'), [
      ownNetwork(),
      'True web:dns:unknown:unknown:unknown',
      "3 AF_INET6 SOCK_STREAM ('::', 80, 0, 0) True",
      "4 AF_INET SOCK_DGRAM ('0.0.0.0', 53) True",
      `5 AF_UNIX SOCK_STREAM ${path} True`,
      "6 AF_UNIX SOCK_STREAM b'\\x00abstract' True",
      "7 AF_INET SOCK_STREAM ('127.0.0.1', 81) True",
    ]);
  });

  test('the program takes Node’s place: same pid, no other descriptor than it would have', () => {
    // No pipe in it, because the shell might still hold an end of one when ls looks.
    const files = ['sh', '-c', 'echo $$ $PPID; ls /proc/$$/fd'];
    const lines = (text: string): string[] => text.trim().split('\n');
    const plain = lines(run('sh', files.slice(1)).stdout);
    const [pids, ...fds] = lines(listen('tcp://:80', 'tcp://:81', '--', ...files).stdout);
    assert.equal(pids?.split(' ')[1], String(process.pid));
    const more = fds.filter((fd) => !plain.includes(fd));
    assert.deepEqual(more, ['3', '4']);
  });

  test('many sockets: more than Node has files open', () => {
    const addresses = Array.from({ length: 60 }, (_, i) => `tcp://127.0.0.1:${i + 1}?name=n${i}`);
    const count = 'echo $LISTEN_FDS $NSKIT_FD_59; ls -l /proc/$$/fd | grep -c "socket:"';
    const { stdout, stderr } = listen(...addresses, '--', 'sh', '-c', count);
    assert.match(stdout, /^60 62\n6\d\n$/, stderr);
    assert.equal(listen(...addresses, '--', 'no-such-program').status, 127);
  });

  test('Node serves on NSKIT_FD_0 with the backlog it names', async () => {
    const code = `require('node:http').createServer((_, r) => r.end('served'))
      .listen({ fd: Number(process.env.NSKIT_FD_0) }, 4096, () => console.log('ready'));`;
    const argv = ['listen', 'commands', 'tcp://:80', '--', process.execPath, '-e', code];
    const server = spawn(nskitPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(server.stdout, 'data');
    const ss = inside.spawn(['ss', '-Hltn'], { stdio: ['ignore', 'pipe', 'inherit'] });
    assert.match(await text(ss.stdout ?? assert.fail()), /LISTEN +0 +4096 +\*:80 /);
    await ss.exit;
    const request = nskit(['connect', 'commands', 'localhost:80'], {
      input: 'GET / HTTP/1.0\r\n\r\n',
    });
    assert.match(request.stdout, /served$/);
    server.kill();
    await once(server, 'close');
    await turn();
  });

  test('exit statuses: the program’s, and env(1)’s for ours', () => {
    assert.equal(listen('tcp://:80', '--', 'sh', '-c', 'exit 7').status, 7);
    assert.equal(listen('tcp://:80', '--', 'no-such-program').status, 127);
    assert.equal(listen('tcp://:80', '--', '/etc/passwd').status, 126);
    assert.equal(nskit(['listen', 'nobody', 'tcp://:80', '--', 'true']).status, 125);
  });

  const refused: Record<string, RegExp> = {
    'tcp://:65536': /a port is a whole number from 0 to 65535/,
    'tcp://:80?backlog=-1': /backlog is a whole number/,
    'tcp://:80?backlog=4294967295': /a backlog is a whole number from 0 to 2147483647/,
    'tcp://:80?colour=red': /unknown option colour/,
    'tcp://:80?transparent=maybe': /transparent is yes or no/,
    'tcp://example.test:80': /no IP address/,
    'tcp://': /not HOST:PORT/,
    'udp://:53?backlog=1': /udp has no backlog/,
    'http://:80': /no address to listen on/,
    '80': /no address to listen on/,
    [`unix:///${'p'.repeat(107)}`]: /at most 107 bytes, not 108/,
    'tcp://192.0.2.1:80': /EADDRNOTAVAIL/,
    'tcp://:80?name=a%3Ab': /no name for a socket/,
  };
  for (const [address, message] of Object.entries(refused)) {
    test(`refused: ${address}`, () => {
      const { status, stdout, stderr } = listen(address, '--', 'echo', 'run');
      assert.match(stderr, message);
      assert.deepEqual([status, stdout], [125, '']);
    });
  }

  test('without a program, or without an address', () => {
    for (const args of [['tcp://:80'], ['tcp://:80', '--'], ['--', 'true']]) {
      const { status, stderr } = listen(...args);
      assert.equal(status, 125);
      assert.match(stderr, /hint: /);
    }
  });

  test('descriptors exhausted halfway: the program does not run', () => {
    const addresses = Array.from({ length: 100 }, (_, i) => `tcp://:${i + 1}`);
    // Node raises the soft limit to the hard one.
    const command = `ulimit -n 70; exec "$0" listen commands ${addresses.join(' ')} -- echo run`;
    const { status, stdout, stderr } = run('sh', ['-c', command, nskitPath]);
    assert.deepEqual([status, stdout], [125, '']);
    assert.match(stderr, /EMFILE/);
  });

  test('--dry-run says what would be done', () => {
    const { status, stdout } = listen('--dry-run', 'tcp://:80?name=web', '--', 'server');
    assert.equal(status, 125, 'an option after the name is an address');
    assert.equal(stdout, '');
    const { stdout: steps } = nskit(['listen', '--dry-run', 'commands', 'tcp://:80', '--', 'cmd']);
    for (const sentence of ['join the network namespace', 'listen on [::]:80', 'run cmd']) {
      assert.ok(steps.includes(sentence), steps);
    }
  });
});

describe('nskit connect', () => {
  const connect = (address: string, input = ''): Ended =>
    nskit(['connect', 'commands', address], { input });

  /** Runs the command beside a server of this process, to its end. */
  async function beside(address: string, input: string): Promise<Ended> {
    const child = spawn(nskitPath, ['connect', 'commands', address]);
    child.stdin.end(input);
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    if (child.exitCode === null) await once(child, 'exit');
    await turn();
    return { status: child.exitCode, stdout, stderr };
  }

  const shouting = (): net.Server =>
    net.createServer({ allowHalfOpen: true }, (socket) => {
      let said = '';
      socket.on('data', (chunk) => (said += String(chunk)));
      socket.on('end', () => socket.end(said.toUpperCase()));
    });

  async function closed(server: net.Server): Promise<void> {
    server.close();
    await once(server, 'close');
    await turn();
  }

  test('input goes there, the end of it too, and the answer comes back', async () => {
    const server = shouting().listen(await inside.listen({ port: 80 }));
    for (const address of ['127.0.0.1:80', '[::1]:80', 'localhost:80', ':80', 'tcp://[::1]:80']) {
      assert.deepEqual(await beside(address, 'hello\n'), {
        status: 0,
        stdout: 'HELLO\n',
        stderr: '',
      });
    }
    const large = 'x'.repeat(3_000_000);
    const { stdout } = await beside('127.0.0.1:80', large);
    assert.equal(stdout.length, large.length);
    await closed(server);
  });

  test('Unix sockets', async () => {
    const path = join(lab.folder, 'connect.sock');
    for (const [where, address] of [
      [path, `unix://${path}`],
      ['\0shout', 'unix://@shout'],
    ] as const) {
      const server = shouting().listen(await inside.listen({ path: where }));
      assert.equal((await beside(address, 'unix')).stdout, 'UNIX');
      await closed(server);
    }
  });

  test('ends when the other side does, though input stays open', async () => {
    const server = net.createServer((socket) => socket.end('bye\n'));
    server.listen(await inside.listen({ port: 80 }));
    const child = spawn(nskitPath, ['connect', 'commands', ':80'], { stdio: 'pipe' });
    assert.equal(await text(child.stdout), 'bye\n');
    if (child.exitCode === null) await once(child, 'exit');
    assert.equal(child.exitCode, 0);
    child.stdin.destroy();
    child.stderr.destroy();
    await closed(server);
  });

  test('a connection that breaks is status 1', async () => {
    const server = net.createServer((socket) => socket.resetAndDestroy());
    server.listen(await inside.listen({ port: 80 }));
    const { status, stderr } = await beside('127.0.0.1:80', '');
    assert.equal(status, 1);
    assert.match(stderr, /ECONNRESET/);
    await closed(server);
  });

  test('no connection is status 1, bad usage 2', () => {
    const { status, stderr } = connect('127.0.0.1:9');
    assert.equal(status, 1);
    assert.match(stderr, /connect to 127\.0\.0\.1:9: connect failed with ECONNREFUSED/);
    for (const address of ['nowhere', '127.0.0.1:', ':99999', 'unix://']) {
      assert.equal(connect(address).status, 2, address);
    }
    assert.equal(nskit(['connect', 'commands']).status, 2);
    assert.equal(nskit(['connect', '--timeout', 'soon', 'commands', ':80']).status, 2);
  });
});

test('both have examples in their help', () => {
  for (const command of ['listen', 'connect']) {
    const { status, stdout } = nskit([command, '--help']);
    assert.equal(status, 0);
    assert.match(stdout, /\nExamples:\n {2}nskit /);
  }
});
