import type { TrustFacts } from '../diagnose/facts/trust.ts';
import { istioNamespace } from '../istio/names.ts';
import type { Certificate } from '../pki/certificate.ts';
import { findChain } from '../pki/chain.ts';
import type { WebCrypto } from '../pki/environment.ts';
import type { TrustRelation } from './report.ts';

/** What the workloads of a cluster trust and present, each set once, and who said so. */
interface Sides {
  readonly trusted: readonly (readonly Certificate[])[];
  readonly presented: readonly (readonly Certificate[])[];
  readonly evidence: 'Proxies' | 'ControlPlane';
}

/** For every ordered pair of clusters, and each with itself: does what `to` presents lead to a root that `from` trusts? */
export async function relationsOf(crypto: WebCrypto, all: readonly TrustFacts[]): Promise<readonly TrustRelation[]> {
  const sides = all.map((facts) => [facts.topology.name, sidesOf(facts, all)] as const);
  return await Promise.all(
    sides.flatMap(([from, left]) =>
      sides.map(async ([to, right]): Promise<TrustRelation> => {
        if (left.trusted.length === 0 || right.presented.length === 0) {
          return { from, to, trusts: 'Unknown', evidence: 'None' };
        }
        const trusts = (await verifiesAll(crypto, left, right)) ? 'Yes' : 'No';
        const isSeen = left.evidence === 'Proxies' && right.evidence === 'Proxies';
        return { from, to, trusts, evidence: isSeen ? 'Proxies' : 'ControlPlane' };
      }),
    ),
  );
}

function sidesOf(facts: TrustFacts, all: readonly TrustFacts[]): Sides {
  const answers = facts.proxies.asked.flatMap(({ certificates }) => certificates ?? []);
  if (answers.length > 0) {
    return {
      trusted: distinct(answers.map(({ trusts }) => trusts)),
      presented: distinct(answers.map(({ presents }) => presents)),
      evidence: 'Proxies',
    };
  }
  const { controlPlane } = facts.topology;
  const serving =
    controlPlane.kind === 'RemoteOf' ? all.find(({ topology }) => topology.name === controlPlane.primary) : facts;
  const roots = facts.distributed.get(istioNamespace);
  return {
    trusted: roots === undefined ? [] : [roots],
    presented: distinct((serving?.istiods ?? []).map(({ chain }) => chain)),
    evidence: 'ControlPlane',
  };
}

/** Workloads differ in their own certificates; what distinguishes them here is what is above those. */
function distinct(sets: readonly (readonly Certificate[])[]): readonly (readonly Certificate[])[] {
  const keyOf = (set: readonly Certificate[]): string => set.map(({ x509 }) => x509.serialNumber).join(' ');
  return [...new Map(sets.map((set) => [keyOf(set), set])).values()];
}

async function verifiesAll(crypto: WebCrypto, { trusted }: Sides, { presented }: Sides): Promise<boolean> {
  const found = await Promise.all(
    trusted.flatMap((roots) =>
      presented.map(async ([leaf, ...between]) =>
        leaf === undefined ? undefined : await findChain(crypto, leaf, { between, roots }),
      ),
    ),
  );
  return found.every((chain) => chain !== undefined);
}
