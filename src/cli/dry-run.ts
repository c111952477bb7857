/** --dry-run: the named steps of a program instead of running it. */
import { describeProgram, type Program } from '../index.js';

export function printProgram(program: Program, json = false): void {
  const steps = describeProgram(program);
  if (json) {
    console.log(JSON.stringify(steps, undefined, 2));
    return;
  }
  for (const { number, sentence, call, path } of steps) {
    const object = path === undefined ? '' : ` ${path}`;
    console.log(`${String(number).padStart(3)}  ${sentence}  (${call}${object})`);
  }
}
