import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { rolesText } from '../src/cli/rbac/text.ts';
import { objectText } from '../src/cli/render/text.ts';
import { yamlText } from '../src/cli/shell/yaml-text.ts';
import { kubeconfigText } from '../src/istio/remote-secret.ts';
import { draftText } from '../src/mesh/draft/draft-text.ts';
import type { AccessRoles } from '../src/report/access-roles.ts';

/** Programs of the field read YAML 1.1, in which these are no texts. */

const words = ['no', 'NO', 'On', 'off', 'y', 'yes', '012', '1_000', '1:30', '0b1', '2026-11-29', '~', '.5', '1e3'];
const readByKubernetes = (text: string): unknown => parse(text, { version: '1.1' });
const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { words } };

describe('a text that YAML 1.1 takes for something else stays a text', () => {
  test('in a rendered object', () => {
    expect(readByKubernetes(objectText(object))).toEqual(object);
  });

  test('in a report', () => {
    expect(readByKubernetes(yamlText({ words }))).toEqual({ words });
  });

  test('in a mesh file', () => {
    const text = draftText({ documents: [{ value: object }] }, 'mesh.json');
    expect(readByKubernetes(text)).toEqual(object);
  });

  test('in roles', () => {
    const roles = { command: 'plan', objects: [{ object, reasons: [] }] } as unknown as AccessRoles;
    expect(readByKubernetes(rolesText(roles).replace(/^(#.*\n)?---\n/, ''))).toEqual(object);
  });

  test.each(words.filter((word) => /^[a-z0-9]+$/.test(word)))('in the kubeconfig of a cluster %s', (cluster) => {
    const access = { cluster, server: 'https://a.example', certificateAuthority: 'x', token: 'x' };
    expect(readByKubernetes(kubeconfigText(access))).toMatchObject({
      clusters: [{ name: cluster }],
      contexts: [{ name: cluster, context: { cluster, user: cluster } }],
      'current-context': cluster,
      users: [{ name: cluster }],
    });
  });
});

test('every writer of YAML takes the style of it', () => {
  const folder = join(import.meta.dirname, '../src');
  const writers = globSync('**/*.ts', { cwd: folder })
    .filter((path) => !path.endsWith('.test.ts'))
    .map((path) => ({ path, text: readFileSync(join(folder, path), 'utf8') }))
    .filter(({ text }) => / from 'yaml';/.test(text) && /(?<!JSON\.)\bstringify\(|\bnew Document\(/.test(text));
  expect(writers.length).toBeGreaterThan(5);
  expect(writers.filter(({ text }) => !text.includes('yamlStyle')).map(({ path }) => path)).toEqual([]);
});
