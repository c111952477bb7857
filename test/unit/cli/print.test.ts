/** What commands print arrives whole and in order, whatever is behind their output. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run } from '../../support/nskit.js';

const print = new URL('../../../src/cli/print.js', import.meta.url).href;
const imported = `import { print } from ${JSON.stringify(print)};`;

function node(source: string, ...shell: readonly string[]): ReturnType<typeof run> {
  const command = [process.execPath, '--input-type=module', '--eval', `${imported} ${source}`];
  return run('sh', ['-c', ['"$@"', ...shell].join(' '), 'sh', ...command]);
}

test('a line, and lines longer than a pipe holds', () => {
  assert.equal(node(`print('a'); print('b');`).stdout, 'a\nb\n');
  const long = node(`print('x'.repeat(300_000)); print('end');`, '| cat').stdout;
  assert.equal(long, `${'x'.repeat(300_000)}\nend\n`);
});

test('a reader that has seen enough is no error', () => {
  const { status, stderr } = node(
    `for (let i = 0; i < 100_000; i++) print(String(i)); console.error('done');`,
    '| head -1',
  );
  assert.deepEqual([status, stderr], [0, 'done\n']);
});

/**
 * Fills a pipe that does not block, gives it to a program as its output, and begins to read when
 * the program says that it has printed.
 */
const fullPipe = `
import os, subprocess, sys
reading, writing = os.pipe()
os.set_blocking(writing, False)
filled = 0
try:
    while True: filled += os.write(writing, b'.' * 4096)
except BlockingIOError: pass
program = subprocess.Popen(sys.argv[1:], stdout=writing, stderr=subprocess.PIPE)
os.close(writing)
assert program.stderr.readline() == b'printed\\n'
with os.fdopen(reading, 'rb') as pipe: sys.stdout.buffer.write(pipe.read()[filled:])
sys.exit(program.wait())
`;

test('a full pipe that does not block gets everything, in order, when there is room', () => {
  const source = `${imported} print('first'); print('second'); console.error('printed');`;
  const command = [process.execPath, '--input-type=module', '--eval', source];
  const { status, stdout, stderr } = run('python3', ['-c', fullPipe, ...command]);
  assert.deepEqual([status, stdout, stderr], [0, 'first\nsecond\n', '']);
});
