/** `sudo nskit add NAME --owner USER`: what it makes, and who gets in. */
import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync, mkdirSync, copyFileSync, chmodSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, describe, test } from 'node:test';
import { NamespaceFile, type NameRecord, type ResolvedName } from '../../src/namespaces/index.js';
import { nskitPath, run, start, waiting } from '../support/nskit.js';
import {
  as,
  byUser,
  removeRuntime,
  rootNskit,
  runtime,
  stranger,
  tracesOf,
  user,
  userFolder,
  userName,
  userNskit,
  wipe,
} from '../support/owner.js';

const name = `owned-${process.pid}`;
const netPath = `/run/netns/${name}`;
const userPath = `/run/userns/${name}`;
const readNet = ['readlink', '/proc/self/ns/net'];

function add(owner: string, env: NodeJS.ProcessEnv = {}): void {
  const { status, stderr } = rootNskit(['add', name, '--owner', owner], env);
  assert.equal(status, 0, stderr);
}

/** The owner of the user namespace, and what maps root has written. */
function ownership(): { uid: number; maps: string } {
  using file = NamespaceFile.open(userPath, 'user');
  const enter = [`--user=${userPath}`, '--preserve-credentials', 'sh', '-c'];
  const script = 'cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups';
  const { stdout } = run('nsenter', [...enter, script]);
  return { uid: file.ownerUid(), maps: stdout.replaceAll(/ +/g, ' ').trim() };
}

function mapsOf(uid: number, gid: number): string {
  return `0 ${uid} 1\n 0 ${gid} 1\ndeny`;
}

after(removeRuntime);
afterEach(() => {
  wipe(name);
});

describe('whom it is made for', () => {
  const own = { uid: user.uid, maps: mapsOf(user.uid, user.gid) };

  test('a user by name, and by uid with the primary group of that user', () => {
    for (const owner of [userName, String(user.uid)]) {
      add(owner);
      assert.deepEqual(ownership(), own);
      assert.equal(rootNskit(['delete', name]).status, 0);
    }
  });

  test('a uid that no user has, and UID:GID', () => {
    add('54321');
    assert.deepEqual(ownership(), { uid: 54321, maps: mapsOf(54321, 54321) });
    assert.equal(rootNskit(['delete', name]).status, 0);
    add(`${user.uid}:54322`);
    assert.deepEqual(ownership(), { uid: user.uid, maps: mapsOf(user.uid, 54322) });
  });

  test('by default whoever called sudo, with the primary group when only the user is known', () => {
    const { uid } = user;
    const cases = [
      { SUDO_UID: `${uid}`, SUDO_GID: '54322', maps: mapsOf(uid, 54322) },
      { SUDO_UID: `${uid}`, maps: mapsOf(uid, user.gid) },
    ];
    for (const { maps, ...env } of cases) {
      assert.equal(rootNskit(['add', name], env).status, 0);
      assert.deepEqual(ownership(), { uid, maps });
      assert.equal(rootNskit(['delete', name]).status, 0);
    }
  });

  test('without sudo it is root’s own', () => {
    assert.equal(rootNskit(['add', name]).status, 0);
    assert.deepEqual(ownership(), { uid: 0, maps: mapsOf(0, 0) });
  });

  test('through the real sudo', () => {
    const rule = `/etc/sudoers.d/nskit-${process.pid}`;
    writeFileSync(rule, `${userName} ALL=(root) NOPASSWD: ${nskitPath}\n`, { mode: 0o440 });
    try {
      const made = byUser('sudo', '-n', nskitPath, 'add', name);
      assert.equal(made.status, 0, made.stderr);
      assert.deepEqual(ownership(), own);
      assert.equal(userNskit('exec', name, 'id', '-u').stdout, '0\n');
      const { status, stderr } = byUser('sudo', '-n', nskitPath, 'delete', name);
      assert.equal(status, 0, stderr);
    } finally {
      rmSync(rule);
    }
  });
});

describe('what it is', () => {
  test('two nsfs mounts, loopback up, nothing else than the stored program and the record', () => {
    add(userName);
    for (const path of [netPath, userPath]) {
      assert.equal(run('stat', ['-fc', '%T', path]).stdout, 'nsfs\n');
    }
    const { stdout } = run('nsenter', [`--net=${netPath}`, 'ip', '-br', 'link', 'show', 'lo']);
    assert.match(stdout, /LOOPBACK,UP/);
    assert.equal(tracesOf(name).length, 4);
  });

  test('stock ip netns lists it, runs a program in it, and deletes it', () => {
    add(userName);
    assert.match(run('ip', ['netns', 'list']).stdout, new RegExp(`^${name}$`, 'm'));
    const inside = run('ip', ['netns', 'exec', name, ...readNet]).stdout;
    assert.equal(inside, userNskit('exec', name, ...readNet).stdout);
    assert.equal(run('ip', ['netns', 'delete', name]).status, 0);
    assert.equal(run('ip', ['netns', 'list']).stdout.includes(name), false);
  });

  test('stock ip moves a device in as root, and the owner sets it up', () => {
    add(userName);
    const [outer, inner] = [`vo${process.pid}`, `vi${process.pid}`];
    const peer = ['type', 'veth', 'peer', 'name', inner, 'netns', name];
    assert.equal(run('ip', ['link', 'add', outer, ...peer]).status, 0);
    try {
      const set = `ip address add 192.0.2.2/24 dev ${inner} && ip link set ${inner} up`;
      const { status, stderr } = userNskit('exec', name, 'sh', '-c', set);
      assert.equal(status, 0, stderr);
      const { stdout } = run('ip', ['-n', name, '-br', 'address', 'show', inner]);
      assert.match(stdout, /192\.0\.2\.2\/24/);
    } finally {
      run('ip', ['link', 'delete', outer]);
    }
  });

  test('a strict umask of root’s keeps nobody out', () => {
    const script = `umask 077; exec "${nskitPath}" add ${name} --owner ${userName}`;
    rmSync('/run/nskit/etc', { recursive: true, force: true });
    assert.equal(run('sh', ['-c', script]).status, 0);
    const files = [`/run/nskit/programs/${name}`, `/run/nskit/names/${name}.json`];
    assert.equal(run('stat', ['-c', '%a', ...files, '/run/nskit/etc']).stdout, '644\n644\n755\n');
  });
});

