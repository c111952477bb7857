import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import {
  NskitError,
  SyscallError,
  errorCodes,
  hintFor,
  packageFolder,
} from '../../../src/index.js';

describe('the codes', () => {
  const document = readFileSync(join(packageFolder(), 'docs/errors.md'), 'utf8');
  const entries = new Map(
    document.split(/^## /m).map((entry) => {
      const [title = '', ...text] = entry.split('\n');
      return [title, text.join('\n').trim()] as const;
    }),
  );
  const codes: readonly string[] = errorCodes;

  test('each is explained in docs/errors.md', () => {
    for (const code of codes) assert.ok((entries.get(code) ?? '').length > 40, code);
  });

  test('docs/errors.md explains no other', () => {
    const explained = [...entries.keys()].filter((title) => title.startsWith('ERR_'));
    assert.deepEqual(explained.sort(), [...codes].sort());
  });

  test('each is used, and only these are', () => {
    const used = new Set(
      sources(join(packageFolder(), 'src'))
        .filter((file) => !file.endsWith('errors/nskit-error.ts'))
        .flatMap((file) => readFileSync(file, 'utf8').match(/(?<=')ERR_\w+(?=')/g) ?? []),
    );
    // Node's own, which we tell from ours.
    const ours = [...used].filter((code) => !code.startsWith('ERR_PARSE_ARGS'));
    assert.deepEqual(ours.sort(), [...codes].sort());
  });
});

function sources(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return files.filter((name) => name.endsWith('.ts')).map((name) => join(folder, name));
}

describe('SyscallError', () => {
  const failure = { code: 'EPERM', errno: -1, syscall: 'setns', step: 'join it' };

  test('says what was being done, by which call, to what', () => {
    assert.equal(new SyscallError(failure).message, 'join it: setns failed with EPERM');
    const { message } = new SyscallError({ ...failure, path: '/a' });
    assert.equal(message, 'join it: setns failed with EPERM on /a');
  });

  test('has the shape of Node’s own errors, and two fields more', () => {
    const cause = new Error('first');
    const error = new SyscallError({ ...failure, path: '/a', hint: 'do it' }, { cause });
    assert.deepEqual(Object.fromEntries(Object.entries(error)), {
      ...failure,
      path: '/a',
      hint: 'do it',
      name: 'SyscallError',
    });
    assert.equal(error.cause, cause);
    assert.ok(error instanceof Error);
  });
});

describe('NskitError', () => {
  test('has a code, a message, and when there is one a hint and a cause', () => {
    const cause = new Error('first');
    const error = new NskitError('ERR_USAGE', 'so not', { hint: 'but so', cause });
    assert.deepEqual(Object.fromEntries(Object.entries(error)), {
      code: 'ERR_USAGE',
      hint: 'but so',
      name: 'NskitError',
    });
    assert.deepEqual([error.message, error.cause], ['so not', cause]);
    assert.ok(!('cause' in new NskitError('ERR_USAGE', 'so not')));
  });
});

describe('hints', () => {
  test('name what to do about a call and its errno', () => {
    assert.match(hintFor('execve', 'ENOENT') ?? '', /no such program in PATH/);
    assert.match(hintFor('setns', 'EPERM') ?? '', /only the owner/);
    assert.match(hintFor('clone', 'EAGAIN') ?? '', /ulimit -u/);
  });

  test('those that look at the system say something wherever they are asked', () => {
    for (const [syscall, code] of [
      ['unshare', 'EPERM'],
      ['unshare', 'ENOSPC'],
      ['clone', 'ENOSPC'],
      ['mount', 'EACCES'],
    ] as const) {
      assert.ok((hintFor(syscall, code) ?? '').length > 20, `${syscall} ${code}`);
    }
  });

  test('there is none for what we know nothing about', () => {
    assert.equal(hintFor('close', 'EBADF'), undefined);
    assert.equal(hintFor('setns', 'toString'), undefined);
  });
});
