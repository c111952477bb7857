import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  callersEnvironmentTexts,
  parseCaller,
  restoreCaller,
} from '../../../src/namespaces/caller.js';
import { describeProgram } from '../../../src/api/describe.js';

const { SIGHUP, SIGPIPE } = constants.signals;

describe('the launcher’s note', () => {
  test('names ignored signals, the soft limit of open files, and descriptors', () => {
    assert.deepEqual(parseCaller('4097:256'), {
      ignoredSignals: [1, 13],
      softFileLimit: 256,
      files: [],
    });
    const none = { ignoredSignals: [], softFileLimit: 1024 };
    assert.deepEqual(parseCaller('0:1024'), { ...none, files: [] });
    assert.deepEqual(parseCaller('0:1024:3,17'), { ...none, files: [3, 17] });
  });

  test('says nothing when it is missing or not ours', () => {
    const nothing = { ignoredSignals: [], softFileLimit: undefined, files: [] };
    for (const text of [undefined, '', '1', '1:', ':1', 'a:b', '1:2:', '1:2:3,', '-1:5', ' 1:2']) {
      assert.deepEqual(parseCaller(text), nothing, text);
    }
  });

  test('any mask comes back, and any text is taken without an error', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 31 - 1), fc.nat(), (mask, limit) => {
        const { ignoredSignals, softFileLimit } = parseCaller(`${mask}:${limit}`);
        const again = ignoredSignals.reduce((sum, signal) => sum + 2 ** (signal - 1), 0);
        assert.deepEqual([again, softFileLimit], [mask, limit]);
      }),
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        assert.doesNotThrow(() => parseCaller(text));
      }),
    );
  });
});

describe('what a program gets back', () => {
  const said = (note: string): string[] =>
    describeProgram(restoreCaller(parseCaller(note))).map(({ sentence }) => sentence);

  test('what Node ignores is default again', () => {
    assert.deepEqual(said(''), ['stop ignoring signal 13', 'stop ignoring signal 25']);
  });

  test('unless the caller ignored it too', () => {
    const mask = 2 ** (SIGPIPE - 1) + 2 ** (SIGHUP - 1);
    assert.deepEqual(said(`${mask}:64`), [
      'stop ignoring signal 25',
      'ignore signal 1',
      'ignore signal 13',
      'restore the limit of open files',
    ]);
  });

  test('its environment is the caller’s, without the note and without what is unset', () => {
    const env = { A: 'b', NSKIT_CALLER: '0:1', EMPTY: '', GONE: undefined, EQUALS: 'a=b' };
    assert.deepEqual(callersEnvironmentTexts(env), ['A=b', 'EMPTY=', 'EQUALS=a=b']);
  });
});
