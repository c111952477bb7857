/** `nskit shell`: the base namespaces, where stock iproute2 finds the user's names. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, beforeEach, describe, test } from 'node:test';
import { namespaces } from '../../src/index.js';
import { nskit, nskitPath, start, type Ended } from '../support/nskit.js';
import { leaveNothing, namespacesIn, ownHome } from '../support/own-home.js';

const here = ownHome();
beforeEach(() => {
  for (const name of ['a', 'b']) assert.equal(nskit(['add', name]).status, 0);
});
afterEach(() => {
  nskit(['delete', '--all', '--kill']);
});
after(() => leaveNothing(here));

/** What a shell in the base namespaces makes of these lines. */
function shell(script: string, cwd = '/'): Ended {
  const env = { ...process.env, SHELL: '/bin/sh' };
  return nskit(['shell'], { input: `set -e\n${script}\n`, env, cwd });
}

function said(script: string, cwd = '/'): string {
  const { status, stdout, stderr } = shell(script, cwd);
  assert.equal(status, 0, stderr);
  assert.equal(stderr, '');
  return stdout;
}

describe('stock ip', () => {
  test('ip netns list shows the names, and nothing that is no namespace', () => {
    assert.deepEqual(said('ip netns list').trim().split('\n').sort(), ['a', 'b']);
  });

  test('ip -n NAME and ip netns exec NAME work in a name', () => {
    assert.match(said('ip -n a -brief link'), /^lo\s+UNKNOWN/);
    assert.equal(
      said('ip netns exec b readlink /proc/self/ns/net').trim(),
      namespacesIn('b', ['net'])[0],
    );
    assert.equal(said('ip netns exec b ls /sys/class/net'), 'lo\n');
  });

  test('a veth pair joins two names: they ping each other and talk TCP', async () => {
    said(`ip link add v0 netns a type veth peer name v1 netns b
      ip -n a addr add 10.9.0.1/24 dev v0; ip -n a link set v0 up
      ip -n b addr add 10.9.0.2/24 dev v1; ip -n b link set v1 up`);
    const serve = `import socket
listener = socket.create_server(('10.9.0.2', 80))
print('listening', flush=True)
connection, (address, port) = listener.accept()
connection.sendall(address.encode())`;
    await using _server = await start(nskitPath, ['exec', 'b', '/usr/bin/python3', '-c', serve]);
    const ask = `import socket
print(socket.create_connection(('10.9.0.2', 80)).recv(99).decode())`;
    assert.equal(nskit(['exec', 'a', '/usr/bin/python3', '-c', ask]).stdout, '10.9.0.1\n');
    const ping = `import socket
ping = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)
ping.sendto(bytes([8, 0, 0, 0, 0, 0, 0, 1]) + b'over here', ('10.9.0.2', 0))
print(ping.recv(99)[8:].decode())`;
    // Without a capability, as everybody may where it is allowed.
    const pinged = nskit(['exec', '--map-current', 'a', '/usr/bin/python3', '-c', ping]);
    assert.equal(pinged.stdout, 'over here\n', pinged.stderr);
  });

  test('a name that ip netns add makes is a name like any other, until ip netns delete', () => {
    assert.equal(said('ip netns add stock'), '');
    assert.deepEqual(
      namespaces.list().map(({ name, created }) => [name, created !== undefined]),
      [
        ['a', true],
        ['b', true],
        ['stock', false],
      ],
    );
    assert.equal(nskit(['exec', 'stock', 'ls', '/sys/class/net']).stdout, 'lo\n');
    assert.equal(said('ip netns delete stock; ip netns delete a'), '');
    const gone = nskit(['exec', 'stock', 'true']);
    assert.equal(gone.status, 125);
    assert.match(gone.stderr, /^nskit: there is no namespace stock\n/);
    assert.deepEqual(
      namespaces.list().map(({ name }) => name),
      ['b'],
    );
    // The next change tidies up what nskit had written down about them.
    assert.equal(nskit(['add', 'c']).status, 0);
    assert.deepEqual(readdirSync(join(here.state, 'programs')).sort(), ['b', 'c']);
    assert.deepEqual(readdirSync(join(here.state, 'names')).sort(), ['b.json', 'c.json']);
  });

  test('a shell that is open sees names that come and go', async () => {
    const script = 'echo ready; read line; ip netns list; read line; ip netns list; exit 7';
    const child = spawn(nskitPath, ['shell'], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, SHELL: '/bin/sh' },
    });
    const end = once(child, 'exit');
    const lines = child.stdout.setEncoding('utf8')[Symbol.asyncIterator]();
    const next = async (): Promise<string> => String((await lines.next()).value);
    child.stdin.write(`${script}\n`);
    assert.equal(await next(), 'ready\n');
    assert.equal(nskit(['add', 'later']).status, 0);
    child.stdin.write('\n');
    assert.match(await next(), /^later$/m);
    assert.equal(nskit(['delete', 'later', 'a']).status, 0);
    child.stdin.write('\n');
    assert.equal(await next(), 'b\n');
    child.stdin.end();
    assert.equal((await end)[0], 7);
  });
});

describe('the shell', () => {
  test('keeps the working directory and what the host has in /run', () => {
    writeFileSync(join(here.scratch, 'file'), 'kept\n');
    assert.equal(said('pwd; cat file', here.scratch), `${here.scratch}\nkept\n`);
    const inShell = said('ls -A /run').trim().split('\n');
    for (const entry of readdirSync('/run')) assert.ok(inShell.includes(entry), entry);
    assert.ok(inShell.includes('netns'));
  });

  test('finds nskit’s names where they are outside, and may add and delete them', () => {
    assert.match(said(`"${nskitPath}" list`), /^a .*\nb /m);
    assert.equal(said(`"${nskitPath}" add new; "${nskitPath}" exec new ls /sys/class/net`), 'lo\n');
    assert.ok(namespaces.list().some(({ name }) => name === 'new'));
    assert.equal(said(`"${nskitPath}" delete new`), '');
    assert.ok(!namespaces.list().some(({ name }) => name === 'new'));
  });

  test('with a name it is a shell in that name, with $SHELL or /bin/sh', () => {
    const env = { ...process.env, SHELL: '/bin/bash' };
    const input = 'echo ${BASH_VERSION:+bash}; readlink /proc/self/ns/net; exit 3\n';
    const bash = nskit(['shell', 'a'], { input, env });
    assert.equal(bash.stdout, `bash\n${namespacesIn('a', ['net']).join('')}\n`);
    assert.equal(bash.status, 3);
    const { SHELL: _, ...without } = env;
    assert.match(nskit(['shell', 'a'], { input, env: without }).stdout, /^\n?(bash\n)?net:/);
    assert.equal(nskit(['shell', 'none'], { input }).status, 125);
  });

  test('has the base’s own network, which is none of the names’', () => {
    const net = said('readlink /proc/self/ns/net; ls /sys/class/net').trim().split('\n');
    assert.equal(net[1], 'lo');
    assert.ok(!['a', 'b'].some((name) => namespacesIn(name, ['net'])[0] === net[0]));
  });
});
