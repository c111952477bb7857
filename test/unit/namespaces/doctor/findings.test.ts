import assert from 'node:assert/strict';
import { test } from 'node:test';
import { appArmorProfile } from '../../../../src/namespaces/doctor/apparmor-profile.js';
import { releaseFinding } from '../../../../src/namespaces/doctor/checks-kernel.js';
import { openFiles } from '../../../../src/namespaces/doctor/checks-limits.js';
import { installMapHelpers, setSysctl } from '../../../../src/namespaces/doctor/fixes.js';
import { grantRanges } from '../../../../src/namespaces/doctor/subordinate.js';

test('a kernel older than the oldest supported is degraded', () => {
  assert.equal(releaseFinding('5.11.0').status, 'works');
  assert.equal(releaseFinding('5.10.0-28-amd64').status, 'degraded');
  assert.equal(releaseFinding('unheard of').status, 'unknown');
});

test('the hard limit of open files decides how many flows there can be', () => {
  assert.equal(openFiles({ soft: 1024, hard: 1_048_576 }).status, 'works');
  const few = openFiles({ soft: 1024, hard: 4096 });
  assert.equal(few.status, 'degraded');
  assert.match(few.fallback ?? '', /about 3896 flows/);
  assert.match(openFiles({ soft: 1024, hard: 2 ** 64 }).detail, /hard unlimited/);
});

test('new subordinate ids come after all ranges of both files', () => {
  const subuid = 'alice:100000:65536\nbob:165536:65536\n';
  const subgid = 'alice:100000:65536\nbob:165536:131072\n# comment\n';
  const range = '296608-362143';
  assert.equal(
    grantRanges('carol', [subuid, subgid]),
    `sudo usermod --add-subuids ${range} --add-subgids ${range} carol`,
  );
  assert.match(grantRanges('carol', ['', '']), /100000-165535/);
});

test('each distribution has its own package of newuidmap', () => {
  assert.match(installMapHelpers('ID=ubuntu\nID_LIKE=debian\n'), /apt-get install uidmap/);
  assert.match(installMapHelpers('ID="rocky"\nID_LIKE="rhel centos fedora"\n'), /dnf/);
  assert.match(installMapHelpers('ID="opensuse-leap"\nID_LIKE="suse opensuse"\n'), /zypper/);
  assert.match(installMapHelpers('ID=alpine\n'), /apk add shadow-uidmap/);
  assert.match(installMapHelpers(''), /^install newuidmap and newgidmap/);
});

test('a setting with a space is quoted for the shell', () => {
  assert.equal(setSysctl('a.b=1'), 'sudo sysctl -w a.b=1');
  assert.equal(setSysctl('a.b=0 9'), 'sudo sysctl -w "a.b=0 9"');
});

test("the AppArmor profile attaches to the launcher, whatever its folder's name", () => {
  const text = appArmorProfile('/opt/a [b]/bin');
  assert.ok(text.includes('profile nskit "/opt/a \\[b\\]/bin/{nskit,launcher-linux-*}"'));
  assert.match(text, /flags=\(unconfined\) \{\n {2}userns,\n/);
});
