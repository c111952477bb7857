import { after, before } from 'node:test';
import { testExamples } from '../support/examples.js';
import { makeLab, type Lab } from '../support/lab.js';

let lab: Lab;
before(async () => {
  lab = await makeLab('docs');
});
after(async () => {
  await lab[Symbol.asyncDispose]();
});

testExamples('docs/sockets.md');
testExamples('docs/intercept.md');
