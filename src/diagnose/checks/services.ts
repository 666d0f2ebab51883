import type { Finding } from '../../base/finding.ts';
import { type Remedy, remedy, run, set } from '../../base/remedy.ts';
import type { EffectObstacle } from '../../base/service-effect.ts';
import { firstOf, type Reading, seen } from '../facts/reading.ts';
import type { ServiceEffect } from '../facts/service.ts';

/** What keeps MeshServices from being in effect in a cluster. Objects that differ from what is declared have findings of their own. */
export function serviceFindings(
  cluster: string,
  services: readonly ServiceEffect[],
  { at }: Pick<Reading, 'at'>,
): readonly Finding[] {
  const found = services
    .filter(({ isAsDeclared }) => isAsDeclared)
    .flatMap((service) => soloFindings(service).map((finding) => ({ finding, service })));
  const groups = Map.groupBy(found, ({ finding }) => `${finding.confidence} ${finding.said}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { said, words, ...rest } = first.finding;
    const names = group.map(({ service: { namespace, name } }) => `${namespace}/${name}`);
    const subject = `MeshService${names.length === 1 ? '' : 's'} ${firstOf(names)}`;
    const message = `${subject}: ${words[names.length === 1 ? 0 : 1]}: ${said}`;
    const source = `prediction from what ${cluster} and its peers hold`;
    return [
      { ...rest, code: 'service-effect', category: 'Config', cluster, message, evidence: seen(said, source, at) },
    ];
  });
}

interface Said extends Pick<Finding, 'severity' | 'confidence' | 'remedy'> {
  /** A sentence without a full stop: why. */
  readonly said: string;
  /** What it means, of one and of several. */
  readonly words: readonly [one: string, several: string];
}

function soloFindings({ name, effect }: ServiceEffect): readonly Said[] {
  switch (effect.state) {
    case 'Unused':
      return [];
    case 'Yes':
      return effect.exceptions.map((said) => ({
        severity: 'info',
        said,
        words: ['it has exceptions', 'they have exceptions'],
        remedy: 'where it is meant, nothing; otherwise delete what makes the exception',
      }));
    case 'Unknown':
      return [
        {
          severity: 'warning',
          confidence: 'Unknown',
          said: effect.why,
          words: ['whether it is in effect is unknown', 'whether they are in effect is unknown'],
          remedy: effect.error?.remedy ?? 'have it allowed or repaired, and look again',
        },
      ];
    case 'No':
      return effect.obstacles.map((one) => ({
        severity: 'error',
        said: one.message,
        words: ['it is not in effect', 'they are not in effect'],
        remedy: remedyFor(one, name),
      }));
  }
}

function remedyFor({ code, request }: EffectObstacle, name: string): Remedy {
  const document = { kind: 'MeshService', name } as const;
  switch (code) {
    case 'missing':
    case 'other-values':
      return remedy`${run('apply')} makes it as declared`;
    case 'hidden':
      return "import `istio-system/*` in spec.egress of the Sidecar of that namespace, or take the default of exportTo out of istiod's settings";
    case 'other-rule':
    case 'other-route':
      return 'delete that object where the MeshService is to hold; where the object is to hold, take the MeshService out of the mesh file';
    case 'other-setting':
      return remedy`take the entry for the host out of istiod's settings (\`meshConfig.serviceSettings\` of spec.istio), or ${set('spec.scope', document)}`;
    case 'no-service':
      return remedy`create the Service, or ${set('spec.host', document)}`;
    case 'not-steerable':
      return remedy`give it a Service with a cluster IP for its callers, or ${set('spec.host', document)} to one that has it`;
    case 'no-endpoint':
      return 'bring up pods of it there, or leave that cluster out of the MeshService';
    case 'no-sidecar':
      return 'restart their workloads, so that they are injected; where they are meant to have none, label their pod templates `sidecar.istio.io/inject: "false"`';
    case 'lost':
      return request === undefined
        ? 'bring back what requests end at'
        : remedy`see the whole way with ${run('trace', request)}`;
  }
}
