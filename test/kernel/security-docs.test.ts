/** The examples of docs/security.md, and its table of who reaches what of the host's. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { namespaces } from '../../src/index.js';
import { testExamples } from '../support/examples.js';
import { leaveNothing, ownHome } from '../support/own-home.js';
import { endUplinks } from '../support/shared-uplink.js';

const home = ownHome();
// Like docker.sock or ssh-agent's; like the abstract one of X11.
const path = join(home.scratch, 'agent.sock');
const abstract = `nskit-security-${process.pid}`;
const secret = join(home.home, 'secret');
const servers: Server[] = [];

before(async () => {
  writeFileSync(secret, 'secret');
  for (const place of [path, `\0${abstract}`]) {
    const server = createServer((socket) => socket.end('hello')).unref();
    await once(server.listen(place), 'listening');
    servers.push(server);
  }
});
after(async () => {
  for (const server of servers) server.close();
  await endUplinks();
  await leaveNothing(home);
});

testExamples('docs/security.md');

/** Its arguments: a socket's path, an abstract name, a file, the pid of a process. */
const reach = `
import os, socket, sys
path, abstract, secret, pid = sys.argv[1:]
def to(address):
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(address)
        return s.recv(5)
for what, way in {
    'path socket': lambda: to(path),
    'abstract socket': lambda: to('\\0' + abstract),
    'file': lambda: open(secret).read(),
    'signal': lambda: os.kill(int(pid), 0),
}.items():
    try:
        way()
        print(what)
    except OSError:
        pass
`;
const argv = ['python3', '-c', reach, path, abstract, secret, String(process.pid)];

const bubblewrap = [
  ...['bwrap', '--unshare-all', '--share-net', '--die-with-parent', '--new-session', '--clearenv'],
  ...['--ro-bind', '/usr', '/usr', '--symlink', 'usr/bin', '/bin', '--symlink', 'usr/lib', '/lib'],
  ...['--symlink', 'usr/lib64', '/lib64', '--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp'],
];

describe('of the host’s sockets, files and processes', () => {
  const places = [
    { where: 'a plain name', isolated: false, front: [], reached: 'path socket\nfile\nsignal\n' },
    { where: 'an isolated one', isolated: true, front: [], reached: '' },
    { where: 'bubblewrap in a name', isolated: false, front: bubblewrap, reached: '' },
  ] as const;
  for (const { where, isolated, front, reached } of places) {
    test(`a program in ${where} reaches ${reached === '' ? 'none' : reached.trim()}`, async () => {
      await using box = await namespaces.add('box', { isolated });
      const stdio = ['ignore', 'pipe', 'inherit'] as const;
      const child = await box.spawnAsync([...front, ...argv], { stdio });
      assert.ok(child.stdout);
      assert.equal(await text(child.stdout), reached);
      assert.deepEqual(await child.exit, { exitCode: 0, signal: null });
    });
  }
});
