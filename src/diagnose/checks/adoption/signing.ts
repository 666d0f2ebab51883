import type { Finding } from '../../../base/finding.ts';
import { kubectl, remedy, restart } from '../../../base/remedy.ts';
import type { AdoptionWish } from '../../../istio/adoption.ts';
import { istiodOf } from '../../../istio/revision.ts';
import { type InstalledFacts, misfit } from './misfit.ts';

const files = ['ca-cert.pem', 'ca-key.pem', 'cert-chain.pem', 'root-cert.pem'] as const;

/** Who can sign for it before there is a mesh. */
const signers = {
  Theirs: "have the mesh's issuer sign an intermediate for it",
  None: 'have the CA of the other Istios of the mesh sign an intermediate for it',
  Generated:
    'give the mesh an issuer of yours (spec.trust.issuer), since the one that Isthmus makes is not there before the first apply, and have it sign an intermediate for this Istio',
} as const satisfies Record<AdoptionWish['issuer'], string>;

/** An istiod that signs with anything else than the Secret `cacerts` that it was given. */
export function signingFindings(wish: AdoptionWish, { found, istiod, at }: InstalledFacts): readonly Finding[] {
  const { cluster, context } = wish;
  const restarted = restart({ cluster, context }, 'istio-system', `deployment/${istiodOf(istiod.revision)}`);
  const source = 'certificate that istiod presents';
  switch (found.signsWith) {
    case 'Own': {
      const froms = files.map((file) => `--from-file=${file}`);
      const create = kubectl(
        '--context',
        context,
        '-n',
        'istio-system',
        'create',
        'secret',
        'generic',
        'cacerts',
        ...froms,
      );
      return [
        misfit('adopt-signer', wish, at, {
          message: 'its istiod signs with a root that it made for itself, which no other cluster trusts',
          remedy: remedy`${signers[wish.issuer]}, then ${create}, then ${restarted}, and restart its workloads (docs/topologies/adopt.md)`,
          source,
          category: 'Trust',
        }),
      ];
    }
    case 'Other':
      return [
        misfit('adopt-signer', wish, at, {
          message: 'its istiod does not sign with the Secret cacerts that is there: it was started before the Secret',
          remedy: [restarted],
          source,
          category: 'Trust',
        }),
      ];
    case 'CaCerts':
    case 'Unknown':
      return [];
  }
}
