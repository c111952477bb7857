// Counts over all checks and stages, and the last line.

import * as fs from 'node:fs';
import path from 'node:path';
import { root } from '../native.mjs';

const expectedSkips = path.join(root, 'test/expected-skips.json');

export class Tally {
  #passed = 0;
  #failures = [];
  #skipped = 0;
  #testsRun = 0;
  #notRun = [];

  pass() {
    this.#passed += 1;
  }

  fail(what) {
    this.#failures.push(what);
  }

  notRun(sentence) {
    this.#notRun.push(sentence);
  }

  add(stage, { passed, failures, skips }) {
    this.#passed += passed;
    this.#testsRun += passed + failures.length;
    this.#skipped += skips.length;
    failures.forEach((failure) => this.fail(`${stage}/${failure}`));
  }

  // A test that starts to skip itself looks just like one that passes, unless somebody counts.
  compareSkips(stage, actual) {
    const expected = JSON.parse(fs.readFileSync(expectedSkips, 'utf8'))[stage];
    if (actual === expected) return;
    const where = path.relative(root, expectedSkips);
    this.fail(`${stage}: ${actual} skipped where ${where} says ${expected}`);
  }

  mustHaveRun() {
    if (this.#testsRun === 0) this.fail('no test ran');
  }

  // Returns the exit status.
  finish() {
    this.#list('Not run here:', this.#notRun);
    this.#list('Failed:', this.#failures);
    const failed = this.#failures.length;
    console.log(`\n${this.#passed} passed, ${failed} failed, ${this.#skipped} skipped`);
    return failed === 0 ? 0 : 1;
  }

  #list(title, lines) {
    if (lines.length > 0) console.log(`\n${[title, ...lines].join('\n  ')}`);
  }
}
