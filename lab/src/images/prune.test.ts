import { existsSync, linkSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pruneImages } from './prune.ts';

const hour = 3_600_000;
let images = '';
beforeEach(() => {
  images = mkdtempSync(join(tmpdir(), 'lab-prune-'));
  mkdirSync(join(images, 'store/blobs/sha256'), { recursive: true });
});
afterEach(() => rmSync(images, { recursive: true }));

function addSet(name: string, usedHour: number): void {
  mkdirSync(join(images, name));
  utimesSync(join(images, name), usedHour * 3600, usedHour * 3600);
}

function left(names: readonly string[]): readonly string[] {
  return names.filter((name) => existsSync(join(images, name)));
}

describe('pruneImages', () => {
  test('keeps the three sets that were used last', async () => {
    for (const [index, name] of ['a', 'b', 'c', 'd', 'e'].entries()) addSet(name, 10 - index);
    await pruneImages(images, 20 * hour);
    expect(left(['a', 'b', 'c', 'd', 'e'])).toEqual(['a', 'b', 'c']);
  });

  test('removes an interrupted build, but not one that may still run', async () => {
    addSet('a.101', 5);
    addSet('b.102', 10);
    await pruneImages(images, 10.5 * hour);
    expect(left(['a.101', 'b.102'])).toEqual(['b.102']);
  });

  test('removes stored layers that no image holds', async () => {
    for (const name of ['used', 'unused']) writeFileSync(join(images, 'store/blobs/sha256', name), name);
    linkSync(join(images, 'store/blobs/sha256/used'), join(images, 'elsewhere'));
    await pruneImages(images, Number.MAX_SAFE_INTEGER);
    expect(left(['store/blobs/sha256/used', 'store/blobs/sha256/unused'])).toEqual(['store/blobs/sha256/used']);
  });

  test('leaves a layer that was stored just now', async () => {
    writeFileSync(join(images, 'store/blobs/sha256/new'), 'new');
    await pruneImages(images, 0);
    expect(left(['store/blobs/sha256/new'])).toEqual(['store/blobs/sha256/new']);
  });
});
