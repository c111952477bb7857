/** Messages of the Domain Name System (RFC 1035, with EDNS: RFC 6891). */
export * from './constants.js';
export type { Edns, EdnsOption } from './edns.js';
export * from './header.js';
export { emitMessage, parseMessage, type Flags, type Message } from './message.js';
export { ROOT, foldName, isWithin, labelText, parseName } from './name.js';
export { parseOutline, type Outline } from './outline.js';
export type { Question, ResourceRecord } from './record.js';
export type { RecordData, SoaData, SrvData } from './record-data.js';
export { addressOfReverse, reverseName } from './reverse.js';
