import { describe, expect, test } from 'vitest';
import { parseLdd } from './libraries.ts';

describe('parseLdd', () => {
  test("takes the libraries and the loader, not the kernel's own", () => {
    const output = [
      '\tlinux-vdso.so.1 (0x00007ffd7a5f2000)',
      '\tlibm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x00007f3f3a5c0000)',
      '\t/lib64/ld-linux-x86-64.so.2 (0x00007f3f3a6a1000)',
      '',
    ].join('\n');
    expect(parseLdd(output)).toEqual(['/lib/x86_64-linux-gnu/libm.so.6', '/lib64/ld-linux-x86-64.so.2']);
  });

  test('a static program needs nothing', () => {
    expect(parseLdd('\tstatically linked\n')).toEqual([]);
  });

  test('a library that is not there is an error that names it', () => {
    expect(() => parseLdd('\tlibmnl.so.0 => not found\n')).toThrow(/libmnl\.so\.0/);
  });
});
