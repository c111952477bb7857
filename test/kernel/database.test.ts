/**
 * A server's Unix socket on the file system, reached from another user namespace and another network:
 * it sees the uid that the client's process has in the server's own user namespace (SO_PEERCRED).
 */
import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import {
  launch,
  mountSequence,
  namespaces,
  rootMaps,
  type HeldNamespaces,
  type IdMaps,
  type Privileges,
} from '../../src/index.js';
import { subordinateIds } from '../../src/namespaces/index.js';
import { ownNetwork } from '../support/lab.js';
import {
  Server,
  makeCluster,
  postgresFolder,
  serverArguments,
  type Cluster,
} from '../support/postgres.js';

const programs = postgresFolder() ?? '';
const skip = programs === '' ? 'Debian’s postgresql is not installed' : false;

const owner = userInfo();
const {
  uid: [uids = assert.fail('no subordinate uids')],
  gid: [gids = assert.fail('no subordinate gids')],
} = subordinateIds();

const stdio = ['ignore', 'ignore', 'pipe'] as const;
/** Inside, 0 is the owner and 1 is the owner's first subordinate uid. */
const lodger: Privileges = { uid: 1, gid: 1, groups: [] };

describe('peer authentication', { skip }, () => {
  let cluster: Cluster;
  let client: HeldNamespaces;
  before(async () => {
    cluster = makeCluster(programs, owner.username);
    client = await namespaces.create({ kinds: ['user', 'net'], maps: rootMaps() });
  });
  after(() => {
    client[Symbol.dispose]();
    rmSync(cluster.folder, { recursive: true });
  });

  /** What psql says in the client's namespaces, after the inode of the network it is in. */
  async function ask(role: string, sql: string, privileges?: Privileges): Promise<string[]> {
    const psql = [join(programs, 'psql'), '-XAtq', '-h', cluster.sockets, '-U', role];
    const script = 'readlink /proc/self/ns/net; exec "$@" 2>&1';
    const child = client.spawn(['sh', '-c', script, 'sh', ...psql, '-d', 'postgres', '-c', sql], {
      ...{ privileges, cwd: '/', stdio: ['ignore', 'pipe', 'inherit'] },
    });
    const [network, ...lines] = (await text(child.stdout ?? assert.fail())).trim().split('\n');
    await child.exit;
    assert.notEqual(network, ownNetwork());
    return lines;
  }

  const who = 'select current_user';

  describe('of a server on the host', () => {
    let server: Server;
    before(async () => {
      server = new Server(await launch(serverArguments(programs, cluster), { stdio }));
      await server.logs(/ready to accept connections/);
    });
    after(async () => {
      await server.stop();
    });

    test('the owner, who is 0 inside, is the owner to the server', async () => {
      assert.deepEqual(await ask(owner.username, who), [owner.username]);
      await server.logs(new RegExp(`authenticated: identity="${owner.username}" method=peer`));
    });

    test('and nobody else: 0 inside is no root outside', async () => {
      assert.match((await ask('root', who)).join(), /Peer authentication failed for user "root"/);
    });

    test('a subordinate uid is that uid to the server, which knows no user of that number', async () => {
      const said = await ask(owner.username, who, lodger);
      assert.match(said.join(), /Peer authentication failed/);
      await server.logs(new RegExp(`local user ID ${uids.start}\\b`));
    });
  });

  describe('of a server that has a name for the subordinate uid', () => {
    let place: HeldNamespaces;
    let server: Server;
    before(async () => {
      const users = join(cluster.folder, 'passwd');
      const line = `lodger:x:${uids.start}:${gids.start}::/:/bin/false`;
      writeFileSync(users, `${readFileSync('/etc/passwd', 'utf8')}${line}\n`);
      place = await namespaces.create({ kinds: ['user', 'mnt'], maps: asOutside() });
      await mountSequence([{ mount: '/etc/passwd', source: users, flags: ['bind'] }], {
        inside: place,
      });
      server = new Server(place.spawn(serverArguments(programs, cluster), { stdio }));
      await server.logs(/ready to accept connections/);
    });
    after(async () => {
      await server.stop();
      place[Symbol.dispose]();
    });

    test('each is who it is outside, in namespaces that know nothing of the other’s', async () => {
      await ask(owner.username, 'create role lodger login');
      assert.deepEqual(await ask(owner.username, who), [owner.username]);
      assert.deepEqual(await ask('lodger', who, lodger), ['lodger']);
      await server.logs(/authenticated: identity="lodger" method=peer/);
    });

    test('and cannot be the other', async () => {
      for (const [role, privileges] of [['lodger'], [owner.username, lodger]] as const) {
        assert.match((await ask(role, who, privileges)).join(), /Peer authentication failed/);
      }
    });
  });
});

/** Every id is the same number inside. */
function asOutside(): IdMaps {
  const same = (id: number, { start, count }: { start: number; count: number }) => [
    { inside: id, outside: id, count: 1 },
    { inside: start, outside: start, count },
  ];
  return {
    uid: same(owner.uid, uids),
    gid: same(owner.gid, gids),
    setgroups: 'allow',
    by: 'newuidmap',
  };
}
