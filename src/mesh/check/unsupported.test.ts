import { expect, test } from 'vitest';
import { mesh } from '../../api/mesh.ts';
import { meshCluster } from '../../api/mesh-cluster.ts';
import { unsupportedKeys } from './unsupported.ts';

test('every key that is called unsupported is one that the schema refuses', () => {
  for (const { kind, path } of unsupportedKeys) {
    const segments = path.split('.');
    const key = segments.at(-1) ?? '';
    const value = segments.reduceRight<unknown>((inner, segment) => ({ [segment]: inner }), 'x');
    const { error } = (kind === 'Mesh' ? mesh : meshCluster).safeParse(value);
    const refused = error?.issues.flatMap((issue) => (issue.code === 'unrecognized_keys' ? issue.keys : []));
    expect(refused, path).toContain(key);
  }
});
