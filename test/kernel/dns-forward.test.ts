/** The uplink's DNS server between dig and real name servers on loopback. */
import assert from 'node:assert/strict';
import type packet from 'dns-packet';
import { describe, test } from 'node:test';
import { checkOpenFiles, dig, digShort, digStatus, makeDnsLab } from '../support/dns-lab.js';
import { address, answerTo, nameServer, saying, type Behaviour } from '../support/dns-server.js';

const TRUNCATED = 0x200;

checkOpenFiles();

const records: packet.Answer[] = [
  { name: 'a.test', type: 'A', ttl: 60, data: '192.0.2.7' },
  { name: 'a.test', type: 'AAAA', ttl: 60, data: '2001:db8::7' },
  { name: 'a.test', type: 'MX', ttl: 60, data: { preference: 10, exchange: 'mx.test' } },
  { name: 'a.test', type: 'TXT', ttl: 60, data: ['one', 'two'] },
  { name: 'a.test', type: 'NS', ttl: 60, data: 'ns.test' },
  {
    ...{ name: 'a.test', type: 'SRV', ttl: 60 },
    data: { priority: 1, weight: 2, port: 443, target: 'h.test' },
  },
];
const allTypes: Behaviour = (asked) =>
  answerTo(
    asked,
    records.filter(({ type }) => type === asked.type),
  );

for (const via of ['udp', 'tcp'] as const) {
  test(`questions by ${via} get what the host's server answers by ${via}`, async () => {
    await using lab = await makeDnsLab({ servers: [allTypes] });
    const option = via === 'tcp' ? '+tcp' : '+notcp';
    const found: Record<string, string[]> = {};
    for (const { type } of records) found[type] = await digShort(lab, option, 'a.test', type);
    assert.deepEqual(found, {
      A: ['192.0.2.7'],
      AAAA: ['2001:db8::7'],
      MX: ['10 mx.test.'],
      TXT: ['"one" "two"'],
      NS: ['ns.test.'],
      SRV: ['1 2 443 h.test.'],
    });
    const { asked = [] } = lab.servers[0] ?? {};
    assert.deepEqual(new Set(asked.map((one) => one.via)), new Set([via]));
  });
}

test('a server at ::1 is asked too', async () => {
  await using lab = await makeDnsLab({ servers: [saying('192.0.2.1')] });
  await lab.setServers('::1');
  const [{ port } = { port: 0 }] = lab.servers;
  await using server = await nameServer('::1', { port, behave: saying('192.0.2.6') });
  assert.deepEqual(await digShort(lab, 'a.test'), ['192.0.2.6']);
  assert.deepEqual(await digShort(lab, '+tcp', 'a.test'), ['192.0.2.6']);
  assert.equal(server.asked.length, 2);
});

describe('large answers', () => {
  const texts = Array.from({ length: 250 }, (_, i) => `${i} `.padEnd(240, 'x'));
  const large: Behaviour = (asked) => {
    const record = { name: asked.name, type: 'TXT', ttl: 1, data: texts } as const;
    if (asked.via === 'tcp') return answerTo(asked, [record]);
    return answerTo(asked, [], { flags: TRUNCATED });
  };

  test('of 60,000 bytes come by TCP after the server has said that they are cut', async () => {
    await using lab = await makeDnsLab({ servers: [large] });
    const [line = ''] = await digShort(lab, 'a.test', 'TXT');
    assert.equal(line, texts.map((text) => `"${text}"`).join(' '));
    assert.deepEqual(
      lab.servers[0]?.asked.map(({ via }) => via),
      ['udp', 'tcp'],
    );
  });

  test('by UDP are whole up to what the client can take, and cut beyond', async () => {
    const few = Array.from({ length: 10 }, () => 'y'.repeat(200));
    const behave: Behaviour = (asked) =>
      answerTo(asked, [{ name: asked.name, type: 'TXT', ttl: 1, data: few }]);
    await using lab = await makeDnsLab({ servers: [behave] });
    const flagsWith = async (...options: string[]): Promise<string[]> =>
      await digStatus(lab, '+ignore', ...options, 'a.test', 'TXT');
    assert.deepEqual(await flagsWith('+bufsize=4096'), ['NOERROR', 'qr', 'rd', 'ra']);
    assert.deepEqual(await flagsWith('+bufsize=1232'), ['NOERROR', 'qr', 'tc', 'rd', 'ra']);
    assert.deepEqual(await flagsWith('+noedns'), ['NOERROR', 'qr', 'tc', 'rd', 'ra']);
    const [line = ''] = await digShort(lab, '+noedns', 'a.test', 'TXT');
    assert.equal(line.length, 10 * 202 + 9);
  });
});

