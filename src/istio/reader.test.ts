import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { encodeBase64Text } from '../base/base64.ts';
import type { KubeObject } from '../objects/object.ts';
import { readerCredential, readerObjects } from './reader.ts';

const yaml = (objects: readonly KubeObject[]): string =>
  objects.map((object) => stringify(object, { aliasDuplicateObjects: false })).join('---\n');

test('the reader and its rights', async () => {
  await expect(yaml(readerObjects({ secrets: 'Listed' }))).toMatchFileSnapshot('golden/reader.yaml');
});

test('no rule names Secrets where istiod leaves them alone, and none allows a change', () => {
  expect(yaml(readerObjects({ secrets: 'Untouched' }))).not.toContain('secrets');
  for (const object of readerObjects({ secrets: 'Listed' })) {
    for (const rule of (object.rules ?? []) as readonly { readonly verbs: readonly string[] }[]) {
      expect(rule.verbs).toEqual(['list', 'watch']);
    }
  }
});

test('an istiod that serves the cluster may besides do what it does there', async () => {
  const served = readerObjects({ secrets: 'Listed', servedWebhooks: ['istio-sidecar-injector'] });
  await expect(yaml(served)).toMatchFileSnapshot('golden/reader-served.yaml');
});

test('the credential is there once both halves are', () => {
  const secret = (data: Record<string, string>): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'isthmus-reader-token' },
    data,
  });
  const token = encodeBase64Text('a.b.c');
  const authority = encodeBase64Text('PEM');
  expect(readerCredential(secret({ token, 'ca.crt': authority }))).toEqual({
    token: 'a.b.c',
    certificateAuthority: 'PEM',
  });
  expect(readerCredential(secret({ token }))).toBeUndefined();
  expect(readerCredential(secret({ token: '', 'ca.crt': authority }))).toBeUndefined();
  expect(readerCredential({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'empty' } })).toBeUndefined();
});
