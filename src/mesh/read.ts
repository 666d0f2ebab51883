import type { z } from 'zod';
import { type Mesh, mesh } from '../api/mesh.ts';
import { type MeshCluster, meshCluster } from '../api/mesh-cluster.ts';
import { type MeshService, meshService } from '../api/mesh-service.ts';
import { type Finding, positionOf } from '../base/finding.ts';
import { isJsonObject, valueAt } from '../base/json.ts';
import { findAcross } from './across.ts';
import type { DeclaredMesh } from './declared.ts';
import { issueFindings } from './issue.ts';
import { type Kind, kindOf } from './kind.ts';
import { type SourceText, sourceText } from './source.ts';
import { readStream, type StreamDocument } from './stream.ts';
import { quoteKey } from './wording.ts';

export interface MeshReading {
  /** Left out where any finding is an error. */
  readonly declared?: DeclaredMesh;
  /** In the order of the file. */
  readonly findings: readonly Finding[];
}

/**
 * A mesh file as what it declares, or as everything that is wrong with it.
 * Never throws, whatever the text; `fileName` is only shown. The order of the documents does not matter,
 * but that of the clusters is kept and makes the first the home where `spec.home` is left out.
 */
export function readMesh(text: string, fileName: string): MeshReading {
  const source = sourceText(fileName, text.replace(/^\uFEFF/, ''));
  const stream = readStream(source);
  const findings = [...stream.findings];
  const byKind: Record<Kind, StreamDocument[]> = { Mesh: [], MeshCluster: [], MeshService: [] };
  const read: ReadDocuments = { meshes: [], clusters: [], services: [] };
  let complete = stream.complete;
  for (const document of stream.documents) {
    const kind = kindOf(source, document);
    findings.push(...kind.findings);
    if (kind.name === undefined) {
      complete = false;
      continue;
    }
    byKind[kind.name].push(document);
    findings.push(...readDocument(source, { kind: kind.name, document }, read));
  }
  findings.push(
    ...findAcross(source, {
      meshes: byKind.Mesh,
      clusters: byKind.MeshCluster,
      services: byKind.MeshService,
      complete,
    }),
  );
  return conclude(findings, read);
}

/** What the schemas made of the documents that are right in themselves. */
interface ReadDocuments {
  readonly meshes: Mesh[];
  readonly clusters: MeshCluster[];
  readonly services: MeshService[];
}

/** Adds a document to those of its kind, or says what is wrong with it. */
function readDocument(
  source: SourceText,
  { kind, document }: { readonly kind: Kind; readonly document: StreamDocument },
  into: ReadDocuments,
): readonly Finding[] {
  switch (kind) {
    case 'Mesh':
      return keep(check(source, document, { kind, schema: mesh }), into.meshes);
    case 'MeshCluster':
      return keep(check(source, document, { kind, schema: meshCluster }), into.clusters);
    case 'MeshService':
      return keep(check(source, document, { kind, schema: meshService }), into.services);
  }
}

function keep<T>({ value, findings }: { readonly value?: T; readonly findings: Finding[] }, into: T[]): Finding[] {
  if (value !== undefined) into.push(value);
  return findings;
}

function conclude(findings: readonly Finding[], { meshes, clusters, services }: ReadDocuments): MeshReading {
  const sorted = findings.toSorted(byPosition);
  const [declared] = meshes;
  const home = clusters.find(({ metadata }) => metadata.name === declared?.spec.home) ?? clusters[0];
  if (declared === undefined || home === undefined || sorted.some(({ severity }) => severity === 'error')) {
    return { findings: sorted };
  }
  return { declared: { mesh: declared, clusters, services, home }, findings: sorted };
}

function byPosition(a: Finding, b: Finding): number {
  const [left, right] = [positionOf(a), positionOf(b)];
  return (left?.line ?? 0) - (right?.line ?? 0) || (left?.column ?? 0) - (right?.column ?? 0);
}

interface Rule<T> {
  readonly kind: Kind;
  readonly schema: z.ZodType<T>;
}

/** The document as its schema reads it, or undefined with findings added. */
function check<T>(source: SourceText, document: StreamDocument, rule: Rule<T>): { value?: T; findings: Finding[] } {
  const result = rule.schema.safeParse(document.value);
  if (result.success) return { value: result.data, findings: [] };
  const name = isJsonObject(document.value) ? valueAt(document.value, ['metadata', 'name']) : undefined;
  const title = typeof name === 'string' ? `${rule.kind} ${quoteKey(name)}` : rule.kind;
  const subject = { source, index: document.index, value: document.value, title, ...rule };
  // The apiVersion is judged with the kind, before the schema.
  const issues = result.error.issues.filter(({ path }) => path[0] !== 'apiVersion');
  return { findings: issueFindings(subject, issues) };
}
