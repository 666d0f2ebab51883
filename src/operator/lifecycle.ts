import { type UnreachablePolicy, unreachablePolicies } from '../api/mesh-cluster.ts';
import type { HomeSession, KeptDocument, KeptMesh } from '../engine/home-session.ts';
import type { Absences } from '../engine/options.ts';
import { type AbsenceStage, absencesFor, awaySince, hearsOf, type Member, nextAbsence } from './absence.ts';
import { deletionPolicyOf, type LetGo, type LettingGo, letGo } from './let-go.ts';
import type { ClusterMemory } from './memory.ts';

export interface LifecycleOptions {
  readonly mesh: KeptMesh;
  readonly home: Pick<HomeSession, 'hold' | 'release'>;
  /** The documents of the clusters. */
  readonly clusters: readonly KeptDocument[];
  readonly memories: ReadonlyMap<string, ClusterMemory>;
}

/** How clusters come under the care of the operator and leave it again. */
export interface Lifecycle {
  /** Sees to it, once, that a document is not gone before it was let go of. */
  hold(document: KeptDocument): Promise<void>;
  /** What a cluster is to do without for now. */
  absencesFor(cluster: string): Absences;
  /** A cluster is being abandoned: until then nothing may be written to the others, which would claim again what is let go of. */
  isBusy(): boolean;
  letGo(document: KeptDocument, given: Omit<LettingGo, 'document' | 'mesh' | 'home' | keyof Absences>): Promise<LetGo>;
  /** Takes into account what a look found. The new stage, where the others have to do something else now. */
  noteLook(document: KeptDocument, now: number): AbsenceStage | undefined;
}

export function createLifecycle({ mesh, home, clusters, memories }: LifecycleOptions): Lifecycle {
  const held = new Set(clusters.filter(({ isHeld }) => isHeld).map(({ name }) => name));
  let abandoning = 0;
  const member = (document: KeptDocument): Member => ({
    name: document.name,
    stage: memories.get(document.name)?.absence.stage ?? 'Kept',
    isLeaving: document.isDeleted && deletionPolicyOf(document) === 'Uninstall' && mesh.mayLeave(document.name),
  });
  const declared = clusters.filter(({ name }) => mesh.session.clusters.includes(name));
  const absences = (cluster: string): Absences => absencesFor(cluster, declared.map(member));
  return {
    async hold({ name, uid, isDeleted }) {
      if (isDeleted || held.has(name)) return;
      await home.hold({ name, uid });
      held.add(name);
    },
    absencesFor: absences,
    isBusy: () => abandoning > 0,
    async letGo(document, given) {
      const isAbandoned = deletionPolicyOf(document) === 'Abandon';
      if (isAbandoned) abandoning += 1;
      try {
        return await letGo({ ...given, ...absences(document.name), document, mesh, home });
      } finally {
        if (isAbandoned) abandoning -= 1;
      }
    },
    noteLook(document, now) {
      const { name } = document;
      const memory = memories.get(name);
      if (memory === undefined) return undefined;
      const before = memory.absence;
      const others = [...memories].filter(([one]) => one !== name);
      memory.absence = nextAbsence(before, {
        now,
        policy: unreachablePolicyOf(document),
        awaySince: memory.latest?.reachable === false ? awaySince(memory.written) : undefined,
        isAnswering: others.some(([, { latest }]) => hearsOf(latest, name)),
        mayLeave: mesh.mayLeave(name),
      });
      return memory.absence.stage === before.stage ? undefined : memory.absence.stage;
    },
  };
}

function unreachablePolicyOf({ spec }: Pick<KeptDocument, 'spec'>): UnreachablePolicy {
  return unreachablePolicies.find((one) => one === spec.onUnreachable) ?? 'Keep';
}
