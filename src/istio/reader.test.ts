import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { apiGroup } from '../api/crd.ts';
import { encodeBase64Text } from '../base/base64.ts';
import type { KubeObject } from '../objects/object.ts';
import { type ReaderRights, readerCredential, readerObjects } from './reader.ts';

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

/**
 * Who lists a kind may read it whole, so that the keys of the issuer are apart in kinds that no reader has together: its
 * Secret, and what that is encrypted with.
 */
test('no right that the readers can have reaches the kind that keeps what the issuer is encrypted with', () => {
  const revisions = ['default', 'green'];
  const every: readonly ReaderRights[] = (['Listed', 'Untouched'] as const).flatMap((secrets) => [
    { secrets },
    { secrets, revisions },
    { secrets, revisions, servedWebhooks: ['istio-sidecar-injector'] },
  ]);
  const rules = every.flatMap((rights) =>
    readerObjects(rights).flatMap(({ rules = [] }) => rules as unknown as readonly Record<string, readonly string[]>[]),
  );
  expect(rules.length).toBeGreaterThan(30);
  const covers = (names: readonly string[] = [], name: string): boolean => names.includes(name) || names.includes('*');
  const reaching = rules.filter(
    ({ apiGroups, resources, nonResourceURLs }) =>
      (covers(apiGroups, apiGroup) && covers(resources, 'wrappingkeys')) || nonResourceURLs !== undefined,
  );
  expect(reaching).toEqual([]);
  // Of the other kinds that a cluster could keep it in, the readers have these.
  const ofSystem = rules
    .filter(({ resourceNames }) => resourceNames === undefined)
    .flatMap(({ resources = [] }) => resources);
  expect(ofSystem).toEqual(expect.arrayContaining(['secrets', 'configmaps']));
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
