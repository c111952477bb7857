export * from './expressions.js';
export * from './messages.js';
