/**
 * What a program in an isolated namespace cannot do. Each test shows the same attempt where it
 * succeeds (in a plain namespace, whose programs are the user, or on the host), so that it can fail.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { subordinateIds } from '../../src/namespaces/index.js';
import {
  probe,
  probeWith,
  scene,
  waitInside,
  type Inside,
  type Scene,
  type Where,
} from '../support/isolated.js';
import { nskitPath, start } from '../support/nskit.js';

let here: Scene;
/** A process of the user's own, in the base user namespace. */
let victim: Inside;
before(async () => {
  here = await scene();
  victim = await waitInside('plain');
});
after(async () => {
  victim.kill('SIGKILL');
  await here[Symbol.asyncDispose]();
});

describe('the user’s processes', () => {
  test('cannot be signalled by their pid', () => {
    const kill = 'probe(lambda: os.kill(int(sys.argv[1]), 0))';
    assert.equal(probe('plain', kill, victim.pid), 'done');
    assert.equal(probe('iso', kill, victim.pid), 'ESRCH');
  });

  test('cannot be signalled by a pidfd that leaked in', () => {
    const kill = 'probe(lambda: signal.pidfd_send_signal(0, 0))';
    assert.equal(probeWith('plain', 'os.pidfd_open(pid)', kill, victim.pid), 'done');
    assert.equal(probeWith('iso', 'os.pidfd_open(pid)', kill, victim.pid), 'EINVAL');
  });

  test('cannot be signalled as members of the process group', () => {
    const script = 'os.kill(0, signal.SIGKILL)';
    // It kills itself; the launcher, which is in the group and the user's, lives to say so.
    assert.throws(() => probe('iso', script), /the probe failed/);
    const status = probe(
      'host',
      'import subprocess\nos.setsid()\n' +
        'print(subprocess.run(sys.argv[1:], preexec_fn=lambda: os.setpgid(0, 0)).returncode)',
      ...[nskitPath, 'exec', 'iso', 'sh', '-c', 'kill -9 0'],
    );
    assert.equal(status, '137');
  });

  test('cannot be traced', () => {
    const trace = 'probe(lambda: c("ptrace", 0x4206, int(sys.argv[1]), 0, 0))';
    assert.equal(probe('plain', trace, victim.pid), 'done');
    assert.equal(probe('iso', trace, victim.pid), 'ESRCH');
  });

  test('keep their files, even from who holds a pidfd', () => {
    const take = 'probe(lambda: c("syscall", 438, 0, 1, 0))';
    assert.equal(probeWith('plain', 'os.pidfd_open(pid)', take, victim.pid), 'done');
    assert.equal(probeWith('iso', 'os.pidfd_open(pid)', take, victim.pid), 'EPERM');
  });

  test('keep their namespaces: none is to be seen, and none can be entered through an fd', () => {
    const look = 'probe(lambda: os.stat("/proc/" + sys.argv[1] + "/ns"))';
    assert.equal(probe('plain', look, victim.pid), 'done');
    assert.equal(probe('iso', look, victim.pid), 'ENOENT');
    const enter = 'probe(lambda: c("setns", 0, 0))';
    const theirs = (kind: string): string => `os.open(f"/proc/{pid}/ns/${kind}", os.O_RDONLY)`;
    assert.equal(probeWith('plain', theirs('net'), enter, victim.pid), 'done');
    assert.equal(probeWith('iso', theirs('net'), enter, victim.pid), 'EPERM');
    assert.equal(probeWith('iso', theirs('user'), enter, victim.pid), 'EPERM');
  });

  test('stay unseen: only its own are in /proc', () => {
    const count = 'print(len([name for name in os.listdir("/proc") if name.isdigit()]))';
    assert.equal(probe('iso', count), '2');
    assert.notEqual(probe('plain', count), '2');
  });
});

