export * from './message.js';
export * from './numbers.js';
