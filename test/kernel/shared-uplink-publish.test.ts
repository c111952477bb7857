/** Ports that the uplink process publishes: commands, library, stock servers and clients. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { namespaces, type NamedNamespace, type PublishedPort } from '../../src/index.js';
import { leaveNothing, onOwnMachine, ownHome } from '../support/own-home.js';
import { nskit, run, type Ended } from '../support/nskit.js';
import { endUplinks, serveIn, uplinkPid } from '../support/shared-uplink.js';
import { python } from '../support/uplink.js';

const here = ownHome();
after(() => leaveNothing(here));
afterEach(endUplinks);

function ok({ status, stdout, stderr }: Ended): string {
  assert.equal(status, 0, stderr);
  return stdout;
}

/** The port in `127.0.0.1:43211 -> 80`. */
function portIn(line: string): string {
  const [, port = ''] = /:(\d+)(?:\/udp)? -> /.exec(line) ?? [];
  assert.notEqual(port, '', line);
  return port;
}

const server = (address: string, port: number): string[] => [
  ...python('server.py'),
  address,
  String(port),
];

/** What the server says of its client, and what comes back. */
function knock(protocol: 'tcp' | 'udp', host: string, port: string): string[] {
  const [file = '', ...args] = python('knock.py');
  return ok(run(file, [...args, protocol, host, port, 'hello']))
    .trim()
    .split('\n');
}

describe('the commands', () => {
  let lab: NamedNamespace;
  before(async () => {
    ok(nskit(['add', 'lab', '--uplink']));
    lab = namespaces.get('lab');
    await serveIn(lab, server('::', 80));
  });

  test('publish says what the ports became, lists them, and unpublish takes them back', () => {
    const words = ['0:80', '[::1]:0:80', '0:80/udp', '[::1]:0:80/udp'];
    const lines = ok(nskit(['publish', 'lab', ...words]))
      .trim()
      .split('\n');
    assert.deepEqual(
      lines.map((line) => line.replace(/:\d+( |\/)/, ':N$1')),
      ['127.0.0.1:N -> 80', '[::1]:N -> 80', '127.0.0.1:N/udp -> 80', '[::1]:N/udp -> 80'],
    );
    const [tcp4 = '', tcp6 = '', udp4 = '', udp6 = ''] = lines.map(portIn);
    assert.match(
      ok(run('nc', ['-N', '127.0.0.1', tcp4], { input: 'hi' })),
      /^10\.0\.2\.2 \d+\nhi$/,
    );
    assert.match(ok(run('nc', ['-N', '::1', tcp6], { input: 'hi' })), /^fd00::2 \d+\nhi$/);
    for (const [protocol, host, port, gateway] of [
      ['udp', '127.0.0.1', udp4, '10.0.2.2'],
      ['udp', '::1', udp6, 'fd00::2'],
    ] as const) {
      const [who = '', said] = knock(protocol, host, port);
      assert.deepEqual([who.split(' ')[0], said], [gateway, 'hello']);
    }
    const listed = JSON.parse(ok(nskit(['publish', 'lab', '--json']))) as PublishedPort[];
    assert.deepEqual(listed[0], {
      ...{ protocol: 'tcp', address: '127.0.0.1', port: Number(tcp4), insidePort: 80 },
      ...{ loopback: false, accepted: 1, refused: 0 },
    });
    const table = ok(nskit(['publish', 'lab']));
    assert.match(table, /^HOST +INSIDE +ACCEPTED +REFUSED\n127\.0\.0\.1:\d+ +80 +1 +0\n\[::1\]:/);
    const shown = ok(nskit(['show', 'lab']));
    assert.match(shown, new RegExp(`^published +127\\.0\\.0\\.1:${tcp4} -> 80$`, 'm'));
    ok(nskit(['unpublish', 'lab', tcp4]));
    ok(nskit(['unpublish', 'lab', tcp6]));
    ok(nskit(['unpublish', 'lab', `${udp4}/udp`]));
    ok(nskit(['unpublish', 'lab', `[::1]:${udp6}/udp`]));
    assert.equal(run('nc', ['-z', '127.0.0.1', tcp4]).status, 1);
    assert.equal(ok(nskit(['publish', '--json', 'lab'])), '[]\n');
  });
});

