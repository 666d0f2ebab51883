import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { IsthmusError } from '../base/error.ts';
import { checkDocuments } from '../mesh/check/check-documents.ts';
import type { DeclaredMesh } from '../mesh/declared.ts';
import { readText } from '../mesh/text/read-text.ts';
import { declaredDigest, documentsOf, type PlanFile, parsePlanFile, planFileText } from './plan-file.ts';

const digest = (text: string): string => `digest of ${text.length}: ${text}`.slice(0, 900);

function declaredMesh(network: string): DeclaredMesh {
  const { declared } = readText(
    `apiVersion: isthmus.dev/v1alpha1\nkind: Mesh\nmetadata: {name: shop}\nspec: {istio: {version: "1.31"}}\n---\napiVersion: isthmus.dev/v1alpha1\nkind: MeshCluster\nmetadata: {name: west}\nspec: {network: ${network}}\n`,
    'mesh.yaml',
  );
  if (declared === undefined) throw new Error('the mesh was not read');
  return declared;
}

function content(declared: DeclaredMesh): Omit<PlanFile, 'kind' | 'version'> {
  return {
    madeAt: '2030-01-01T00:00:00.000Z',
    mesh: 'shop',
    source: { file: 'mesh.yaml' },
    documents: documentsOf(declared),
    declared: declaredDigest(declared, digest),
    clusters: [{ cluster: 'west', inputs: 'abc', changes: [] }],
  };
}

function refusal(text: string): IsthmusError {
  try {
    parsePlanFile(text, 'a.plan', digest);
  } catch (error) {
    if (error instanceof IsthmusError) return error;
    throw error;
  }
  throw new Error('it was taken');
}

describe('a plan file', () => {
  test('that is nested deeply is refused as such', () => {
    const documents = `[${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}]`;
    expect(refusal(`{"kind":"isthmus-plan","documents":${documents}}`)).toMatchObject({
      code: 'invalid-config',
      message: 'a.plan cannot be read: it is nested more than 200 levels deep',
    });
  });

  test('is read as it was written, and its documents declare the same mesh', () => {
    const declared = declaredMesh('us');
    const parsed = parsePlanFile(planFileText(content(declared)), 'a.plan', digest);
    expect(parsed).toMatchObject(content(declared));
    expect(checkDocuments(parsed.documents)).toEqual({ declared, findings: [] });
  });

  test('that is a mesh file is named as one, with what applies it', () => {
    const text = 'apiVersion: isthmus.dev/v1alpha1\nkind: Mesh\nmetadata:\n  name: shop\n';
    expect(() => parsePlanFile(text, 'mesh.yaml', digest)).toThrow(
      expect.objectContaining({
        code: 'usage',
        message: 'mesh.yaml is a mesh file, and no plan',
        remedy: ['apply it with ', { do: 'Run', operation: 'apply', options: { file: 'mesh.yaml' } }],
      }),
    );
  });

  test('with other documents than those that were planned is refused', () => {
    const text = planFileText({ ...content(declaredMesh('us')), documents: documentsOf(declaredMesh('eu')) });
    expect(refusal(text)).toMatchObject({ code: 'invalid-config', message: expect.stringContaining('was changed') });
  });

  test('of another version, with keys that are unknown, or with too little is refused', () => {
    const whole = JSON.parse(planFileText(content(declaredMesh('us'))));
    for (const wrong of [
      { ...whole, version: 2 },
      { ...whole, extra: 1 },
      { ...whole, clusters: undefined },
    ]) {
      expect(refusal(JSON.stringify(wrong)).code).toBe('invalid-config');
    }
  });

  test('whatever the text, it is taken or refused, and never repeated', () => {
    const marker = 'MARKER-that-nobody-may-see';
    const texts = fc.oneof(
      fc.string(),
      fc.json(),
      fc.jsonValue().map((value) => JSON.stringify({ kind: 'isthmus-plan', version: 1, documents: value, marker })),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const { code, message } = refusal(text);
        expect(code).toBe('invalid-config');
        expect(message).not.toContain(marker);
      }),
    );
  });
});
