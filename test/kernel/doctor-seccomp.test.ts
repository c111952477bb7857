/** Filters as container engines and systemd install them, on the real kernel. */
import { mkdtempSync, rmSync } from 'node:fs';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { errnoNumber, syscallNumber } from '../../src/native/index.js';
import { ALLOW, onCall, onFlag, runFiltered, type Filter } from './doctor-filter.js';
import { assertFinding, check, nskit, parse, type Report } from './doctor-run.js';

let folder = '';

before(() => {
  folder = mkdtempSync('/tmp/nskit-doctor-test-');
});

after(() => {
  rmSync(folder, { recursive: true, force: true });
});

function doctorUnder(filter: Filter): Report {
  const { status, stdout, stderr } = runFiltered([nskit, 'doctor', '--json'], filter, folder);
  return parse(status, stdout, stderr);
}

const errno = (code: string): number => 0x0005_0000 | errnoNumber(code);
const KILL = 0x8000_0000;

test("a container's filter is told from everything else that refuses", () => {
  const report = doctorUnder([
    ...onCall(syscallNumber('unshare'), errno('EPERM')),
    ...onCall(syscallNumber('setns'), errno('EPERM')),
    ...onCall(syscallNumber('mount'), errno('EPERM')),
    ...onCall(syscallNumber('clone3'), errno('ENOSYS')),
    ALLOW,
  ]);
  const found = assertFinding(report, 'namespace-user', 'fails', /seccomp filter refuses unshare/);
  assert.match(found.fix ?? '', /seccomp=unconfined|RestrictNamespaces/);
  assertFinding(report, 'seccomp', 'fails', /refuses unshare, setns, mount$/);
  assert.match(check(report, 'seccomp').detail, /clone3: ENOSYS/);
  assert.equal(report.status, 1);
});

test('a filter that hides only clone3 costs nothing', () => {
  const report = doctorUnder([...onCall(syscallNumber('clone3'), errno('ENOSYS')), ALLOW]);
  const found = check(report, 'seccomp');
  assert.equal(found.status, 'works');
  assert.match(found.detail, /clone3: ENOSYS: not needed/);
  assert.equal(report.status, 0);
});

test('a filter on the flags of unshare, as systemd has it, is suspected', () => {
  const newUser = 0x1000_0000;
  const report = doctorUnder([...onFlag(syscallNumber('unshare'), newUser, errno('EPERM')), ALLOW]);
  assertFinding(report, 'namespace-user', 'fails', /probably refuses unshare/);
  assert.equal(check(report, 'seccomp').status, 'works');
});

test('a filter that kills takes the attempt, not doctor', () => {
  const report = doctorUnder([...onCall(syscallNumber('unshare'), KILL), ALLOW]);
  assertFinding(
    report,
    'namespace-user',
    'fails',
    /seccomp filter kills programs that call unshare/,
  );
  assert.match(check(report, 'namespace-net').detail, /was killed/);
  assert.equal(report.status, 1);
});

test('newer calls that are missing are degraded, each with what replaces it', () => {
  const calls = ['landlock_create_ruleset', 'pidfd_getfd', 'close_range', 'mount_setattr'] as const;
  const report = doctorUnder([
    ...calls.flatMap((name) => onCall(syscallNumber(name), errno('ENOSYS'))),
    ALLOW,
  ]);
  for (const id of ['landlock', 'pidfd-getfd', 'close-range', 'mount-api']) {
    const found = assertFinding(report, id, 'degraded', /seccomp filter hides /);
    assert.match(found.detail, /ENOSYS/);
    assert.ok(found.fallback);
  }
  assert.equal(report.status, 0);
});
