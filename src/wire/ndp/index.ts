export * from './messages.js';
export * from './options.js';
