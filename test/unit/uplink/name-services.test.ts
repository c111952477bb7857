import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  nameServiceFiles,
  nsswitchInside,
  resolvConfInside,
} from '../../../src/uplink/name-services.js';

const ours = ['10.0.2.3', 'fd00::3'];

describe('resolv.conf inside', () => {
  test('names the uplink for both families, and keeps the search list and the options', () => {
    const host = 'nameserver 127.0.0.53\noptions edns0 trust-ad\nsearch a.test b.test\n';
    assert.deepEqual(resolvConfInside(ours, host).split('\n').slice(1), [
      'nameserver 10.0.2.3',
      'nameserver fd00::3',
      'search a.test b.test',
      'options edns0 trust-ad',
      '',
    ]);
  });

  test('of a host that has no such file names the uplink and nothing else', () => {
    assert.deepEqual(resolvConfInside(['10.0.2.3']).split('\n').slice(1), [
      'nameserver 10.0.2.3',
      '',
    ]);
  });
});

describe('nsswitch.conf inside', () => {
  const hosts: Record<string, [string, string]> = {
    'Debian with mDNS': ['files mdns4_minimal [NOTFOUND=return] dns', 'files dns'],
    Fedora: ['files myhostname resolve [!UNAVAIL=return] dns', 'files myhostname dns'],
    'Arch, where resolve stands for dns': [
      'mymachines resolve [!UNAVAIL=return] files myhostname dns',
      'files myhostname dns',
    ],
    'no DNS at all': ['files resolve # nothing else', 'files dns'],
    'an action of a service that stays': [
      'files [SUCCESS=merge]  dns [!UNAVAIL=return] libvirt',
      'files [SUCCESS=merge] dns [!UNAVAIL=return]',
    ],
    'no files': ['dns', 'files dns'],
    'actions without a service': ['[NOTFOUND=return] sss', 'files dns'],
  };
  for (const [title, [given, expected]] of Object.entries(hosts)) {
    test(title, () => {
      const text = nsswitchInside(`passwd: files\nhosts:  ${given}\nnetworks: files\n`);
      const lines = text.split('\n').filter((line) => /^[a-z]/.test(line));
      assert.deepEqual(lines, ['passwd: files', 'networks: files', `hosts: ${expected}`]);
    });
  }

  test('of a host that has none', () => {
    assert.equal(nsswitchInside(), '# Changed by nskit.\nhosts: files dns\n');
  });
});

test('both files have their paths', () => {
  const files = nameServiceFiles(ours, { resolvConf: undefined, nsswitch: undefined });
  assert.deepEqual(Object.keys(files), ['/etc/resolv.conf', '/etc/nsswitch.conf']);
});
