import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withNote } from '../scripts/release/elf.ts';

/** A program of any Linux, which prints its words. */
const echo = '/bin/echo';
const content = Buffer.from('what a program carries, of a length that is no multiple of four');
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'isthmus-elf-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly fileSize: number;
}

/** The table of segments as elf(5) describes it. */
function segmentsOf(file: Buffer): readonly Segment[] {
  const start = Number(file.readBigUInt64LE(32));
  return Array.from({ length: file.readUInt16LE(56) }, (_, index) => {
    const at = start + index * 56;
    const number = (field: number): number => Number(file.readBigUInt64LE(at + field));
    return { type: file.readUInt32LE(at), offset: number(8), address: number(16), fileSize: number(32) };
  });
}

describe('a program with a note', () => {
  test('runs as before', () => {
    const file = join(folder, 'echo');
    writeFileSync(file, Buffer.concat(withNote(readFileSync(echo), 'A_NOTE', content)));
    chmodSync(file, 0o755);
    expect(execFileSync(file, ['still', 'here'], { encoding: 'utf8' })).toBe('still here\n');
  });

  test('has it where the loader maps it, with its name and its size', () => {
    const file = Buffer.concat(withNote(readFileSync(echo), 'A_NOTE', content));
    const segments = segmentsOf(file);
    const note = segments.findLast(({ type }) => type === 4);
    const load = segments.findLast(({ type }) => type === 1);
    if (note === undefined || load === undefined) throw new Error('a segment is missing');
    expect(note.offset - load.offset).toBe(note.address - load.address);
    expect(note.offset + note.fileSize).toBe(load.offset + load.fileSize);
    const bytes = file.subarray(note.offset, note.offset + note.fileSize);
    expect([bytes.readUInt32LE(0), bytes.readUInt32LE(4)]).toEqual(['A_NOTE'.length + 1, content.length]);
    expect(bytes.subarray(12, 19).toString()).toBe('A_NOTE\0');
    expect(bytes.subarray(20, 20 + content.length)).toEqual(content);
  });

  test('keeps the loaded segments in order of address, which the loader takes for granted', () => {
    const before = segmentsOf(readFileSync(echo)).filter(({ type }) => type === 1);
    const file = Buffer.concat(withNote(readFileSync(echo), 'A_NOTE', content));
    const after = segmentsOf(file).filter(({ type }) => type === 1);
    expect(after.slice(0, -1)).toEqual(before);
    expect(after.map(({ address }) => address)).toEqual(after.map(({ address }) => address).toSorted((a, b) => a - b));
  });
});

test.each([
  ['a text', Buffer.from('#!/bin/sh\nexec true\n'.padEnd(64))],
  ['a program of another byte order', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 2, 1, ...Array<number>(57).fill(0)])],
])('%s is refused', (_, bytes) => {
  expect(() => withNote(bytes, 'A_NOTE', content)).toThrow('is not a 64-bit little-endian ELF file');
});
