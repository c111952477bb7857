/** `nskit capture`: what tshark reads of it, and what becomes of a capture that cannot go on. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { stateDirectory, type RunningCapture } from '../../src/index.js';
import { pcapng } from '../../src/wire/index.js';
import { makeFlowLab, type FlowLab } from '../support/flow-lab.js';
import { turn } from '../support/lab.js';
import { nskitPath, run } from '../support/nskit.js';

let lab: FlowLab;
let folder: string;
before(async () => {
  lab = await makeFlowLab();
  folder = process.env['XDG_RUNTIME_DIR'] ?? assert.fail();
});
after(() => lab[Symbol.asyncDispose]());

function fields(file: string, filter: string, ...names: readonly string[]): string[] {
  const checks = ['ip', 'tcp', 'udp'].flatMap((name) => ['-o', `${name}.check_checksum:TRUE`]);
  const wanted = names.flatMap((name) => ['-e', name]);
  const display = filter === '' ? [] : ['-Y', filter];
  const args = ['-n', '-r', file, ...checks, ...display, '-T', 'fields', ...wanted];
  const { status, stdout, stderr } = run('tshark', args);
  assert.equal(status, 0, stderr);
  return stdout.split('\n').filter((line) => line !== '');
}

/** Of errors, the quoted header is as its sender left it. */
const BAD = '(tcp.checksum.status==0 || udp.checksum.status==0 || ip.checksum.status==0) && !icmp';

/** A program inside that says a word, hears the answer and ends. */
async function visit(host: string): Promise<void> {
  await (await lab.connected(host, 'end'))[Symbol.asyncDispose]();
}

/** UDP, on the host. */
async function echoServer(): Promise<Disposable> {
  const echo = createSocket('udp4', (data, who) => echo.send(data, who.port));
  await new Promise<void>((resolve) => echo.bind(lab.port, '127.0.0.1', resolve));
  return { [Symbol.dispose]: () => void echo.close() };
}

/** 20 datagrams and their answers each: no more at once than every buffer on the way holds. */
async function sendRounds(count: number): Promise<void> {
  await using _many = await lab.client(`
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect(("10.0.2.2", ${lab.port}))
for i in range(${count}):
  for size in range(20): s.send(bytes(size + 1))
  for size in range(20): s.recv(99)
print("done", flush=True)`);
}

async function captured(
  name: string,
  options: { flow?: readonly string[]; ringBytes?: number } = {},
): Promise<{ file: string; capture: RunningCapture }> {
  const file = join(folder, name);
  return { file, capture: await lab.name.uplink.capture({ file, ...options }) };
}

