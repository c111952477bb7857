/** `nskit run --uplink`: what each option does, what is refused, and that nothing is left. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { execFile } from 'node:child_process';
import { namespaces, run, type Flow } from '../../src/index.js';
import { openFds, children } from '../support/native.js';
import { nskit, nskitPath } from '../support/nskit.js';
import { leaveNothing, onOwnMachine, ownHome } from '../support/own-home.js';
import { outputOf, python } from '../support/uplink.js';

const here = ownHome();
let service: Server;
let port: string;

before(async () => {
  service = createServer((socket) =>
    socket
      .on('error', () => undefined)
      .resume()
      .end('service'),
  );
  await once(service.listen(0, '127.0.0.1'), 'listening');
  port = String((service.address() as AddressInfo).port);
});
after(async () => {
  service.close();
  await leaveNothing(here);
});

/** This process serves meanwhile, so it must not wait. */
async function inside(options: readonly string[], ...program: readonly string[]): Promise<string> {
  const argv = ['run', '--uplink', ...options, '--', ...program];
  return (await promisify(execFile)(nskitPath, argv)).stdout.trim();
}

const shell = (script: string): string[] => ['sh', '-c', script];
const knock = (address: string): string[] => [...python('knock.py'), ...address.split(' ')];

describe('the network inside', () => {
  test('is slirp4netns’s, with an MTU of 65520 and a gateway that answers', async () => {
    const lines = await inside(
      [],
      ...shell(
        'ip -brief addr show tap0; ip route; cat /sys/class/net/tap0/mtu; ping -c 1 10.0.2.2',
      ),
    );
    assert.match(lines, /^tap0 +UNKNOWN +10\.0\.2\.100\/24 .*fd00::100\/64/);
    assert.match(lines, /default via 10\.0\.2\.2 dev tap0/);
    assert.match(lines, /^65520$/m);
    assert.match(lines, /1 received/);
  });

  test('has the MTU and the networks that are given', async () => {
    const options = ['--mtu', '1400', '--cidr', '10.77.0.0/16', '--cidr', 'fd77:1::/64'];
    const lines = await inside(
      options,
      ...shell('ip -brief addr show tap0; cat /sys/class/net/tap0/mtu; grep name /etc/resolv.conf'),
    );
    assert.match(lines, /10\.77\.0\.100\/16 .*fd77:1::100\/64/);
    assert.match(lines, /^1400\nnameserver 10\.77\.0\.3$/m);
  });

  test('has no IPv6 with --no-ipv6, and then an MTU below 1280', async () => {
    const options = ['--no-ipv6', '--mtu', '576'];
    const lines = await inside(options, ...shell('ip -brief addr show tap0; ip -6 route'));
    assert.doesNotMatch(lines, /fd00/);
  });
});

describe('the host’s loopback', () => {
  test('is closed, and opened by port or as a whole', async () => {
    const ask = knock(`tcp 10.0.2.2 ${port}`);
    assert.equal(await inside([], ...ask), 'ECONNREFUSED');
    assert.equal(await inside(['--allow-host', port], ...ask), 'service');
    assert.equal(await inside(['--allow-host', `${port}/udp`], ...ask), 'ECONNREFUSED');
    assert.equal(await inside(['--allow-host-loopback'], ...ask), 'service');
    const closed = ['--allow-host-loopback', '--deny', `10.0.2.2:${port}`];
    assert.equal(await inside(closed, ...ask), 'EHOSTUNREACH');
  });
});

describe('other options', () => {
  test('are those of nskit run', async () => {
    assert.equal(await inside(['--hostname', 'inner'], 'hostname'), 'inner');
    assert.equal(await inside(['--wd', '/usr'], 'pwd'), '/usr');
    const own = await inside(
      ['--map-current'],
      ...shell('id -u; ping -c 1 10.0.2.2 >&2 && echo ok'),
    );
    assert.equal(own, `${process.getuid?.()}\nok`);
    assert.equal(await inside([], ...shell('echo $$')), '2');
    assert.notEqual(await inside(['--no-pid'], ...shell('echo $$')), '2');
  });

  test('that cannot be are refused before anything is made, with a hint', () => {
    for (const [options, message] of [
      [['--mtu', '1279'], /from 1280 to 65520, not 1279\n {2}hint: less than 1280 takes --no-ipv6/],
      [['--mtu', 'big'], /--mtu big: give a number of bytes/],
      [['--cidr', '10.0.2.1/24'], /hint: the network is 10\.0\.2\.0\/24/],
      [['--cidr', '10.0.2.0/30'], /from 1 to 25/],
      [['--allow-host', '0'], /"0" is no port/],
      [['--allow', 'example.org'], /"example\.org" is no CIDR\[:PORT\]/],
      [['--deny', '10.0.0.0/8:http'], /"http" is no port/],
      [['--outbound', '1.2.3.4', '--outbound', '5.6.7.8'], /two of a kind/],
    ] as const) {
      const { status, stderr } = nskit(['run', '--uplink', ...options, '--', 'true']);
      assert.match(stderr, message);
      assert.equal(status, 125);
    }
    const { status, stderr } = nskit(['run', '--deny', 'all', '--', 'true']);
    assert.match(stderr, /--deny goes with --uplink/);
    assert.equal(status, 125);
  });

  test('--dry-run prints the steps, and takes none', () => {
    const { stdout, status } = nskit(['run', '--uplink', '--dry-run', '--', 'touch', '/nowhere/x']);
    assert.equal(status, 0);
    for (const words of ['attach to the device tap0', '10.0.2.100/24', 'write /etc/resolv.conf']) {
      assert.ok(stdout.includes(words), stdout);
    }
  });
});

