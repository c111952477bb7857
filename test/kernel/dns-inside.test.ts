/** How programs behind an uplink find names: getent, Node, Python and dig, with our files. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { namespaces, type OwnedNamedNamespace } from '../../src/index.js';
import {
  Uplink,
  nameServiceFiles,
  uplinkPlan,
  type Decide,
  type Decision,
} from '../../src/uplink/index.js';
import { makeDnsLab, type DnsLab } from '../support/dns-lab.js';
import { address, answerTo, type Behaviour } from '../support/dns-server.js';
import { output } from '../support/network.js';

const nothing: Decision = { kind: 'refuse', refusal: { kind: 'refused' } };

/** `large.test` has so many addresses that they come by TCP. */
const behave: Behaviour = (asked) => {
  const isInSearchList = asked.name.endsWith('.corp.test') && asked.name !== 'short.corp.test';
  if (isInSearchList || asked.name.endsWith('.missing')) return answerTo(asked, [], { rcode: 3 });
  if (asked.type !== 'A') return answerTo(asked, []);
  if (asked.name !== 'large.test') return answerTo(asked, [address(asked.name, '192.0.2.1')]);
  if (asked.via === 'udp') return answerTo(asked, [], { flags: 0x200 });
  const all = Array.from({ length: 200 }, (_, i) => address(asked.name, `192.0.2.${i + 1}`));
  return answerTo(asked, all);
};

let folder: string;
let lab: DnsLab;
let inside: OwnedNamedNamespace;
let uplink: Uplink;

before(async () => {
  folder = mkdtempSync(join(process.env['XDG_RUNTIME_DIR'] ?? tmpdir(), 'dns-'));
  process.env['XDG_RUNTIME_DIR'] = folder;
  const hosts = '192.0.2.77 only.hosts\n2001:db8::77 only.hosts\n';
  lab = await makeDnsLab({ servers: [behave], hosts });
  const files = nameServiceFiles(['10.0.2.3', 'fd00::3'], {
    resolvConf: 'nameserver 127.0.0.53\nsearch corp.test\noptions ndots:2\n',
    nsswitch: 'hosts: mymachines resolve [!UNAVAIL=return] files mdns4_minimal [NOTFOUND=return]\n',
  });
  inside = await namespaces.add('dns', { files: etcFiles(files) });
  const { ipv4, ipv6 } = uplinkPlan();
  const decide: Decide = (request) => lab.dns.decide(request) ?? nothing;
  uplink = await Uplink.attach({ path: inside.path }, { decide, ipv4, ipv6 });
});

after(async () => {
  await uplink.close();
  await lab[Symbol.asyncDispose]();
  await inside[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

function etcFiles(files: Readonly<Record<string, string>>) {
  mkdirSync(join(folder, 'etc'));
  return Object.entries(files).map(([target, content]) => {
    const source = join(folder, 'etc', basename(target));
    writeFileSync(source, content);
    return { source, target };
  });
}

async function python(expression: string): Promise<unknown> {
  const script = `import socket, json; print(json.dumps(${expression}))`;
  return JSON.parse(await output(inside, 'python3', '-c', script)) as unknown;
}

async function node(expression: string): Promise<unknown> {
  const script = `import dns from 'node:dns/promises';
    console.log(JSON.stringify(await ${expression}));`;
  const said = await output(inside, process.execPath, '--input-type=module', '-e', script);
  return JSON.parse(said) as unknown;
}

describe('getent, by the C library', () => {
  test('finds what the host’s servers know, through the search list too', async () => {
    const ahosts = await output(inside, 'getent', 'ahostsv4', 'www.shop.test');
    assert.match(ahosts, /^192\.0\.2\.1 +STREAM www\.shop\.test$/m);
    assert.match(
      await output(inside, 'getent', 'hosts', 'short'),
      /192\.0\.2\.1 +short\.corp\.test/,
    );
  });

  test('finds the gateway and the names of the host’s file in both directions', async () => {
    const gateway = await output(inside, 'getent', 'hosts', 'host.nskit.internal');
    assert.match(gateway, /^10\.0\.2\.2 +host\.nskit\.internal$/m);
    assert.match(await output(inside, 'getent', 'hosts', '10.0.2.2'), /host\.nskit\.internal/);
    assert.match(await output(inside, 'getent', 'hosts', '192.0.2.77'), /only\.hosts/);
    assert.match(await output(inside, 'getent', 'hosts', 'only.hosts'), /2001:db8::77/);
  });

  test('takes large answers', async () => {
    const lines = (await output(inside, 'getent', 'ahostsv4', 'large.test')).trim().split('\n');
    assert.equal(new Set(lines.map((line) => line.split(' ')[0])).size, 200);
  });
});

describe('Node', () => {
  test('by the C library and by its own resolver', async () => {
    assert.deepEqual(await node(`dns.lookup('www.shop.test')`), {
      ...{ address: '192.0.2.1', family: 4 },
    });
    assert.deepEqual(await node(`dns.resolve4('www.shop.test')`), ['192.0.2.1']);
    assert.deepEqual(await node(`dns.reverse('192.0.2.77')`), ['only.hosts']);
    assert.equal(((await node(`dns.resolve4('large.test')`)) as unknown[]).length, 200);
    const missing = `dns.resolve4('a.missing').catch(({ code }) => code)`;
    assert.equal(await node(missing), 'ENOTFOUND');
  });
});

test('Python', async () => {
  const found = await python(`socket.getaddrinfo('www.shop.test', 80, type=socket.SOCK_STREAM)`);
  assert.deepEqual(
    (found as unknown[][]).map((one) => one[4]),
    [['192.0.2.1', 80]],
  );
  assert.equal(await python(`socket.gethostbyaddr('192.0.2.77')[0]`), 'only.hosts');
});

describe('dig', () => {
  for (const [server, via] of [
    ['10.0.2.3', '+notcp'],
    ['10.0.2.3', '+tcp'],
    ['fd00::3', '+notcp'],
    ['fd00::3', '+tcp'],
  ] as const) {
    test(`at ${server}, ${via}`, async () => {
      const dig = ['dig', `@${server}`, '+short', '+tries=1', '+timeout=10', via] as const;
      assert.equal(await output(inside, ...dig, 'www.shop.test'), '192.0.2.1\n');
      const many = await output(inside, ...dig, 'large.test');
      assert.equal(many.trim().split('\n').length, 200);
    });
  }
});
