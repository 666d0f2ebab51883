import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { headerOf, type TarEntry, tarStream } from './tar.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lab-tar-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function archive(entries: readonly TarEntry[]): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of tarStream(entries)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** What tar(1) reads in an archive. */
function listed(bytes: Buffer): readonly string[] {
  const text = execFileSync('tar', ['--list', '--verbose', '--numeric-owner', '--utc', '--file', '-'], {
    input: bytes,
  });
  return text.toString().trim().split('\n');
}

describe('tarStream', () => {
  test('tar(1) reads every kind of entry with its mode and owner', async () => {
    const source = join(folder, 'program');
    writeFileSync(source, 'x'.repeat(513));
    const lines = listed(
      await archive([
        { kind: 'directory', path: 'tmp', mode: 0o1777 },
        { kind: 'directory', path: 'etc/proxy', mode: 0o755, uid: 1337, gid: 1338 },
        { kind: 'bytes', path: 'etc/group', mode: 0o644, bytes: Buffer.from('root\n') },
        { kind: 'file', path: 'bin/program', mode: 0o755, source, size: 513 },
        { kind: 'link', path: 'bin/other', target: 'program' },
      ]),
    );
    expect(lines.map((line) => line.replaceAll(/\s+/g, ' '))).toEqual([
      'drwxrwxrwt 0/0 0 1970-01-01 00:00 tmp/',
      'drwxr-xr-x 1337/1338 0 1970-01-01 00:00 etc/proxy/',
      '-rw-r--r-- 0/0 5 1970-01-01 00:00 etc/group',
      '-rwxr-xr-x 0/0 513 1970-01-01 00:00 bin/program',
      'lrwxrwxrwx 0/0 0 1970-01-01 00:00 bin/other -> program',
    ]);
  });

  test('an archive is whole blocks and ends with two of zeros', async () => {
    const bytes = await archive([{ kind: 'bytes', path: 'a', mode: 0o644, bytes: Buffer.alloc(512, 1) }]);
    expect(bytes.length).toBe(4 * 512);
    expect(bytes.subarray(2 * 512).every((byte) => byte === 0)).toBe(true);
  });

  test('a long path survives', async () => {
    const path = `${'folder/'.repeat(20)}file`;
    expect(listed(await archive([{ kind: 'bytes', path, mode: 0o644, bytes: Buffer.alloc(0) }]))[0]).toContain(path);
  });

  test('a path that no header can hold is refused', () => {
    const entry = { kind: 'bytes', path: 'n'.repeat(101), mode: 0o644, bytes: Buffer.alloc(0) } as const;
    expect(() => headerOf(entry)).toThrow(/too long/);
  });

  test('a file that is shorter than its header says is an error, not a torn archive', async () => {
    const source = join(folder, 'program');
    writeFileSync(source, 'short');
    const entry = { kind: 'file', path: 'program', mode: 0o755, source, size: 100 } as const;
    await expect(archive([entry])).rejects.toThrow(/changed while it was archived/);
  });
});