describe('the user’s sockets', () => {
  const connect = 'probe(lambda: socket.socket(socket.AF_UNIX).connect(sys.argv[1]))';

  for (const place of ['runtime', 'temporary', 'home'] as const) {
    test(`cannot be reached in the ${place} directory`, async (t) => {
      const path = join(here[place], 'socket');
      const server = createServer().listen(path);
      t.after(() => server.close());
      await once(server, 'listening');
      chmodSync(path, 0o777);
      assert.equal(probe('plain', connect, path), 'done');
      assert.equal(probe('iso', connect, path), 'ENOENT');
    });
  }

  test('cannot be reached by an abstract name', async () => {
    const name = `isolated-${process.pid}`;
    const listen =
      'import socket, sys\nlistener = socket.socket(socket.AF_UNIX)\n' +
      'listener.bind("\\0" + sys.argv[1])\nlistener.listen()\n' +
      'print("ready", flush=True)\nsys.stdin.read()';
    await using _server = await start('/usr/bin/python3', ['-c', listen, name]);
    const abstract = 'probe(lambda: socket.socket(socket.AF_UNIX).connect("\\0" + sys.argv[1]))';
    assert.equal(probe('host', abstract, name), 'done');
    assert.equal(probe('iso', abstract, name), 'ECONNREFUSED');
  });

  test('cannot be reached through the machine’s virtual sockets', () => {
    const open = 'probe(lambda: socket.socket(40, socket.SOCK_STREAM))';
    assert.equal(probe('iso', open), 'EPERM');
    assert.notEqual(probe('plain', open), 'EPERM');
  });
});

describe('files', () => {
  const write = 'probe(lambda: open(sys.argv[1], "w"))';

  test('the state directory can be neither read nor written', () => {
    const read = 'probe(lambda: os.listdir(sys.argv[1]))';
    const program = join(here.state, 'programs/evil');
    assert.equal(probe('plain', read, here.state), 'done');
    assert.equal(probe('iso', read, here.state), 'ENOENT');
    assert.equal(probe('plain', write, program), 'done');
    assert.equal(probe('iso', write, program), 'ENOENT');
  });

  test('nothing of the host is there but what is named', () => {
    const names = probe('iso', 'print(*sorted(os.listdir("/")))').split(' ');
    const own = ['dev', 'etc', 'home', 'proc', 'root', 'run', 'sys', 'tmp', 'usr', 'var', 'bin'];
    const perhaps = ['sbin', 'lib', 'lib32', 'lib64', 'libx32', 'opt', 'nix', 'gnu'];
    const named = ['open', 'closed'];
    for (const name of [...own, ...named]) assert.ok(names.includes(name), name);
    const known = new Set([...own, ...perhaps, ...named]);
    assert.deepEqual(
      names.filter((name) => !known.has(name)),
      [],
    );
    for (const empty of ['/home', '/root', '/run', '/dev/shm']) {
      assert.equal(probe('iso', `print(*os.listdir("${empty}"))`), '', empty);
    }
  });

  test('a file that everybody may write is read-only unless the bind says otherwise', () => {
    assert.equal(probe('plain', write, join(here.readOnly, 'file')), 'done');
    assert.equal(probe('iso', write, '/closed/file'), 'EROFS');
    assert.equal(probe('iso', write, '/closed/new'), 'EROFS');
    assert.equal(probe('iso', write, '/open/file'), 'done');
    assert.equal(probe('iso', write, '/usr/new'), 'EROFS');
    assert.equal(probe('iso', write, '/etc/new'), 'EROFS');
  });

  test('a file of the user’s stays closed where a bind shows its folder', () => {
    const path = join(here.writable, 'private');
    assert.equal(probe('host', 'os.close(os.open(sys.argv[1], os.O_CREAT, 0o600))', path), '');
    assert.equal(probe('plain', write, path), 'done');
    assert.equal(probe('iso', write, '/open/private'), 'EACCES');
  });

  test('a read-only bind cannot be made writable, nor taken away', () => {
    const [MS_REMOUNT, MS_BIND] = [32, 4096];
    const remount = (path: string): string =>
      `probe(lambda: c("mount", b"x", b"${path}", b"x", ${MS_REMOUNT | MS_BIND}, 0))`;
    const unmount = 'probe(lambda: c("umount2", b"/closed", 2))';
    const apart = 'c("unshare", 0x20000)';
    const own = 'c("mount", b"x", b"/tmp", b"tmpfs", 1, 0)';
    assert.equal(probe('iso', [remount('/closed'), unmount].join('\n')), 'EPERM EPERM');
    const inOwn = [apart, remount('/closed'), unmount, own, remount('/tmp')].join('\n');
    assert.equal(probe('iso', inOwn), 'EPERM EINVAL done');
  });

  test('its init process shows nothing of the host', () => {
    for (const path of ['root', 'cwd', 'exe', 'fd']) {
      const look = `probe(lambda: os.listdir("/proc/1/${path}"))`;
      assert.equal(probe('iso', look), 'EACCES', path);
    }
    assert.equal(probe('iso', 'probe(lambda: c("ptrace", 0x4206, 1, 0, 0))'), 'EPERM');
  });
});

