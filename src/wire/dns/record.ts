/** The parts of a message: questions (RFC 1035 section 4.1.2) and records (4.1.3). */
import type { MessageWriter } from './message-writer.js';
import type { Reader } from './reader.js';
import { parseRecordData, writeRecordData, type RecordData } from './record-data.js';

export interface Question {
  readonly name: string;
  readonly type: number;
  readonly class: number;
}

export interface ResourceRecord {
  readonly name: string;
  readonly type: number;
  readonly class: number;
  /** In seconds. */
  readonly ttl: number;
  readonly data: RecordData;
}

export function parseQuestion(reader: Reader): Question {
  return { name: reader.name(), type: reader.u16(), class: reader.u16() };
}

export function writeQuestion(writer: MessageWriter, question: Question): void {
  writer.name(question.name);
  writer.u16(question.type);
  writer.u16(question.class);
}

export function parseRecord(reader: Reader): ResourceRecord {
  const name = reader.name();
  const tag = { type: reader.u16(), class: reader.u16() };
  const ttl = reader.u32();
  return { name, ...tag, ttl, data: parseRecordData(reader, tag) };
}

export function writeRecord(writer: MessageWriter, record: ResourceRecord): void {
  writer.name(record.name);
  writer.u16(record.type);
  writer.u16(record.class);
  writer.u32(record.ttl);
  writeRecordData(writer, record, record.data);
}