describe('names of the host', () => {
  const hosts = '192.0.2.9 printer.lan printer\n2001:db8::9 printer.lan\n';

  test('are answered from /etc/hosts in both directions, by UDP and TCP', async () => {
    await using lab = await makeDnsLab({ servers: [saying('192.0.2.1')], hosts });
    for (const via of ['+notcp', '+tcp']) {
      assert.deepEqual(await digShort(lab, via, 'printer.lan'), ['192.0.2.9']);
      assert.deepEqual(await digShort(lab, via, 'printer'), ['192.0.2.9']);
      assert.deepEqual(await digShort(lab, via, 'printer.lan', 'AAAA'), ['2001:db8::9']);
      assert.deepEqual(await digShort(lab, via, '-x', '192.0.2.9'), ['printer.lan.']);
      assert.deepEqual(await digShort(lab, via, '-x', '2001:db8::9'), ['printer.lan.']);
    }
    assert.deepEqual(lab.servers[0]?.asked, []);
    assert.deepEqual(await digStatus(lab, 'printer.lan'), ['NOERROR', 'qr', 'aa', 'rd', 'ra']);
  });

  test('are the gateway’s and those of loopback, also when there is no server', async () => {
    await using lab = await makeDnsLab();
    assert.deepEqual(await digShort(lab, 'host.nskit.internal'), ['10.0.2.2']);
    assert.deepEqual(await digShort(lab, '-x', '10.0.2.2'), ['host.nskit.internal.']);
    assert.deepEqual(await digShort(lab, 'localhost', 'AAAA'), ['::1']);
    assert.equal((await digStatus(lab, 'other.nskit.internal'))[0], 'NXDOMAIN');
  });
});

test('which name an address was given for is known afterwards', async () => {
  const behave: Behaviour = (asked) =>
    answerTo(asked, [
      { name: asked.name, type: 'CNAME', ttl: 60, data: 'cdn.test' },
      address('cdn.test', '192.0.2.3'),
    ]);
  await using lab = await makeDnsLab({ servers: [behave] });
  const cdn = Uint8Array.of(192, 0, 2, 3);
  assert.equal(lab.dns.nameOf(cdn), undefined);
  await dig(lab, 'WWW.shop.test');
  assert.equal(lab.dns.nameOf(cdn), 'www.shop.test');
});

test('whoever decides about questions may refuse and answer', async () => {
  const answer = { kind: 'address', address: '10.0.2.50' } as const;
  await using lab = await makeDnsLab({
    servers: [saying('192.0.2.1')],
    decide: ({ name, type, class: itsClass }) => {
      if (name === 'forbidden.test') return { kind: 'refuse' };
      if (name !== 'api.test') return undefined;
      const record = { name, type, class: itsClass, ttl: 5, data: answer };
      return { kind: 'answer', records: [record] };
    },
  });
  assert.equal((await digStatus(lab, 'forbidden.test'))[0], 'REFUSED');
  assert.deepEqual(await digShort(lab, 'api.test'), ['10.0.2.50']);
  assert.deepEqual(await digShort(lab, 'other.test'), ['192.0.2.1']);
});