test('curl reads from python’s http.server, both families; add --publish says the ports', async () => {
  const words = ['--publish', '0:8000', '--publish', '[::1]:0:8000'];
  const said = ok(nskit(['add', 'web', '--uplink', ...words]));
  const [port4 = '', port6 = ''] = said.trim().split('\n').map(portIn);
  const folder = join(import.meta.dirname, '../support');
  const argv = [
    'python3',
    '-u',
    '-m',
    'http.server',
    '--bind',
    '::',
    '--directory',
    folder,
    '8000',
  ];
  await serveIn(namespaces.get('web'), argv);
  for (const at of [`127.0.0.1:${port4}`, `[::1]:${port6}`]) {
    assert.match(ok(run('curl', ['-sS', `http://${at}/`])), /shared-uplink\.js/);
  }
  const pid = uplinkPid();
  ok(nskit(['delete', 'web', '--kill']));
  assert.equal(run('nc', ['-z', '127.0.0.1', port4]).status, 1, 'the port ends with the name');
  assert.notEqual(pid, undefined);
});

test('a server on 127.0.0.1 alone: a reset and a hint, and --publish-loopback reaches it', async () => {
  const said = ok(nskit(['add', 'closed', '--uplink', '--publish', '0:81']));
  await serveIn(namespaces.get('closed'), server('127.0.0.1', 81));
  assert.deepEqual(knock('tcp', '127.0.0.1', portIn(said)), ['ECONNRESET']);
  const { stdout, stderr } = nskit(['publish', 'closed']);
  assert.match(stdout, / 81 +0 +1$/m);
  assert.match(stderr, /port 81 inside did not accept all .*\n {2}hint: .*--publish-loopback/);
  const words = ['--publish', '0:81', '--publish', '0:81/udp', '--publish-loopback'];
  const [tcp = '', udp = ''] = ok(nskit(['add', 'open', '--uplink', ...words]))
    .trim()
    .split('\n')
    .map((line) => {
      assert.match(line, /-> 127\.0\.0\.1:81$/);
      return portIn(line);
    });
  await serveIn(namespaces.get('open'), server('127.0.0.1', 81));
  for (const [protocol, port] of [
    ['tcp', tcp],
    ['udp', udp],
  ] as const) {
    const [who = '', said] = knock(protocol, '127.0.0.1', port);
    assert.deepEqual([who.split(' ')[0], said], ['10.0.2.2', 'hello']);
  }
});

test('a client of another machine is itself, one in the namespace’s own network is the gateway', () => {
  const knocks = python('knock.py').join(' ');
  const script = `
ip link set lo up
unshare -n sleep 1000 & other=$!
while test "$(readlink /proc/$other/ns/net)" = "$(readlink /proc/self/ns/net)"; do :; done
ip link add v0 type veth peer name v1 netns $other
ip addr add 192.0.2.1/24 dev v0; ip addr add 10.0.2.1/24 dev v0; ip link set v0 up
ip -6 addr add 2001:db8::1/64 dev v0 nodad; ip -6 route add default via 2001:db8::2 dev v0
nsenter -t $other -n sh -c 'ip addr add 192.0.2.2/24 dev v1; ip addr add 10.0.2.77/24 dev v1
  ip -6 addr add 2001:db8::2/64 dev v1 nodad; ip link set v1 up'
ask() { nsenter -t $other -n ${knocks} $1 $2 8080 | head -n 1; }
nskit add lab --uplink
nskit publish lab 0.0.0.0:8080:80 0.0.0.0:8080:80/udp [::]:8080:80 [::]:8080:80/udp >/dev/null
mkfifo "$T/said"; exec 5<>"$T/said"
nskit exec lab ${server('::', 80).join(' ')} >&5 &
read line <&5
for at in 192.0.2.1 2001:db8::1 10.0.2.1; do ask tcp $at; ask udp $at; done
nskit delete lab --kill
kill $other`;
  const { status, stdout, stderr } = onOwnMachine(here, script, ['-n']);
  assert.equal(status, 0, stderr);
  assert.deepEqual(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[0]),
    ['192.0.2.2', '192.0.2.2', '2001:db8::2', '2001:db8::2', '10.0.2.2', '10.0.2.2'],
  );
});

