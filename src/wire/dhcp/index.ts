export * from './message.js';
export * from './options.js';
