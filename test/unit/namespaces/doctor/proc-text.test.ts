import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coveringMounts } from '../../../../src/namespaces/doctor/checks-mounts.js';
import {
  hasIds,
  isAtLeast,
  numberOf,
  osReleaseField,
  parseIdMap,
  parseMountinfo,
  parseRelease,
  statusField,
} from '../../../../src/namespaces/doctor/proc-text.js';

test('a field of /proc/PID/status is found by its whole name', () => {
  const text = 'Name:\tnode\nSeccomp_filters:\t3\nSeccomp:\t2\nNoNewPrivs:\t1\n';
  assert.equal(statusField(text, 'Seccomp'), '2');
  assert.equal(statusField(text, 'Seccomp_filters'), '3');
  assert.equal(statusField(text, 'Missing'), undefined);
});

test('a line of mountinfo may have optional fields, or none, and escapes in its path', () => {
  const text = [
    '22 27 0:21 / /proc rw,relatime - proc proc rw',
    '36 35 98:0 /mnt1 /mnt\\0402 ro,noatime master:1 shared:2 - ext3 /dev/root rw,errors=continue',
    '',
  ].join('\n');
  assert.deepEqual(parseMountinfo(text), [
    { point: '/proc', options: ['rw', 'relatime'], type: 'proc' },
    { point: '/mnt 2', options: ['ro', 'noatime'], type: 'ext3' },
  ]);
});

test('an id map is ranges, and none in a user namespace without a map', () => {
  assert.deepEqual(parseIdMap('         0       1001          1\n'), [
    { inside: 0, outside: 1001, count: 1 },
  ]);
  assert.deepEqual(parseIdMap(''), []);
});

test('ids exist when one range of the map has them all', () => {
  const map = [
    { inside: 0, outside: 1001, count: 1 },
    { inside: 1, outside: 100_000, count: 65_536 },
  ];
  assert.ok(hasIds(map, 0));
  assert.ok(hasIds(map, 1, 65_536));
  assert.ok(!hasIds(map, 0, 2));
  assert.ok(!hasIds(map, 65_537));
  assert.ok(!hasIds([], 0));
});

test('releases compare by number, not by letter', () => {
  assert.deepEqual(parseRelease('6.18.44-fc-v509'), [6, 18]);
  assert.deepEqual(parseRelease('5.15-rc1'), [5, 15]);
  assert.equal(parseRelease('linux'), undefined);
  assert.ok(isAtLeast('6.18.44', 6, 9));
  assert.ok(isAtLeast('5.11.0', 5, 11));
  assert.ok(!isAtLeast('5.9.16', 5, 11));
  assert.ok(!isAtLeast('4.19.0', 5, 1));
});

test('a number is a whole one, and nothing else', () => {
  assert.equal(numberOf('-1'), -1);
  assert.equal(numberOf('2147483647'), 2_147_483_647);
  assert.equal(numberOf('max'), undefined);
  assert.equal(numberOf(''), undefined);
  assert.equal(numberOf(undefined), undefined);
});

test('a field of os-release loses its quotes', () => {
  const text = 'PRETTY_NAME="Debian 12"\nID=debian\nID_LIKE=\'rhel fedora\'\n';
  assert.equal(osReleaseField(text, 'ID'), 'debian');
  assert.equal(osReleaseField(text, 'ID_LIKE'), 'rhel fedora');
  assert.equal(osReleaseField(text, 'NAME'), undefined);
});

test('a mount covers a file system unless it lies where the kernel wants one', () => {
  const points = [
    '/sys',
    '/sys/fs/cgroup',
    '/sys/fs/cgroup/cpu',
    '/sys/kernel/debug',
    '/proc/acpi',
  ];
  const mounts = [...points, '/sys/firmware', '/sys/firmware/x', '/system'].map((point) => {
    return { point, options: ['rw'], type: 'tmpfs' };
  });
  assert.deepEqual(coveringMounts(mounts, '/sys'), ['/sys/firmware']);
  assert.deepEqual(coveringMounts(mounts, '/proc'), ['/proc/acpi']);
});
