import type { JsonObject } from '../../base/json.ts';

/**
 * Drafts of mesh files: what clusters hold, or the settings of an Istio, becomes documents and a list of the rest. Facts
 * and texts come in; nothing is asked here.
 */
export interface Draft {
  /** The Mesh, then each MeshCluster. */
  readonly documents: readonly DraftDocument[];
  /** What is worth a look before the first plan. */
  readonly notes: readonly Note[];
  /** What has no place in the documents. */
  readonly leftOut: readonly LeftOut[];
}

export interface DraftDocument {
  readonly value: JsonObject;
  /** One line above the document. */
  readonly comment?: string;
  /** The cluster whose istiod injects the pods of this one; null where it is not in the draft, left out where it has its own. */
  readonly servedFrom?: string | null;
}

/** A sentence about the draft, or about one cluster of it. */
export interface Note {
  readonly cluster?: string;
  readonly message: string;
}

/** A setting that the documents do not have, and why. */
export interface LeftOut {
  readonly file: string;
  /** `spec.components.egressGateways`; empty for a whole file. */
  readonly setting: string;
  readonly reason: string;
}

/** The version of Istio where nothing names one: the one that Isthmus is tested with. */
export const testedIstio = '1.31';

/** The file's first line, by which editors find its schema. */
export const schemaLine = '# yaml-language-server: $schema=';
