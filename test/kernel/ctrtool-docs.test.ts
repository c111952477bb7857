import { testExamples } from '../support/examples.js';

testExamples('docs/ctrtool.md');
