import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Command } from 'commander';
import { attachedValuesOnly } from '../../../src/cli/attached-values.js';

interface Parsed {
  readonly program: string[];
  readonly flags: Record<string, unknown>;
}

/** What a small command with options of each sort makes of these arguments. */
function parse(...args: string[]): Parsed {
  let parsed: Parsed | undefined;
  const command = new Command('small')
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .passThroughOptions()
    .argument('[program...]')
    .option('-n, --net [file]')
    .option('-U, --user [file]')
    .option('-r, --map-root-user')
    .option('--map-user <user>')
    .option('--map-users <range>')
    .option('-S, --setuid <user>')
    .action((program: string[], flags: Record<string, unknown>) => {
      parsed = { program, flags };
    });
  attachedValuesOnly(command);
  command.parse(args, { from: 'user' });
  assert.ok(parsed);
  return parsed;
}

test('an optional value must be attached: the next word is the program', () => {
  assert.deepEqual(parse('-n', 'ip', 'link'), { program: ['ip', 'link'], flags: { net: true } });
  assert.deepEqual(parse('--net', 'ip').program, ['ip']);
  assert.deepEqual(parse('--net=/run/a', 'ip'), { program: ['ip'], flags: { net: '/run/a' } });
  assert.deepEqual(parse('-n/run/a', 'ip').flags, { net: '/run/a' });
  assert.deepEqual(parse('-n=./a').flags, { net: './a' });
});

test('short options may stand together, the last with its value', () => {
  assert.deepEqual(parse('-Urn', 'ip').flags, { user: true, mapRootUser: true, net: true });
  assert.deepEqual(parse('-rS', '5', 'id'), {
    program: ['id'],
    flags: { mapRootUser: true, setuid: '5' },
  });
  assert.deepEqual(parse('-rS5').flags, { mapRootUser: true, setuid: '5' });
});

test("options after the program's name are the program's", () => {
  assert.deepEqual(parse('-n', 'ls', '-r', '--net').program, ['ls', '-r', '--net']);
  assert.deepEqual(parse('-n', '--', '-r').program, ['-r']);
  assert.deepEqual(parse('--', '--', 'x').program, ['--', 'x']);
});

test('a value may begin with a dash where a value must come', () => {
  assert.deepEqual(parse('-S', '-1', 'id'), { program: ['id'], flags: { setuid: '-1' } });
});

test('a long name may be cut short while only one begins so', () => {
  assert.deepEqual(parse('--map-r').flags, { mapRootUser: true });
  assert.deepEqual(parse('--map-user=3').flags, { mapUser: '3' });
  assert.throws(() => parse('--map-u', '3'), /unknown option/);
});

test('an unknown option stays unknown', () => {
  assert.throws(() => parse('--nat'), /unknown option '--nat'/);
  assert.throws(() => parse('-rx'), /unknown option '-x'/);
});
