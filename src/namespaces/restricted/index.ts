export { restrictedEnvironment } from './environment.js';
export { restrictBeforeStart, restrictForGood } from './restriction.js';