describe('/etc/resolv.conf', () => {
  test('names the uplink, whatever it is on the host', () => {
    const script = `
mkdir "$T/etc"; cp /etc/passwd /etc/group "$T/etc"; mount --bind "$T/etc" /etc
see() { nskit run --uplink -- sh -c 'test ! -L /etc/resolv.conf; cat /etc/resolv.conf' | grep name; }
see
echo 'nameserver 192.0.2.9' > "$T/etc/resolv.conf"; see
ln -sf ../nowhere/resolv.conf /etc/resolv.conf; see
ln -sf "$T/elsewhere" /etc/resolv.conf; echo 'nameserver 192.0.2.9' > "$T/elsewhere"; see
cat /etc/resolv.conf
`;
    const { stdout, stderr } = onOwnMachine(here, script);
    const ours = 'nameserver 10.0.2.3\n'.repeat(4);
    assert.equal(stdout, `${ours}nameserver 192.0.2.9\n`, stderr);
  });

  test('is asked alone: services that answer for the host are out of sight', () => {
    const script = `
mkdir -p "$T/run/nscd"; : > "$T/run/nscd/socket"; mount --bind "$T/run" /run
nskit run --uplink -- ls /run/nscd; ls /run/nscd; nskit run --uplink --no-dns -- ls /run/nscd
`;
    assert.equal(onOwnMachine(here, script).stdout, 'socket\nsocket\n');
  });
});

describe('what a program sends before it ends', () => {
  test('arrives, however full the way is', async () => {
    const received: number[] = [];
    const sink = createServer((socket) => {
      let bytes = 0;
      // A slow reader: most of it is on its way when the program has long ended.
      socket.on('data', (more) => {
        bytes += more.length;
        socket.pause();
        setImmediate(() => socket.resume());
      });
      socket.on('end', () => received.push(bytes));
    });
    await once(sink.listen(0, '127.0.0.1'), 'listening');
    const to = String((sink.address() as AddressInfo).port);
    const fill = [
      'import socket, sys',
      'client = socket.create_connection(("10.0.2.2", int(sys.argv[1])))',
      'client.setblocking(False)',
      'sent = 0',
      'try:',
      '  while True: sent += client.send(bytes(65536))',
      'except BlockingIOError: print(sent)',
    ].join('\n');
    const sent = await inside(['--allow-host', to], 'python3', '-c', fill, to);
    sink.close();
    await once(sink, 'close');
    assert.deepEqual(received.map(String), [sent]);
  });
});

describe('run() of the library', () => {
  test('has an uplink, and leaves no fd, process, device or mount', async () => {
    const argv = shell(`getent hosts host.nskit.internal && exit 3`);
    const options = { uplink: true, stdio: 'ignore' } as const;
    await run(argv, options);
    const mounts = readFileSync('/proc/self/mountinfo', 'utf8');
    const [fds, processes, devices] = [openFds(), children(), readdirSync('/sys/class/net')];
    assert.deepEqual(await run(argv, options), { exitCode: 3, signal: null });
    await assert.rejects(run(['/no/such/program'], options), { code: 'ENOENT' });
    await assert.rejects(run(argv, { ...options, kinds: ['user'] }), { code: 'ERR_USAGE' });
    assert.deepEqual(openFds().length, fds.length);
    assert.deepEqual(children(), processes);
    assert.deepEqual(readdirSync('/sys/class/net'), devices);
    assert.equal(readFileSync('/proc/self/mountinfo', 'utf8'), mounts);
  });

  test('serves HTTP to a namespace from a function, as the example does', async () => {
    const example = fileURLToPath(new URL('../../examples/virtual-host.js', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [example]);
    assert.equal(stdout, 'api.test/hello, asked for by 10.0.2.100\n');
  });
});

test('a name takes an uplink of this process, and is without one when that is closed', async () => {
  await using lab = await namespaces.add('lab');
  const hook = (flow: Flow) => flow.handle((stream) => void stream.resume().end('handled'));
  const uplink = await lab.attachUplink({ onFlow: hook });
  using held = lab.open();
  assert.equal(await outputOf(held, knock('tcp 203.0.113.1 80')), 'handled');
  await uplink.close();
  assert.deepEqual(
    (await lab.links.list()).map(({ name }) => name),
    ['lo'],
  );
});
