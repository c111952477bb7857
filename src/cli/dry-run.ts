/** --dry-run: the named steps of a program instead of running it. */
import { describeProgram, type Program } from '../index.js';
import { print } from './print.js';

export function printProgram(program: Program): void {
  for (const { number, sentence, calls, path } of describeProgram(program)) {
    const details = [calls.join(', '), path].filter((text) => text !== undefined && text !== '');
    const behind = details.length === 0 ? '' : `  (${details.join(' ')})`;
    print(`${String(number).padStart(3)}  ${sentence}${behind}`);
  }
}
