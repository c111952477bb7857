/** nskit where it cannot work: importing it does no harm, and the first call says so. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';

const index = new URL('../../../src/index.js', import.meta.url).href;

/** Another system as far as JavaScript sees it: no /proc, and on Windows no uids. */
const prelude = (platform: string): string => `
  import fs from 'node:fs';
  import { syncBuiltinESMExports } from 'node:module';
  Object.defineProperty(process, 'platform', { value: '${platform}' });
  if (process.platform === 'win32') {
    for (const name of ['getuid', 'geteuid', 'getgid', 'getegid']) process[name] = undefined;
  }
  for (const name of Object.keys(fs).filter((name) => name.endsWith('Sync'))) {
    const original = fs[name];
    fs[name] = (path, ...rest) => {
      if (/^\\/(proc|sys|run)\\b/.test(path)) throw new Error(name + ' of ' + path);
      return original(path, ...rest);
    };
  }
  syncBuiltinESMExports();
  const { namespaces, run, diagnose } = await import('${index}');
`;

const calls = [
  "namespaces.add('lab')",
  "namespaces.addForOwner('lab', { uid: 1, gid: 1 })",
  "namespaces.attach('lab', 1)",
  "namespaces.get('lab')",
  'namespaces.list()',
  'namespaces.identify()',
  'namespaces.watch().next()',
  "namespaces.create({ kinds: ['net'] })",
  'namespaces.ofProcess(1)',
  "namespaces.ofFiles(['/proc/self/ns/net'])",
  'namespaces.ofFds([0])',
  "run(['true'])",
  'diagnose()',
];

for (const platform of ['darwin', 'win32']) {
  describe(`on ${platform}`, () => {
    const code = `${prelude(platform)}
      const calls = [${calls.map((call) => `() => ${call}`).join(', ')}];
      for (const call of calls) {
        try {
          await call();
          console.log('no error');
        } catch ({ code, message }) {
          console.log(code + ': ' + message);
        }
      }`;
    const args = ['--input-type=module', '--eval', code];
    const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    const answers = stdout.split('\n');

    test('importing nskit does no harm', () => {
      assert.equal(status, 0, stderr);
    });

    for (const [i, call] of calls.entries()) {
      test(`${call} says: Linux only`, () => {
        assert.equal(answers[i], `ERR_PLATFORM: nskit works on Linux only, not on ${platform}`);
      });
    }
  });
}
