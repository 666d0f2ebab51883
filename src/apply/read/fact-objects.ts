import { asIsthmusError } from '../../base/error.ts';
import { identityOf } from '../../observe/observe.ts';
import type { StagedObject } from '../../plan/desired.ts';
import type { ResolvedMesh } from '../../topology/resolved-mesh.ts';
import { type MeshFacts, meshFacts } from './facts.ts';
import { type Link, linksOf } from './links.ts';
import type { Preparation, Prepared } from './prepare.ts';
import { stateFacts } from './read-facts.ts';

/** What a cluster is to hold because of a fact of another one. */
export interface LinkedObject {
  readonly wanted: StagedObject;
  /**
   * `Known`: `wanted` is what would be written. `Later`: the fact comes only during the apply. `Unknown`: the other
   * cluster cannot be asked, so what is there stays as it is.
   */
  readonly content: 'Known' | 'Later' | 'Unknown';
}

/** The facts of every cluster as they are now, before anything is applied. */
export async function presentFacts(
  { prepared, missing }: Preparation,
  mesh: ResolvedMesh,
  signal: AbortSignal,
): Promise<MeshFacts> {
  const facts = meshFacts(mesh.topology, missing);
  await Promise.all(
    prepared.map(({ topology: cluster, client, observed }) =>
      stateFacts({ topology: cluster, client, identity: identityOf(observed), signal }, facts),
    ),
  );
  return facts;
}

/** The links of one cluster. */
export function linksOfPart({ topology, objects, tokens }: Prepared, facts: MeshFacts, mesh: string): readonly Link[] {
  return linksOf({ topology, mesh, facts, objects, tokens });
}

/** What the links bring, as far as the facts are there. */
export async function linkedObjects(links: readonly Link[]): Promise<readonly LinkedObject[]> {
  const all = await Promise.all(
    links.map(async ({ objects, blank }): Promise<readonly LinkedObject[]> => {
      try {
        return (await objects()).map((wanted) => ({ wanted, content: 'Known' }));
      } catch (thrown) {
        const content = asIsthmusError(thrown).code === 'not-found' ? 'Later' : 'Unknown';
        return blank().map((wanted) => ({ wanted, content }));
      }
    }),
  );
  return all.flat();
}
