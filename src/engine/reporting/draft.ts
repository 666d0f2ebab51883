import type { IsthmusError } from '../../base/error.ts';
import { textAt } from '../../base/json.ts';
import type { DeclaredMesh } from '../../mesh/declared.ts';
import type { Draft } from '../../mesh/draft/draft.ts';
import type { ClusterFacts } from '../../mesh/draft/facts.ts';
import type { MeshDraft } from '../../report/draft.ts';
import { apiVersion } from '../../report/schema.ts';
import { reportedError } from './error.ts';

/** A cluster that was asked, and why it did not answer. */
export interface SurveyedMember {
  readonly facts: ClusterFacts;
  readonly error?: IsthmusError;
}

interface Drafted {
  readonly text: string;
  readonly declared: DeclaredMesh;
  /** In the order of the clusters; none where none was asked. */
  readonly surveyed: readonly SurveyedMember[];
}

export function draftReport({ documents, notes, leftOut }: Draft, { text, declared, surveyed }: Drafted): MeshDraft {
  return {
    apiVersion,
    kind: 'MeshDraft',
    mesh: declared.mesh.metadata.name,
    text,
    clusters: declared.clusters.map(({ metadata: { name }, spec }, index) => ({
      cluster: name,
      context: spec.access.context ?? name,
      network: spec.network,
      ...factsOf(surveyed[index]),
      ...servedFrom(documents, name),
    })),
    notes,
    leftOut,
  };
}

function servedFrom(documents: Draft['documents'], name: string): Pick<MeshDraft['clusters'][number], 'servedFrom'> {
  const document = documents.find(
    ({ value }) => textAt(value, ['metadata', 'name']) === name && value.kind === 'MeshCluster',
  );
  return document?.servedFrom === undefined ? {} : { servedFrom: document.servedFrom };
}

function factsOf(
  surveyed: SurveyedMember | undefined,
): Pick<MeshDraft['clusters'][number], 'kubernetes' | 'podRanges' | 'istio' | 'error'> {
  if (surveyed === undefined) return { kubernetes: null, podRanges: null, istio: null };
  const { facts, error } = surveyed;
  return {
    kubernetes: facts.kubernetes ?? null,
    podRanges: facts.podRanges,
    istio:
      facts.istiods?.map(({ revision, version, heldBy }) => ({
        revision,
        version: version ?? null,
        ...(heldBy === undefined ? {} : { mesh: heldBy }),
      })) ?? null,
    ...(error === undefined ? {} : { error: reportedError(error) }),
  };
}