describe('what is refused', () => {
  /** Both ways of asking say the same. */
  async function refuses(words: readonly string[], code: string, pattern: RegExp): Promise<void> {
    const lab = namespaces.get('lab');
    await assert.rejects(lab.uplink.publish(...words), { code });
    const { status, stdout, stderr } = nskit(['publish', 'lab', ...words]);
    assert.deepEqual([status, stdout], [code === 'ERR_USAGE' ? 2 : 1, ''], stderr);
    assert.match(stderr, pattern);
    assert.deepEqual(await lab.uplink.published(), [], 'nothing half published');
  }

  test('a port that is taken, one of root’s, ranges that overlap, words that say nothing', async () => {
    await using _lab = await namespaces.add('lab', { uplink: {} });
    const taken = net.createServer().listen(0, '127.0.0.1');
    const datagrams = createSocket('udp4').bind(0, '127.0.0.1');
    await Promise.all([once(taken, 'listening'), once(datagrams, 'listening')]);
    const { port } = taken.address() as net.AddressInfo;
    await refuses(['0:80', `${port}:80`], 'EADDRINUSE', /hint: .*ss -lntup/);
    const udp = `${datagrams.address().port}:80/udp`;
    await refuses(['0:80/udp', udp], 'EADDRINUSE', /publish 127\.0\.0\.1:\d+\/udp: bind failed/);
    taken.close();
    datagrams.close();
    await refuses(
      ['0:80', '1:80'],
      'EACCES',
      /hint: .*sudo sysctl net\.ipv4\.ip_unprivileged_port_start=80/,
    );
    const [address, other] = ['127.83.19.9', '127.83.19.10'];
    await refuses([`${address}:4000-4002:1-3`, `${address}:4002:9`], 'ERR_USAGE', /4002 .*twice/);
    await refuses([`${address}:4000-4002:1-2`], 'ERR_USAGE', /3 of the host’s ports, but 2 inside/);
    await refuses(['192.0.2.1:0:80'], 'EADDRNOTAVAIL', /no interface of the host/);
    await refuses(['80'], 'ERR_USAGE', /"80" is no port to publish/);
    const lab = namespaces.get('lab');
    await lab.uplink.publish(`${other}:4000-4002:1-3`);
    await assert.rejects(lab.uplink.publish(`${other}:4001-4003:1-3`), { code: 'EADDRINUSE' });
    assert.deepEqual(
      (await lab.uplink.published()).map((one) => one.port),
      [4000, 4001, 4002],
    );
    const again = await lab.uplink.unpublish(`${other}:4000-4001`);
    assert.deepEqual(
      again.map((one) => one.insidePort),
      [1, 2],
    );
  });

  test('a name that is none, one without an uplink, a port that is not published', async () => {
    const unknown = nskit(['publish', 'lab', '0:80']);
    assert.deepEqual([unknown.status, unknown.stdout], [1, '']);
    assert.match(unknown.stderr, /no namespace|lab/);
    ok(nskit(['add', 'lab']));
    for (const words of [
      ['publish', 'lab'],
      ['publish', 'lab', '0:80'],
      ['unpublish', 'lab', '80'],
    ]) {
      const { status, stderr } = nskit(words);
      assert.equal(status, 1);
      assert.match(stderr, /has no uplink\n {2}hint: "nskit uplink NAME"/);
    }
    const lab = namespaces.get('lab');
    await assert.rejects(lab.uplink.published(), { code: 'ERR_UPLINK_UNKNOWN' });
    await assert.rejects(lab.uplink.counters(), { code: 'ERR_UPLINK_UNKNOWN' });
    ok(nskit(['uplink', 'lab']));
    const { status, stderr } = nskit(['unpublish', 'lab', '8080']);
    assert.equal(status, 2);
    assert.match(stderr, /8080 is not published\n {2}hint: nothing is/);
  });

  test('an uplink with a port that cannot be had leaves nothing', () => {
    const { status, stderr } = nskit(['add', 'lab', '--uplink', '--publish', '1:80']);
    assert.equal(status, 1);
    assert.match(stderr, /publish 127\.0\.0\.1:1: bind failed with EACCES\n {2}hint: /);
    assert.equal(ok(nskit(['list', '--json'])), '[]\n');
    ok(nskit(['add', 'lab']));
    assert.equal(nskit(['uplink', 'lab', '--publish', '1:80']).status, 1);
    assert.doesNotMatch(ok(nskit(['link', 'lab', 'list'])), /tap0/);
  });

  test('--dry-run opens nothing', () => {
    const steps = ok(nskit(['publish', 'lab', '8080-8081:80-81', '53:53/udp', '--dry-run']));
    assert.equal(
      steps,
      [
        '  1  publish 127.0.0.1:8080 as port 80 inside  (socket, bind, listen)',
        '  2  publish 127.0.0.1:8081 as port 81 inside  (socket, bind, listen)',
        '  3  publish 127.0.0.1:53/udp as port 53 inside  (socket, bind)\n',
      ].join('\n'),
    );
    assert.match(
      ok(nskit(['unpublish', 'lab', '8080', '--dry-run'])),
      /8080 of the host {2}\(close\)/,
    );
    const made = ok(nskit(['add', 'lab', '--uplink', '--publish', '8080:80', '--dry-run']));
    assert.match(made, /give tap0 .*\n +\d+ {2}publish 127\.0\.0\.1:8080/);
  });
});
