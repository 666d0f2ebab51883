/**
 * Node finds the script of a single executable in a note of the running program: it asks the loader for the program headers
 * (dl_iterate_phdr) and reads those of the type NOTE (postject-api.h in Node's sources). A note can only be found there
 * once it is mapped, so it is put into a segment of its own behind all others, together with the longer table of headers.
 */
const sizes = { header: 64, entry: 56 } as const;
const types = { load: 1, note: 4, headers: 6 } as const;
/** The largest pages that a kernel of the supported processors has. */
const page = 0x10000n;
const readable = 4;

/** Offsets of the fields in the ELF header, ELF64, little endian (elf.h). */
const fields = { headersAt: 32, sectionsAt: 40, headerCount: 56, sectionCount: 60, sectionNames: 62 } as const;

interface Segment {
  readonly type: number;
  readonly flags: number;
  readonly offset: bigint;
  readonly address: bigint;
  readonly fileSize: bigint;
  readonly memorySize: bigint;
  readonly align: bigint;
}

/**
 * The program with `content` as a note of this name. What no loader reads (symbols, the table of sections) is left out. Gives
 * the parts of the file in order. Throws where the program is none that Linux loads on a 64-bit little-endian processor.
 */
export function withNote(program: Buffer, name: string, content: Uint8Array): readonly Uint8Array[] {
  const segments = segmentsOf(program);
  const loads = segments.filter(({ type }) => type === types.load);
  const [first] = loads;
  if (first === undefined) throw new Error('the program has no segment that is loaded');
  const base = first.address - first.offset;
  const fileEnd = highest(loads.map(({ offset, fileSize }) => offset + fileSize));
  const memoryEnd = highest(loads.map(({ address, memorySize }) => address + memorySize));
  // Kernels before 5.18 take the address of the headers for base plus offset, so that both must be as far apart here.
  const offset = pageUp(fileEnd > memoryEnd - base ? fileEnd : memoryEnd - base);
  const tableSize = (segments.length + 2) * sizes.entry;
  const note = noteOf(name, content, tableSize);
  const total = BigInt(tableSize + note.length);
  const added: Segment = {
    type: types.load,
    flags: readable,
    offset,
    address: base + offset,
    fileSize: total,
    memorySize: total,
    align: page,
  };
  const table = tableOf(segments, added, tableSize);
  const kept = Buffer.alloc(Number(offset));
  program.copy(kept, 0, 0, Number(fileEnd));
  writeHeader(kept, offset, table.length / sizes.entry);
  return [kept, table, note];
}

function segmentsOf(program: Buffer): readonly Segment[] {
  if (program.readUInt32BE(0) !== 0x7f454c46 || program[4] !== 2 || program[5] !== 1) {
    throw new Error('the program is not a 64-bit little-endian ELF file');
  }
  const start = Number(program.readBigUInt64LE(fields.headersAt));
  return Array.from({ length: program.readUInt16LE(fields.headerCount) }, (_, index) => {
    const at = start + index * sizes.entry;
    return {
      type: program.readUInt32LE(at),
      flags: program.readUInt32LE(at + 4),
      offset: program.readBigUInt64LE(at + 8),
      address: program.readBigUInt64LE(at + 16),
      fileSize: program.readBigUInt64LE(at + 32),
      memorySize: program.readBigUInt64LE(at + 40),
      align: program.readBigUInt64LE(at + 48),
    };
  });
}

/** The segments, the added one behind the last that is loaded, because the loader wants those in order of address. */
function tableOf(segments: readonly Segment[], added: Segment, tableSize: number): Buffer {
  const { offset, address } = added;
  const moved = segments.map((segment) => {
    if (segment.type !== types.headers) return segment;
    return { ...segment, offset, address, fileSize: BigInt(tableSize), memorySize: BigInt(tableSize) };
  });
  const last = moved.findLastIndex(({ type }) => type === types.load);
  const size = added.fileSize - BigInt(tableSize);
  const at = BigInt(tableSize);
  const note = { ...added, type: types.note, offset: offset + at, address: address + at, align: 4n };
  const all = [
    ...moved.slice(0, last + 1),
    added,
    ...moved.slice(last + 1),
    { ...note, fileSize: size, memorySize: size },
  ];
  return Buffer.concat(all.map(entryOf));
}

function entryOf({ type, flags, offset, address, fileSize, memorySize, align }: Segment): Buffer {
  const entry = Buffer.alloc(sizes.entry);
  entry.writeUInt32LE(type, 0);
  entry.writeUInt32LE(flags, 4);
  for (const [at, value] of [offset, address, address, fileSize, memorySize, align].entries()) {
    entry.writeBigUInt64LE(value, 8 + at * 8);
  }
  return entry;
}

function writeHeader(file: Buffer, headersAt: bigint, count: number): void {
  file.writeBigUInt64LE(headersAt, fields.headersAt);
  file.writeBigUInt64LE(0n, fields.sectionsAt);
  file.writeUInt16LE(count, fields.headerCount);
  file.writeUInt16LE(0, fields.sectionCount);
  file.writeUInt16LE(0, fields.sectionNames);
}

/** Sizes of name and content, a type of no meaning, then both, each filled up to a multiple of four bytes. */
function noteOf(name: string, content: Uint8Array, after: number): Buffer {
  if (after % 4 !== 0) throw new Error('a note must begin at a multiple of four bytes');
  const text = Buffer.from(`${name}\0`);
  const head = Buffer.alloc(12);
  head.writeUInt32LE(text.length, 0);
  head.writeUInt32LE(content.length, 4);
  return Buffer.concat([head, filled(text), filled(content)]);
}

function filled(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}

function pageUp(value: bigint): bigint {
  return ((value + page - 1n) / page) * page;
}

function highest(values: readonly bigint[]): bigint {
  return values.reduce((most, value) => (value > most ? value : most), 0n);
}
