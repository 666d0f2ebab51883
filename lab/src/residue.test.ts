import { describe, expect, test } from 'vitest';
import { isClean, mountsBelow } from './residue.ts';

describe('mounts of a lab', () => {
  const line = (path: string): string => `36 35 98:0 / ${path} rw,noatime - ext3 /dev/root rw`;

  test('are those at or below its folders, the latest first', () => {
    const text = ['/', '/run/isthmus-lab/lab', '/run/isthmus-lab/lab/a', '/run/isthmus-lab/lab2/a', '/home'].map(line);
    expect(mountsBelow(text.join('\n'), ['/run/isthmus-lab/lab', '/var/lib/isthmus-lab/lab'])).toEqual([
      '/run/isthmus-lab/lab/a',
      '/run/isthmus-lab/lab',
    ]);
  });

  test('are named as the kernel means them, blanks included', () => {
    expect(mountsBelow(line('/run/lab/a\\040b'), ['/run/lab'])).toEqual(['/run/lab/a b']);
  });
});

test('a lab is gone only when every kind is', () => {
  const none = { processes: [], mounts: [], controlGroups: [], namespaces: [], links: [], files: [] };
  expect(isClean(none)).toBe(true);
  expect(isClean({ ...none, links: ['il-lab'] })).toBe(false);
});