describe('a capture', () => {
  test('of 100,000 frames is read by tshark, with every checksum right', async () => {
    using _echo = await echoServer();
    const { file, capture } = await captured('many.pcapng');
    await sendRounds(2500);
    const { seen, wanted, dropped } = await capture.close();
    assert.ok(seen >= 100_000 && wanted === seen);
    const counts = fields(file, '', 'frame.len', 'udp.dstport');
    assert.equal(counts.length, wanted - dropped);
    assert.equal(dropped, 0);
    assert.deepEqual(fields(file, `${BAD} || _ws.malformed`, 'frame.number'), []);
    const last = pcapng.parseFile(readFileSync(file)).at(-1);
    assert.ok(last?.kind === 'statistics');
    assert.deepEqual([last.received, last.accepted, last.dropped], [seen, wanted, dropped]);
  });

  test('has what was decided, and looked-up names, as comments', async () => {
    const { file, capture } = await captured('comments.pcapng');
    await visit('host.nskit.internal');
    await lab.run(['ping', '-c', '1', 'fd00::2']);
    await using _denied = await lab.client(`
try: socket.create_connection(("192.0.2.1", 80))
except OSError as error: print(error.strerror, flush=True)`);
    await capture.close();
    const commented = (filter: string): string[] =>
      fields(file, `frame.comment && ${filter}`, 'frame.comment');
    const name = 'name: host.nskit.internal';
    assert.deepEqual(
      commented('tcp.flags.syn==1 && tcp.flags.ack==0 && tcp.dstport!=80').at(-1),
      ['accepted: the host’s loopback', name].join(','),
    );
    assert.deepEqual(commented('tcp.dstport==80'), ['rejected: prohibited by --deny 192.0.2.0/24']);
    assert.deepEqual(commented('icmpv6.type==128'), [`answered here,${name}`]);
    assert.deepEqual(commented('udp.dstport==53'), ['answered by the DNS server']);
    assert.deepEqual(fields(file, `${BAD} || _ws.malformed`, 'frame.number'), []);
  });

  test('shows the flows that were asked for, and two go on at once', async () => {
    const all = await captured('all.pcapng');
    const four = await captured('four.pcapng', { flow: [`tcp:10.0.2.2:${lab.port}`] });
    const named = await captured('named.pcapng', { flow: ['tcp:host.nskit.internal', 'udp::53'] });
    await visit('10.0.2.2');
    await visit('fd00::2');
    await visit('host.nskit.internal');
    for (const { capture } of [all, four, named]) await capture.close();
    const ports = (file: string): Set<string> => {
      return new Set(fields(file, '', 'ip.src', 'tcp.srcport', 'udp.srcport'));
    };
    const sources = [...ports(four.file)].map((line) => line.split('\t')[0]);
    assert.deepEqual(new Set(sources), new Set(['10.0.2.2', '10.0.2.100']));
    assert.ok(fields(named.file, 'udp.port==53', 'frame.number').length > 0);
    assert.ok(fields(named.file, 'tcp', 'frame.number').length > 0);
    assert.ok(fields(all.file, 'ipv6 && tcp', 'frame.number').length > 0);
  });

  test('in a ring never takes more than it may, and both files can be read', async () => {
    using _echo = await echoServer();
    const ringBytes = 300_000;
    const { file, capture } = await captured('ring.pcapng', { ringBytes });
    await sendRounds(200);
    const { seen } = await capture.close();
    assert.ok(seen * 80 > ringBytes, 'there was more than fits');
    for (const path of [file, `${file}.1`]) {
      assert.ok(statSync(path).size <= ringBytes / 2, path);
      assert.ok(fields(path, '', 'frame.number').length > 0 || path === file);
    }
  });
});

describe('the command', () => {
  test('writes to standard output, and says at its end how much there was', async () => {
    const child = spawn(nskitPath, ['capture', 'lab', '-w', '-'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const bytes: Buffer[] = [];
    child.stdout.on('data', (more: Buffer) => bytes.push(more));
    await once(child.stdout, 'data');
    await visit('10.0.2.2');
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (more: string) => (said += more));
    child.kill('SIGINT');
    const [code] = (await once(child, 'close')) as [number];
    assert.equal(code, 0, said);
    const packets = pcapng.parseFile(Buffer.concat(bytes)).filter(({ kind }) => kind === 'packet');
    assert.match(said, new RegExp(`^nskit: ${packets.length} packets captured of \\d+, 0 dropped`));
  });

  test('ends with an error when the disk is full, and traffic goes on', async () => {
    const child = spawn(nskitPath, ['capture', 'lab', '-w', '/dev/full'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (more: string) => (said += more));
    const [code] = (await once(child, 'close')) as [number];
    assert.equal(code, 1);
    assert.match(said, /write the capture: write failed with ENOSPC on \/dev\/full/);
    await visit('10.0.2.2');
  });

  test('that is killed leaves nothing in the process', async () => {
    const child = spawn(nskitPath, ['capture', 'lab', '-w', '-'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'close');
    while (connections() > 0) await turn();
    await visit('10.0.2.2');
  });

  test('refuses what makes no sense', () => {
    for (const [args, message] of [
      [['--flow', 'sctp::1', '-w', 'x'], /"sctp::1" is no flow/],
      [['--ring', '5x', '-w', 'x'], /--ring 5x: give a number of bytes/],
      [['--ring', '1k', '-w', join(folder, 'x')], /a ring is a file of 262144 bytes at least/],
      [['-w', join(folder, 'no/such')], /write the capture: open failed with ENOENT/],
    ] as const) {
      const { status, stderr } = run(nskitPath, ['capture', 'lab', ...args]);
      assert.notEqual(status, 0);
      assert.match(stderr, message);
    }
  });
});

/** What the process has accepted at its control socket (proc_net_unix: connected is 03). */
function connections(): number {
  const { path } = stateDirectory();
  const lines = readFileSync('/proc/net/unix', 'utf8').split('\n');
  return lines.filter((line) => line.includes(` ${path}/`) && line.split(' ')[5] === '03').length;
}