describe('who gets in', () => {
  const inode = (): string => `net:[${run('stat', ['-Lc', '%i', netPath]).stdout.trim()}]\n`;

  test('the owner, by the stored program alone, where there is no Node', () => {
    add(userName);
    const folder = userFolder('/var/tmp');
    try {
      // Beside this copy of the launcher there is no nskit that Node could run.
      mkdirSync(join(folder, 'bin'));
      const launcher = join(folder, 'bin/nskit');
      copyFileSync(nskitPath, launcher);
      chmodSync(launcher, 0o755);
      const env = { PATH: '/usr/bin:/bin', XDG_RUNTIME_DIR: runtime };
      assert.equal(as(user, [launcher, 'exec', name, ...readNet], env).stdout, inode());
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('the owner, by way of Node', () => {
    add(userName);
    const inside = userNskit('exec', '--wd', '/tmp', name, 'sh', '-c', `pwd; ${readNet.join(' ')}`);
    assert.equal(inside.stdout, `/tmp\n${inode()}`, inside.stderr);
    rmSync(`/run/nskit/programs/${name}`);
    assert.equal(userNskit('exec', name, ...readNet).stdout, inode());
  });

  test('the owner, by nsenter', () => {
    add(userName);
    const files = [`--user=${userPath}`, `--net=${netPath}`, '--preserve-credentials'];
    assert.equal(byUser('nsenter', ...files, ...readNet).stdout, inode());
  });

  test('root', () => {
    add(userName);
    assert.equal(rootNskit(['exec', name, ...readNet]).stdout, inode());
  });

  test('nobody else, and is told why', () => {
    add(userName);
    for (const options of [[], ['--wd', '/']]) {
      const argv = [nskitPath, 'exec', ...options, name, 'echo', 'in'];
      const { status, stdout, stderr } = as(stranger, argv, {});
      assert.deepEqual([status, stdout], [125, '']);
      assert.match(stderr, /join the user namespace: .*EPERM\n {2}hint: only the owner/);
    }
  });
});

describe('beside a name of the user’s own', () => {
  test('the own one wins, system:NAME is the other, and list shows both', () => {
    add(userName);
    assert.equal(userNskit('add', name).status, 0);
    try {
      const [own, other] = [name, `system:${name}`].map((one) => {
        const fast = userNskit('exec', one, ...readNet).stdout;
        assert.equal(userNskit('exec', '--wd', '/', one, ...readNet).stdout, fast);
        return fast;
      });
      assert.notEqual(own, other);
      assert.equal(other, run('ip', ['netns', 'exec', name, ...readNet]).stdout);
      const listed = JSON.parse(userNskit('list', '--json').stdout) as ResolvedName[];
      const systems = listed.filter((one) => one.name === name).map(({ system }) => system);
      assert.deepEqual(systems, [false, true]);
    } finally {
      assert.equal(userNskit('delete', name).status, 0);
    }
  });

  test('the own one wins also where XDG_RUNTIME_DIR is somebody else’s, as after su', () => {
    add(userName);
    const environment = { XDG_RUNTIME_DIR: '/run' };
    const asAfterSu = (...args: string[]): string => {
      const { status, stdout, stderr } = as(user, [nskitPath, ...args], environment);
      assert.equal(status, 0, stderr);
      return stdout;
    };
    asAfterSu('add', name);
    try {
      const system = run('ip', ['netns', 'exec', name, ...readNet]).stdout;
      assert.notEqual(asAfterSu('exec', name, ...readNet), system);
    } finally {
      asAfterSu('delete', name);
    }
  });

  test('it takes root to connect them, and from inside the error says why', async () => {
    add(userName);
    assert.equal(userNskit('add', name).status, 0);
    try {
      const { status, stderr } = userNskit('exec', name, nskitPath, 'exec', `system:${name}`, 'id');
      assert.equal(status, 125);
      assert.match(stderr, /EPERM\n {2}hint: .*from inside another user namespace/);

      const become = ['--reuid', String(user.uid), '--regid', String(user.gid), '--clear-groups'];
      const held = [...become, nskitPath, 'exec', `system:${name}`, ...waiting];
      await using inSystem = await start('setpriv', held);
      const peer = ['type', 'veth', 'peer', 'name', 'v1', 'netns', String(inSystem.pid)];
      const wired = userNskit('exec', name, 'ip', 'link', 'add', 'v0', ...peer);
      assert.notEqual(wired.status, 0);
      assert.match(wired.stderr, /not permitted|Invalid "netns"/);
    } finally {
      userNskit('delete', '--kill', name);
    }
  });
});

test('the record of a name says for whom it was made', () => {
  add(userName);
  const file = readFileSync(`/run/nskit/names/${name}.json`, 'utf8');
  assert.deepEqual((JSON.parse(file) as NameRecord).owner, user);
});
