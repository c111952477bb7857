// What the code should look like where a machine can tell. Which layer may import which is in
// .dependency-cruiser.cjs. Every rule switched off in place needs its reason beside it.

import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import globals from 'globals';
import tseslint from 'typescript-eslint';

// You met one of these? Split by idea: a file is one noun, a function one step of the story.
const sizes = {
  'max-lines': ['error', 300],
  'max-lines-per-function': ['error', { max: 40, skipBlankLines: true, skipComments: true }],
  'max-params': ['error', 4],
  complexity: ['error', 12],
};

const typescript = {
  // A promise nobody waits for is an error nobody sees, or a descriptor closed too early. Await it,
  // return it, or write `void` and say why. node:test waits for its own.
  '@typescript-eslint/no-floating-promises': [
    'error',
    {
      allowForKnownSafeCalls: [
        { from: 'package', package: 'node:test', name: ['test', 'it', 'describe', 'suite'] },
      ],
    },
  ],
  // A new member of a union should show every place that must learn of it.
  '@typescript-eslint/switch-exhaustiveness-check': [
    'error',
    { considerDefaultExhaustiveForUnions: true },
  ],
  // An import that vanishes should look so.
  '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
  // Numbers print as anyone expects; objects and undefined do not, and stay forbidden.
  '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
  '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
  // `while (true)` is how a loop that ends in the middle is written.
  '@typescript-eslint/no-unnecessary-condition': [
    'error',
    { allowConstantLoopConditions: 'only-allowed-literals' },
  ],
  // It takes what comes out of a mixin for something else. Where it would be right, classes have
  // private fields and the compiler says the same.
  '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
  // A leading underscore says "required by the signature, not by me".
  '@typescript-eslint/no-unused-vars': [
    'error',
    { argsIgnorePattern: '^_', varsIgnorePattern: '^_', destructuredArrayIgnorePattern: '^_' },
  ],
};

// wire and stack are arithmetic on bytes: they behave the same in a test, in a replay of a capture
// and at three in the morning, because nothing reaches them but their arguments. You need the time,
// or chance? Take `now` or `random` as an argument. Bytes? Uint8Array and DataView: Buffer's reads
// are many times slower on the packet path. A timer? Return nextDeadline() and let the uplink wait.
const sansIo = {
  'no-restricted-globals': [
    'error',
    { name: 'Date', message: 'Take `now` as an argument.' },
    { name: 'performance', message: 'Take `now` as an argument.' },
    { name: 'setTimeout', message: 'Return a deadline; the uplink waits for it.' },
    { name: 'setInterval', message: 'Return a deadline; the uplink waits for it.' },
    { name: 'setImmediate', message: 'Return what is to be done; the uplink does it.' },
    { name: 'queueMicrotask', message: 'Return what is to be done; the uplink does it.' },
    { name: 'Buffer', message: 'Use Uint8Array and one DataView per buffer.' },
    { name: 'process', message: 'This layer knows no process; take it as an argument.' },
    { name: 'crypto', message: 'Take `random` as an argument.' },
    { name: 'globalThis', message: 'A way around the rules above.' },
  ],
  'no-restricted-properties': [
    'error',
    { object: 'Math', property: 'random', message: 'Take `random` as an argument.' },
  ],
};

export default defineConfig(
  { ignores: ['dist/', 'bin/', 'coverage/', 'node_modules/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  { rules: sizes },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: typescript,
  },
  { files: ['**/*.{js,mjs,cjs}'], languageOptions: { globals: globals.node } },
  { files: ['src/wire/**', 'src/stack/**'], rules: sansIo },
  // Setting up console and process.stdout takes longer than most commands: print() of cli/print.ts.
  { files: ['src/**'], rules: { 'no-console': 'error' } },
  // A suite is one long function by nature; each test in it is short by habit.
  { files: ['test/**', 'bench/**'], rules: { 'max-lines-per-function': 'off' } },
);
