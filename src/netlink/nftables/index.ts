export * from './expressions.js';
export { NfTables, type FilterChain, type FilterTable } from './tables.js';
