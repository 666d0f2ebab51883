import { z } from 'zod';
import { isTooDeep, tooDeepText } from '../base/depth.ts';
import { IsthmusError } from '../base/error.ts';
import { canonicalJson, type JsonObject, objectToJson } from '../base/json.ts';
import { parseJson } from '../base/parse-json.ts';
import { remedy, run } from '../base/remedy.ts';
import type { DeclaredMesh } from '../mesh/declared.ts';
import { keptClusters } from '../mesh/given.ts';
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
  source: z.strictObject({
    file: z.string().max(10_000).optional(),
    home: z.string().max(1000).optional(),
    contexts: z.record(z.string().max(253), z.string().max(1000)).optional(),
    accept: z.array(z.string().max(10_000)).max(1000).optional(),
  }),
  /** The mesh's documents, whole: the plan is carried out without the file. */
  documents: z.array(z.record(z.string(), z.json())).max(100_000),
  /** The digest of the documents. */
  declared: z.string().max(1000),
  /** The clusters that were chosen; left out, all. */
  only: z.array(z.string().max(253)).max(1000).optional(),
  /** How many objects the plan may delete in each cluster, where the user said so. */
  maxDelete: z.int32().min(0).optional(),
  clusters: z.array(clusterRecord).max(1000),
});

/** A plan that was kept to be carried out later. It holds no value of any Secret. */
export type PlanFile = Omit<z.output<typeof planFile>, 'documents'> & { readonly documents: readonly JsonObject[] };

/** The documents of a mesh: the Mesh, its clusters, its services, each in their order. */
export function documentsOf(declared: DeclaredMesh): readonly JsonObject[] {
  return [declared.mesh, ...keptClusters(declared), ...declared.services].map(objectToJson);
}

/** A digest that differs where the mesh is declared otherwise. */
export function declaredDigest(declared: DeclaredMesh, digest: Digest): string {
  return digest(canonicalJson(documentsOf(declared)));
}

export function planFileText(content: Omit<PlanFile, 'kind' | 'version'>): string {
  return `${JSON.stringify({ kind: 'isthmus-plan', version, ...content } satisfies PlanFile, null, 2)}\n`;
}

/** The plan in a text. Throws `invalid-config` where it is none that this version can apply. */
export function parsePlanFile(text: string, path: string, digest: Digest): PlanFile {
  const content = parseJson(text);
  if (content === undefined && looksLikeMeshFile(text)) throw meshFileError(path);
  if (isTooDeep(content)) throw invalid(`${path} cannot be read: ${tooDeepText}`);
  const parsed = planFile.safeParse(content);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue === undefined || issue.path.length === 0 ? '' : ` (${issue.path.join('.')})`;
    throw invalid(`${path} is not a plan that this version of Isthmus can apply${where}`);
  }
  if (digest(canonicalJson(parsed.data.documents)) !== parsed.data.declared) {
    throw invalid(`${path} was changed after it was made: its documents are not those that were planned`);
  }
  return parsed.data;
}

/** A mesh file is YAML with the kinds of the API; a plan is JSON. */
function looksLikeMeshFile(text: string): boolean {
  return /^apiVersion:\s*['"]?isthmus\.dev\//m.test(text);
}

function meshFileError(path: string): IsthmusError {
  return new IsthmusError('usage', `${path} is a mesh file, and no plan`, {
    remedy: remedy`apply it with ${run('apply', { file: path })}`,
  });
}

function invalid(message: string): IsthmusError {
  return new IsthmusError('invalid-config', message, {
    remedy: remedy`make a plan with ${run('plan', { file: 'FILE', out: 'PLAN' })}`,
  });
}
