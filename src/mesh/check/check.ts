import type { z } from 'zod';
import { type Mesh, mesh } from '../../api/mesh.ts';
import { type MeshCluster, meshCluster } from '../../api/mesh-cluster.ts';
import { type MeshService, meshService } from '../../api/mesh-service.ts';
import { type Json, valueAt } from '../../base/json.ts';
import type { DeclaredMesh } from '../declared.ts';
import { findAcross } from './across.ts';
import type { Form, MeshDocument, Mistake } from './form.ts';
import { issueMistakes } from './issue.ts';
import { settingCodes } from './istio-settings.ts';
import { type Kind, kindOf } from './kind.ts';
import { quoteKey } from './wording.ts';

export interface Checked {
  /** Left out where there is any mistake but in Istio's settings. */
  readonly declared?: DeclaredMesh;
  /** What is wrong in each document, in their order, then what is wrong between them. */
  readonly mistakes: readonly Mistake[];
}

/**
 * Documents as what they declare, or as everything that is wrong with them. `undefined` stands for a document that could
 * not be read, whose kind is therefore not missed. The order of the documents does not matter, but that of the clusters
 * is kept and makes the first the home where `spec.home` is left out.
 */
export function check(documents: readonly (Json | undefined)[], form: Form): Checked {
  const mistakes: Mistake[] = [];
  const byKind: Record<Kind, MeshDocument[]> = { Mesh: [], MeshCluster: [], MeshService: [] };
  const read: ReadDocuments = { meshes: [], clusters: [], services: [] };
  let complete = true;
  for (const [number, value] of documents.entries()) {
    const { known, mistakes: found } = value === undefined ? { mistakes: [] } : kindOf(number, value);
    mistakes.push(...found);
    if (known === undefined) {
      complete = false;
      continue;
    }
    byKind[known.kind].push(known.document);
    for (const mistake of readDocument(known, read, form)) mistakes.push(mistake);
  }
  const { Mesh: meshes, MeshCluster: clusters, MeshService: services } = byKind;
  mistakes.push(...findAcross({ meshes, clusters, services, complete }, form));
  const isNone = mistakes.some(({ code }) => !settingCodes.includes(code));
  return isNone ? { mistakes } : { ...declaredIn(read), mistakes };
}

/** What the schemas made of the documents that are right in themselves. */
interface ReadDocuments {
  readonly meshes: Mesh[];
  readonly clusters: MeshCluster[];
  readonly services: MeshService[];
}

interface KnownDocument {
  readonly kind: Kind;
  readonly document: MeshDocument;
}

/** Adds a document to those of its kind, or says what is wrong with it. */
function readDocument(known: KnownDocument, into: ReadDocuments, form: Form): readonly Mistake[] {
  switch (known.kind) {
    case 'Mesh':
      return keep(parse(known, mesh, form), into.meshes);
    case 'MeshCluster':
      return keep(parse(known, meshCluster, form), into.clusters);
    case 'MeshService':
      return keep(parse(known, meshService, form), into.services);
  }
}

interface Parsed<T> {
  readonly value?: T;
  readonly mistakes: readonly Mistake[];
}

function keep<T>({ value, mistakes }: Parsed<T>, into: T[]): readonly Mistake[] {
  if (value !== undefined) into.push(value);
  return mistakes;
}

/** The document as its schema reads it, or what is wrong with it. */
function parse<T>({ kind, document }: KnownDocument, schema: z.ZodType<T>, form: Form): Parsed<T> {
  const result = schema.safeParse(document.value);
  if (result.success) return { value: result.data, mistakes: [] };
  const name = valueAt(document.value, ['metadata', 'name']);
  const title = typeof name === 'string' ? `${kind} ${quoteKey(name)}` : kind;
  // The apiVersion is judged with the kind, before the schema.
  const issues = result.error.issues.filter(({ path }) => path[0] !== 'apiVersion');
  return { mistakes: issueMistakes({ document, kind, title, schema, form }, issues) };
}

function declaredIn({ meshes, clusters, services }: ReadDocuments): { declared?: DeclaredMesh } {
  const [declared] = meshes;
  const home = clusters.find(({ metadata }) => metadata.name === declared?.spec.home) ?? clusters[0];
  return declared === undefined || home === undefined ? {} : { declared: { mesh: declared, clusters, services, home } };
}
