/** `nskit link`, `addr` and `route`, and what `show` and `list --long` tell of the same. */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import type { OwnedNamedNamespace } from '../../src/index.js';
import { clean, ip, makePair, type Listed, type Pair } from '../support/network.js';
import { nskit, type Ended } from '../support/nskit.js';

let pair: Pair;
let a: OwnedNamedNamespace;
before(async () => {
  pair = await makePair();
  ({ a } = pair);
});
beforeEach(() => {
  ok('link a add v0 mtu 1400 type veth peer v1 netns b');
  ok('link a set v0 up');
  ok('link b set v1 up');
});
afterEach(async () => {
  await clean(a);
});
after(async () => {
  await pair[Symbol.asyncDispose]();
});

function ok(line: string): string {
  const { status, stdout, stderr } = nskit(line.split(' '));
  assert.equal(status, 0, stderr);
  return stdout;
}

function refused(line: string): Ended {
  const ended = nskit(line.split(' '));
  assert.notEqual(ended.status, 0, line);
  return ended;
}

const json = (line: string): Listed[] => JSON.parse(ok(line)) as Listed[];

/** What iproute2 says of each, but for what the two tell at different times. */
function compare(ours: readonly Listed[], theirs: readonly Listed[], notOurs: readonly string[]) {
  assert.equal(ours.length, theirs.length);
  for (const [i, one] of theirs.entries()) {
    const wanted = Object.entries(one).filter(([key]) => !notOurs.includes(key));
    const said = Object.entries(ours[i] ?? {}).filter(([key]) => !notOurs.includes(key));
    assert.deepEqual(Object.fromEntries(said), Object.fromEntries(wanted));
  }
}

describe('--json has the shape of ip -json', () => {
  test('link', async () => {
    ok('link a add br0 up type bridge');
    ok('link a set v0 master br0');
    compare(json('link a --json'), await ip(a, 'link'), ['linkinfo']);
  });

  test('addr', async () => {
    ok('addr a add 10.0.0.1/24 brd + dev v0');
    ok('addr a add fd00::1/64 dev v0 nodad');
    compare(json('addr a list --json'), await ip(a, 'address'), ['linkmode', 'linkinfo']);
  });

  test('route', async () => {
    ok('addr a add 10.0.0.1/24 dev v0');
    ok('route a add default via 10.0.0.2 metric 7 mtu 1300 advmss 1200');
    ok('route a add 10.9.0.0/16 nexthop via 10.0.0.2 weight 2 nexthop via 10.0.0.3 dev v0');
    ok('route a add blackhole 192.0.2.0/24');
    compare(json('route a list inet --json'), await ip(a, '-4', 'route'), []);
    compare(json('route a list inet6 --json'), await ip(a, '-6', 'route'), []);
  });
});

test('the daily verbs', async () => {
  ok('addr a add 10.0.0.1/24 dev v0');
  ok('link a add tap0 mtu 1300 type tap');
  ok('link a add vx0 type vxlan id 7 remote 10.0.0.2 dstport 4789');
  ok('link a add mv0 link vx0 type macvlan mode bridge');
  ok('link a set tap0 name tap9 up');
  assert.match(ok('link a'), /tap9 +tun +\S+ +1300/);
  ok('route a add 10.1.0.0/16 via 10.0.0.2');
  ok('route a replace 10.1.0.0/16 via 10.0.0.3');
  assert.match(ok('route a'), /^10\.1\.0\.0\/16 via 10\.0\.0\.3 dev v0$/m);
  assert.match(ok('route a get 10.1.2.3'), /via 10\.0\.0\.3 dev v0/);
  ok('route a delete 10.1.0.0/16');
  ok('addr a delete 10.0.0.1/24 dev v0');
  ok('addr a flush v0');
  for (const device of ['tap9', 'mv0', 'vx0', 'v0']) ok(`link a delete ${device}`);
  assert.deepEqual(
    (await ip(a, 'link')).map(({ ifname }) => ifname),
    ['lo'],
  );
});

test('show and list --long tell of devices, addresses and routes', () => {
  ok('addr a add 10.0.0.1/24 dev v0');
  ok('route a add default via 10.0.0.2');
  const shown = ok('show a');
  assert.match(shown, /^links +lo up 127\.0\.0\.1\/8 ::1\/128$/m);
  assert.match(shown, /^ +v0@if\d+ up 10\.0\.0\.1\/24/m);
  assert.match(shown, /^routes +default via 10\.0\.0\.2 dev v0$/m);
  const { links, routes } = JSON.parse(ok('show a --json')) as Record<string, Listed[]>;
  assert.deepEqual(
    links?.map(({ ifname }) => ifname),
    ['lo', 'v0'],
  );
  assert.equal(routes?.[0]?.['gateway'], '10.0.0.2');
  assert.match(ok('list --long'), /^a .*lo, v0 +10\.0\.0\.1\/24 +default via 10\.0\.0\.2 dev v0/m);
  const [first] = json('list --long --json');
  assert.equal((first?.['links'] as Listed[]).length, 2);
});

describe('errors say what is wrong', () => {
  const cases: readonly [line: string, status: number, said: RegExp][] = [
    ['link nope', 1, /nope/],
    ['link a delete nope', 1, /ENODEV\n {2}hint: /],
    ['link a add v0 type veth', 1, /add the veth device v0: .*EEXIST/],
    ['link a add x type foo', 2, /the type is one of veth, .*tap, not foo/],
    ['link a add x', 2, /the type is missing/],
    ['link a add type bridge', 2, /the name of the device is missing/],
    ['link a add mv0 type macvlan', 2, /the device below is missing/],
    ['link a set v0', 2, /nothing to set/],
    ['link a set v0 mtu many', 2, /the MTU is a whole number, not many/],
    ['link a set v0 frob', 2, /unknown word frob\n {2}hint: one of up, down/],
    ['link a frob', 2, /unknown word frob/],
    ['link a add v9 type veth peer v1 netns nope', 1, /there is no namespace nope/],
    ['link a set v0 netns host', 1, /EPERM\n {2}hint: .*only root/],
    ['addr a add 10.0.0.1/24', 2, /the device is missing/],
    ['addr a add 10.0.0.300/24 dev v0', 2, /10\.0\.0\.300\/24 is no address/],
    ['route a add default via 10.99.0.1', 1, /ENETUNREACH: .*gateway/],
    ['route a add default via lab', 2, /lab is no IP address/],
    ['route a delete 10.99.0.0/16', 1, /ESRCH/],
  ];
  for (const [line, status, said] of cases) {
    test(line, () => {
      const ended = refused(line);
      assert.match(ended.stderr, said);
      assert.equal(ended.status, status);
    });
  }
});

test('--help has examples', () => {
  for (const command of ['link', 'addr', 'route']) {
    assert.match(ok(`${command} --help`), /Examples:\n {2}nskit /);
  }
});
