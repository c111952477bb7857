// Runs test files, each in a process of its own, and prints one line a file; failures and skips in
// full. A separate program: it is started as the user the tests are for.

import * as fs from 'node:fs';
import path from 'node:path';
import { run } from 'node:test';
import { inspect } from 'node:util';

const fileTimeoutMs = 300_000;
const answerFd = 3;

const { files, concurrency, verbose } = JSON.parse(process.argv[2]);

async function runFile(file) {
  const startedMs = performance.now();
  const result = { file, passed: [], failures: [], skips: [], output: '' };
  for await (const { type, data } of run({ files: [file], timeout: fileTimeoutMs })) {
    if (type === 'test:stdout' || type === 'test:stderr') result.output += data.message;
    if (type === 'test:pass') enterPass(result, data);
    if (type === 'test:fail') enterFailure(result, data);
  }
  result.durationMs = Math.round(performance.now() - startedMs);
  return result;
}

function enterPass(result, { name, skip, todo, details }) {
  const reason = skip ?? todo;
  if (name === result.file) {
    result.failures.push({ name: 'the whole file', message: 'It contains no test.' });
  } else if (reason === true || reason === '') {
    result.failures.push({ name, message: 'Skipped without a reason: write one.' });
  } else if (reason !== undefined) {
    result.skips.push({ name, reason });
  } else if (details.type !== 'suite') {
    result.passed.push(name);
  }
}

function enterFailure(result, { name, todo, details: { error } }) {
  // The parent of a failed test fails as well; once is enough.
  if (error.failureType === 'subtestsFailed') return;
  if (todo) return void result.skips.push({ name, reason: todo });
  const isTimeout = error.failureType === 'testTimeoutFailure';
  const cause = error.cause ?? error;
  const message = isTimeout ? `Took longer than ${fileTimeoutMs / 1000} s.` : inspect(cause);
  result.failures.push({ name: name === result.file ? 'the whole file' : name, message });
}

const indent = (text, by) => text.trimEnd().replaceAll(/^/gm, ' '.repeat(by));

function print({ file, passed, failures, skips, output, durationMs }) {
  const mark = failures.length > 0 ? '✗' : '✓';
  const name = path.relative(process.cwd(), file).replace(/^dist\/test\//, '');
  console.log(`  ${mark} ${name}: ${passed.length} passed (${durationMs} ms)`);
  if (verbose) passed.forEach((test) => console.log(`      ✓ ${test}`));
  skips.forEach((skip) => console.log(`      - skipped: ${skip.name}: ${skip.reason}`));
  failures.forEach((failure) => {
    console.log(`      ✗ ${failure.name}\n${indent(failure.message, 10)}`);
  });
  if (output && (verbose || failures.length > 0)) console.log(indent(`it printed:\n${output}`, 6));
}

const waiting = [...files];
const results = [];
async function work() {
  for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
    const result = await runFile(file);
    print(result);
    results.push(result);
  }
}
await Promise.all(Array.from({ length: concurrency }, work));

const named = ({ file }, { name }) => `${path.basename(file)}: ${name}`;
const answer = {
  passed: results.reduce((sum, { passed }) => sum + passed.length, 0),
  failures: results.flatMap((result) => result.failures.map((each) => named(result, each))),
  skips: results.flatMap((result) => result.skips.map((each) => named(result, each))),
};
fs.writeSync(answerFd, JSON.stringify(answer));
// A test may have left a process behind that holds our pipes open.
process.exit();
