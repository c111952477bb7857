/**
 * A script and a server written for ctrtool, as they are: root makes a network namespace for a user,
 * with both names in /run, stock ip moves a device in, and the user configures it and serves in it.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  chmodSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { NamespaceFile, packageFolder } from '../../src/index.js';
import { pathWithCtrtool } from '../support/ctrtool.js';
import { run, type Ended } from '../support/nskit.js';
import { as, stranger, user } from '../support/owner.js';

const script = join(packageFolder(), 'test/fixtures/netns-for-user.sh');
const name = `nsk-seed-${process.pid}`;
const [net, owner] = [`/run/netns/${name}`, `/run/userns/${name}`];

/** `sh SCRIPT ARGS` as root, with what the page has lost: the line that sets this variable. */
function make(args: readonly string[], env: NodeJS.ProcessEnv = {}): Ended {
  const settings = { PATH: pathWithCtrtool, TARGET_NS_NAME: name, ...env };
  return run('sh', [script, ...args], { env: settings, cwd: '/' });
}

function remove(): void {
  for (const path of [net, owner]) {
    run('umount', ['--lazy', '--quiet', path]);
    rmSync(path, { force: true });
  }
}

const enter = ['nsenter', `--user=${owner}`, `--net=${net}`, '--preserve-credentials'];
const inside = (...argv: string[]): Ended => as(user, [...enter, ...argv], {});

after(remove);

describe('the script', () => {
  before(() => {
    remove();
    const ended = make([String(user.uid), name, String(user.gid)]);
    assert.deepEqual(ended, { status: 0, stdout: '', stderr: '' });
  });

  test('leaves both names as mounts of namespaces, and no process', () => {
    for (const path of [net, owner]) {
      assert.equal(run('stat', ['-f', '-c', '%T', path]).stdout, 'nsfs\n');
    }
    assert.equal(run('pgrep', ['-u', '0', '-f', '^(.*/)?ctrtool-launcher']).stdout, '');
    const { stdout } = run('lsns', ['-t', 'net', '-o', 'NS,NPROCS', '-n']);
    using file = NamespaceFile.open(net, 'net');
    const line = stdout.split('\n').find((one) => one.includes(String(file.inode)));
    assert.match(line ?? `${file.inode} 0`, / 0$/);
  });

  test('the user owns the user namespace, and that owns the network', () => {
    using userns = NamespaceFile.open(owner, 'user');
    assert.equal(userns.ownerUid(), user.uid);
    using network = NamespaceFile.open(net, 'net');
    using of = network.owner();
    assert.equal(of.id, userns.id);
  });

  test('the user enters without sudo, and has every capability there', () => {
    const look =
      'id -u; cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups; grep CapEff /proc/self/status';
    const { stdout, stderr } = inside('sh', '-c', look);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => line.trim().replaceAll(/\s+/g, ' '));
    assert.deepEqual(
      lines.slice(0, 4),
      ['0', `0 ${user.uid} 1`, `0 ${user.gid} 1`, 'deny'],
      stderr,
    );
    assert.match(lines[4] ?? '', /^CapEff: 0*1f*$/);
  });

  test('nobody else does', () => {
    const { status, stderr } = as(stranger, [...enter, 'true'], {});
    assert.notEqual(status, 0);
    assert.match(stderr, /Operation not permitted/);
  });

  test('stock ip lists it and runs programs in it', () => {
    assert.match(run('ip', ['netns', 'list']).stdout, new RegExp(`^${name}( |$)`, 'm'));
    const { stdout } = run('ip', ['netns', 'exec', name, 'readlink', '/proc/self/ns/net']);
    assert.equal(stdout, inside('readlink', '/proc/self/ns/net').stdout);
  });

  test('one end of a veth pair moves in, and the user configures it', () => {
    const [outer, inner] = [`nsa${process.pid}`, `nsb${process.pid}`].map((one) =>
      one.slice(0, 15),
    );
    const ip = (...args: string[]): void => {
      assert.equal(run('ip', args).stderr, '', args.join(' '));
    };
    ip('link', 'add', outer ?? '', 'type', 'veth', 'peer', 'name', inner ?? '');
    try {
      ip('link', 'set', inner ?? '', 'netns', name);
      ip('address', 'add', '198.18.77.1/30', 'dev', outer ?? '');
      ip('link', 'set', outer ?? '', 'up');
      const set = `ip address add 198.18.77.2/30 dev ${inner}; ip link set ${inner} up; ip link set lo up`;
      assert.equal(inside('sh', '-ec', set).stderr, '');
      const { status, stdout } = run('ping', ['-c1', '-W5', '198.18.77.2']);
      assert.equal(status, 0, stdout);
    } finally {
      ip('link', 'delete', outer ?? '');
    }
  });
});

describe('its arguments', () => {
  test('an empty user is the one who has called sudo', () => {
    remove();
    const sudo = { SUDO_UID: String(user.uid), SUDO_GID: String(user.gid) };
    assert.deepEqual(make(['', name], sudo), { status: 0, stdout: '', stderr: '' });
    using userns = NamespaceFile.open(owner, 'user');
    assert.equal(userns.ownerUid(), user.uid);
  });

  test('no user at all is the shell’s error, and nothing is made', () => {
    remove();
    assert.notEqual(make([]).status, 0);
    assert.equal(existsSync(net), false);
  });
});

describe('the server', () => {
  let room: string;
  before(() => {
    room = mkdtempSync('/var/tmp/nskit-seed-');
    chmodSync(room, 0o755);
    remove();
    make([String(user.uid), name, String(user.gid)]);
    assert.equal(inside('ip', 'link', 'set', 'lo', 'up').status, 0);
  });
  after(() => {
    rmSync(room, { recursive: true });
  });

  const replies = { express4: 'Hello world!', express5: '200' };
  for (const [major, reply] of Object.entries(replies)) {
    test(`runs as it is on ${major}, and serves inside only`, async () => {
      const folder = join(room, major);
      mkdirSync(join(folder, 'node_modules'), { recursive: true });
      const express = join(packageFolder(), 'node_modules', major);
      symlinkSync(express, join(folder, 'node_modules/express'));
      copyFileSync(
        join(packageFolder(), 'test/fixtures/hello-express.js'),
        join(folder, 'index.js'),
      );
      const become = ['--reuid', String(user.uid), '--regid', String(user.gid), '--clear-groups'];
      const open = ['ctrtool', 'ns_open_file', '-nN', net, '-U', '-6', '::,80,a', '-l', '4096'];
      const env = { PATH: pathWithCtrtool };
      const server = spawn('setpriv', [...become, ...open, 'node', 'index.js'], {
        ...{ cwd: folder, env },
        stdio: ['ignore', 'ignore', 'ignore'],
      });
      try {
        assert.equal(await answer(), reply);
        // Node asks for its own backlog again, as it does with the original.
        const { stdout } = run('ip', ['netns', 'exec', name, 'ss', '-Hltn']);
        assert.match(stdout, /^LISTEN +0 +511 .*:80 /m);
      } finally {
        server.kill();
        await once(server, 'exit');
      }
    });
  }

  /** The socket listens before the program runs, so a client need only wait for its answer. */
  async function answer(): Promise<string> {
    while (run('ip', ['netns', 'exec', name, 'ss', '-Hltn', 'sport', '=', '80']).stdout === '') {
      await new Promise((resolve) => setImmediate(resolve));
    }
    const python =
      'import urllib.request as r; print(r.urlopen("http://[::1]/").read().decode(), end="")';
    return run('ip', ['netns', 'exec', name, 'python3', '-c', python]).stdout;
  }
});
