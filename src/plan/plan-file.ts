import { z } from 'zod';
import { IsthmusError } from '../base/error.ts';
import { canonicalJson, type Json } from '../base/json.ts';
import type { DeclaredMesh } from '../mesh/declared.ts';
import type { Digest } from './change.ts';
import { clusterRecord } from './plan-record.ts';

/** Raised when a plan file of an older version could be misread. */
const version = 1;

const planFile = z.strictObject({
  kind: z.literal('isthmus-plan'),
  version: z.literal(version),
  /** RFC 3339. */
  madeAt: z.string().max(100),
  mesh: z.string().max(253),
  /** What named the mesh, as it was given: files of an issuer are looked for beside the mesh file. */
  source: z.strictObject({ file: z.string().max(10_000).optional(), home: z.string().max(1000).optional() }),
  /** The mesh's documents, whole: the plan is carried out without the file. */
  documents: z.array(z.record(z.string(), z.json())).max(100_000),
  /** The digest of the documents. */
  declared: z.string().max(1000),
  /** --clusters; left out, all. */
  only: z.array(z.string().max(253)).max(1000).optional(),
  /** --max-delete. */
  maxDelete: z.int32().min(0).optional(),
  clusters: z.array(clusterRecord).max(1000),
});

/** A plan that was kept to be carried out later. It holds no value of any Secret. */
export type PlanFile = z.output<typeof planFile>;

/** The documents of a mesh, in the order of its file. */
export function documentsOf({ mesh, clusters, services }: DeclaredMesh): PlanFile['documents'] {
  return [mesh, ...clusters, ...services].map((document) => document as unknown as PlanFile['documents'][number]);
}

/** A digest that differs where the mesh is declared otherwise. */
export function declaredDigest(declared: DeclaredMesh, digest: Digest): string {
  return digest(canonicalJson(documentsOf(declared) as unknown as Json));
}

export function planFileText(content: Omit<PlanFile, 'kind' | 'version'>): string {
  return `${JSON.stringify({ kind: 'isthmus-plan', version, ...content } satisfies PlanFile, null, 2)}\n`;
}

/** The plan in a text. Throws `invalid-config` where it is none that this version can carry out. */
export function parsePlanFile(text: string, path: string, digest: Digest): PlanFile {
  const parsed = planFile.safeParse(parseJson(text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue === undefined || issue.path.length === 0 ? '' : ` (${issue.path.join('.')})`;
    throw invalid(`${path} is no plan that this version of Isthmus can carry out${where}`);
  }
  if (digest(canonicalJson(parsed.data.documents as unknown as Json)) !== parsed.data.declared) {
    throw invalid(`${path} was changed after it was made: its documents are not those that were planned`);
  }
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function invalid(message: string): IsthmusError {
  return new IsthmusError('invalid-config', message, { remedy: 'make a plan with: isthmus plan -f FILE --out PLAN' });
}
