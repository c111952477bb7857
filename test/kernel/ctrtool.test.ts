/** bin/ctrtool itself: which applet is meant, and what it says about the others. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { applets, missingApplets } from '../../src/compat/ctrtool/applets.js';
import { ctrtool, ctrtoolPath, ownUser } from '../support/ctrtool.js';
import { run } from '../support/nskit.js';

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'nskit-ctrtool-'));
});
after(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('the applet', () => {
  test('is the first word', () => {
    assert.equal(ctrtool(['ns_open_file', 'echo', 'ran']).stdout, 'ran\n');
  });

  test('is the name of a link', () => {
    const link = join(folder, 'ns_open_file');
    symlinkSync(ctrtoolPath, link);
    assert.equal(run(link, ['echo', 'ran']).stdout, 'ran\n');
    assert.equal(run(link, []).stderr, 'ns_open_file: no program to run\n');
  });

  test('both names of the launcher are one', () => {
    for (const name of ['launcher', 'container-launcher']) {
      const { stdout } = ctrtool([name, ...ownUser, '--wait', 'echo', name]);
      assert.equal(stdout, `${name}\n`);
    }
  });

  test('a link of another name, when the environment says that it is none', () => {
    const link = join(folder, 'tool');
    symlinkSync(ctrtoolPath, link);
    const env = { ...process.env, CTRTOOL_OVERRIDE_ARGV0_LOOKUP: '1' };
    assert.equal(run(link, ['ns_open_file', 'echo', 'ran'], { env }).stdout, 'ran\n');
    const { status, stderr } = run(link, ['ns_open_file', 'true']);
    assert.equal(status, 255);
    assert.match(stderr, /^ctrtool: there is no applet tool .*CTRTOOL_OVERRIDE_ARGV0_LOOKUP=1/);
  });

  test('a link whose name begins with ctrtool is ctrtool', () => {
    const link = join(folder, 'ctrtool-mine');
    symlinkSync(ctrtoolPath, link);
    assert.equal(run(link, ['ns_open_file', 'echo', 'ran']).stdout, 'ran\n');
  });

  test('escape stands in front of each', () => {
    assert.equal(ctrtool(['escape', 'ns_open_file', 'echo', 'ran']).stdout, 'ran\n');
    assert.equal(ctrtool(['escape', 'mount_seq']).status, 0);
    const { stdout } = ctrtool(['escape', 'launcher', ...ownUser, '--wait', 'echo', 'ran']);
    assert.equal(stdout, 'ran\n');
  });
});

describe('refused, with 255', () => {
  for (const name of missingApplets) {
    test(`the original’s applet ${name}, by its name`, () => {
      const { status, stdout, stderr } = ctrtool([name, '--help']);
      assert.deepEqual([status, stdout], [255, '']);
      assert.match(stderr, new RegExp(`^ctrtool: the applet ${name} is not part of nskit: `));
    });
  }

  const others: Record<string, string[]> = {
    'a word that is no applet': ['nonsense'],
    'no word at all': [],
    'escape without an applet': ['escape'],
    'escape twice': ['escape', 'escape', 'mount_seq'],
    'an option': ['-m'],
    'a name of an object': ['constructor'],
  };
  for (const [title, words] of Object.entries(others)) {
    test(title, () => {
      const { status, stdout, stderr } = ctrtool(words);
      assert.deepEqual([status, stdout], [255, '']);
      assert.notEqual(stderr, '');
    });
  }
});

describe('--help', () => {
  test('of the command, and its version', () => {
    const { status, stdout, stderr } = ctrtool(['--help']);
    assert.deepEqual([status, stderr], [0, '']);
    for (const applet of ['launcher', 'mount_seq', 'ns_open_file']) {
      assert.match(stdout, new RegExp(`^  ${applet} `, 'm'));
    }
    assert.match(ctrtool(['--version']).stdout, /^ctrtool of nskit \d+\.\d+\.\d+\n$/);
  });

  for (const name of Object.keys(applets)) {
    test(`${name}: every option, and examples`, () => {
      const { status, stdout } = ctrtool([name, '--help']);
      assert.equal(status, 0);
      assert.match(stdout, /^Usage: ctrtool .*[^]*^Examples:\n {2}/m);
    });
  }
});

test('the launcher of the architecture is ctrtool when it is told so', () => {
  const launcher = join(dirname(ctrtoolPath), `launcher-linux-${process.arch}`);
  const asked = run(launcher, ['--as', 'ctrtool', '/any/ns_open_file', 'echo', 'ran']);
  assert.equal(asked.stdout, 'ran\n');
});
