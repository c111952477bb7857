/** What a command loads: what it uses, and nothing of what else the package can do. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { nskitPath, run } from '../../support/nskit.js';

const start = join(dirname(dirname(nskitPath)), 'dist/nskit.cjs');
const runtime = mkdtempSync(join(tmpdir(), 'nskit-start-'));
after(() => {
  rmSync(runtime, { recursive: true });
});

/** Says on stderr, at the end, which files of dist/command/ were read. */
const spy = `data:text/javascript,${encodeURIComponent(`
  import fs from 'node:fs';
  const { readFileSync, writeSync } = fs;
  const read = [];
  fs.readFileSync = (file, ...rest) => {
    if (String(file).includes('/command/')) read.push(file);
    return readFileSync(file, ...rest);
  };
  process.on('exit', () => writeSync(2, 'READ' + JSON.stringify(read)));
`)}`;

function filesReadBy(...args: readonly string[]): string[] {
  const env = { PATH: process.env['PATH'], XDG_RUNTIME_DIR: runtime, NODE_V8_COVERAGE: '' };
  const { stderr } = run(process.execPath, ['--import', spy, start, ...args], { env });
  const files = JSON.parse(/READ(.*)$/.exec(stderr)?.[1] ?? 'null') as string[];
  return files.map((file) => basename(file));
}

const scriptsReadBy = (...args: readonly string[]): string[] =>
  filesReadBy(...args).filter((name) => name.endsWith('.js'));

test('the quick commands load no layer but those that every command needs', () => {
  assert.deepEqual(scriptsReadBy('--version'), ['core.js']);
  for (const line of [
    'list',
    'list --json',
    'identify',
    'path none',
    'delete none',
    'add --help',
  ]) {
    assert.deepEqual(scriptsReadBy(...line.split(' ')), ['core.js', 'cli-commands.js'], line);
  }
});

test('a layer is loaded when something of it is used', () => {
  assert.deepEqual(scriptsReadBy('connect', 'none', 'no-address'), [
    'core.js',
    'cli-commands.js',
    'sockets.js',
  ]);
});

test('beside each script of the quick commands is what V8 made of it', () => {
  assert.deepEqual(filesReadBy('list'), [
    'core.js',
    'core.js.cache',
    'cli-commands.js',
    'cli-commands.js.cache',
  ]);
});