describe('the terminal', () => {
  const onTerminal = (where: Where, code: string): string =>
    probe(
      'host',
      // What the program writes comes back from the terminal with \r\n.
      'import pty\nargv = sys.argv[1:]\npid, master = pty.fork()\n' +
        'if pid == 0: os.execv(argv[0], argv)\ntext = b""\n' +
        'try:\n  while True: text += os.read(master, 4096)\nexcept OSError: pass\n' +
        'print(text.decode().strip())',
      ...[nskitPath, 'exec', where, '/usr/bin/python3', '-c', python(code)],
    );
  const python = (code: string): string =>
    'import ctypes, errno\nlibc = ctypes.CDLL(None, use_errno=True)\n' +
    `answer = ${code}\n` +
    'print("done" if answer >= 0 else errno.errorcode[ctypes.get_errno()])';
  const TIOCSTI = '0x5412';
  const type = `libc.ioctl(0, ctypes.c_ulong(${TIOCSTI}), b" ")`;

  test('cannot be typed into', () => {
    // EIO where the kernel refuses it to everybody (dev.tty.legacy_tiocsti=0).
    assert.match(onTerminal('plain', type), /done|EIO/);
    assert.equal(onTerminal('iso', type), 'EPERM');
  });

  test('cannot be typed into with a number whose upper half the kernel ignores', () => {
    const disguised = `libc.ioctl(0, ctypes.c_ulong(${TIOCSTI} | 1 << 32), b" ")`;
    assert.match(onTerminal('plain', disguised), /done|EIO/);
    assert.equal(onTerminal('iso', disguised), 'EPERM');
  });

  test('cannot be pasted into', () => {
    const paste = 'libc.ioctl(0, ctypes.c_ulong(0x541c), b"\\x03")';
    assert.equal(onTerminal('plain', paste), 'ENOTTY');
    assert.equal(onTerminal('iso', paste), 'EPERM');
  });

  test('is a terminal all the same', () => {
    assert.equal(onTerminal('iso', 'libc.isatty(0) - 1'), 'done');
  });
});

test('the user’s keyrings cannot be used', () => {
  const read = 'probe(lambda: c("syscall", 219 if arm else 250, 6, -3, 0, 0))';
  assert.equal(probe('iso', read), 'EPERM');
  assert.notEqual(probe('plain', read), 'EPERM');
});

describe('ids', () => {
  test('are subordinate ids only, as the outside sees them', async () => {
    const inside = await waitInside('iso');
    const map = readFileSync(`/proc/${inside.pid}/uid_map`, 'utf8').trim().split(/\s+/);
    const { uid, gid } = subordinateIds();
    assert.deepEqual(map.map(Number), [0, uid[0]?.start, uid[0]?.count]);
    assert.ok(uid.every(({ start }) => start > (process.getuid?.() ?? 0)));
    const owner = statSync(`/proc/${inside.pid}`);
    assert.deepEqual([owner.uid, owner.gid], [uid[0]?.start, gid[0]?.start]);
    assert.match(readFileSync(`/proc/${inside.pid}/status`, 'utf8'), /^Groups:\s*$/m);
    inside.kill('SIGKILL');
    await inside.silence;
  });

  test('0 inside is the first subordinate id on the files it makes', () => {
    assert.equal(probe('iso', 'probe(lambda: open("/open/made", "w"))'), 'done');
    const { uid, gid } = statSync(join(here.writable, 'made'));
    const first = subordinateIds();
    assert.deepEqual([uid, gid], [first.uid[0]?.start, first.gid[0]?.start]);
  });
});
