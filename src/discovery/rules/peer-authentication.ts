import type { JsonObject } from '../../base/json.ts';
import { oncePer } from '../../base/memo.ts';
import type { KubeObject } from '../../objects/object.ts';
import { compareByAge, describeConfig, namespaceOf } from '../values/config-object.ts';
import { fieldsOf, selects, stringsOf, textOf } from '../values/fields.ts';
import { rootNamespaceOf } from '../values/mesh-config.ts';
import type { Endpoint, IstiodView } from '../values/model.ts';

export type MtlsMode = 'DISABLE' | 'PERMISSIVE' | 'STRICT';

/** The mode that holds for an endpoint, and the object that says so. */
export interface MtlsDecision {
  readonly mode: MtlsMode;
  /** `PeerAuthentication shop/default`, or undefined where no object decides. */
  readonly by: string | undefined;
}

const permissive: MtlsDecision = { mode: 'PERMISSIVE', by: undefined };

/** The mode that holds for a whole namespace (authentication.go, GetNamespaceMutualTLSMode). */
export function namespaceMtls(view: IstiodView, namespace: string): MtlsDecision {
  const policies = policiesByNamespace(view);
  const root = rootNamespaceOf(view.istiod);
  const mesh = over(permissive, policies.get(root)?.plain);
  return namespace === root ? mesh : over(mesh, policies.get(namespace)?.plain);
}

interface Policy {
  readonly name: string;
  readonly selector: Readonly<Record<string, string>>;
  /** Undefined: unset, so that the level above decides. */
  readonly mode: MtlsMode | undefined;
  readonly ports: ReadonlyMap<number, MtlsMode | undefined>;
}

interface Policies {
  /** The oldest policy without selector: for the namespace, or for the mesh in the root namespace. */
  readonly plain: Policy | undefined;
  /** Policies with a selector, oldest first. */
  readonly selecting: readonly Policy[];
}

const policiesByNamespace = oncePer((view: IstiodView): ReadonlyMap<string, Policies> => {
  const ordered = [...view.config.peerAuthentications].sort(compareByAge);
  const found = new Map<string, Policies>();
  for (const [namespace, objects] of Map.groupBy(ordered, namespaceOf)) {
    const policies = objects.map(readPolicy);
    found.set(namespace, {
      plain: policies.find(isPlain),
      selecting: policies.filter((policy) => !isPlain(policy)),
    });
  }
  return found;
});

function readPolicy(object: KubeObject): Policy {
  const spec = fieldsOf(object.spec);
  const ports = new Map<number, MtlsMode | undefined>();
  for (const [port, mtls] of Object.entries(fieldsOf(spec.portLevelMtls))) {
    ports.set(Number(port), modeIn(fieldsOf(mtls)));
  }
  const selector = stringsOf(fieldsOf(spec.selector).matchLabels);
  return { name: describeConfig(object), selector, mode: modeIn(fieldsOf(spec.mtls)), ports };
}

function modeIn(mtls: JsonObject): MtlsMode | undefined {
  const mode = textOf(mtls.mode);
  return mode === 'DISABLE' || mode === 'PERMISSIVE' || mode === 'STRICT' ? mode : undefined;
}

function isPlain(policy: Policy): boolean {
  return Object.keys(policy.selector).length === 0;
}

function over(parent: MtlsDecision, policy: Policy | undefined): MtlsDecision {
  return policy?.mode === undefined ? parent : { mode: policy.mode, by: policy.name };
}

/**
 * The mode that an endpoint's server takes connections in (authn/policy_applier.go, ComposePeerAuthentication): mesh, then
 * namespace, then the oldest policy that selects it, whose port settings are the only ones that count. Policies with a
 * selector in the root namespace are ignored.
 */
export function endpointMtls(
  view: IstiodView,
  endpoint: Pick<Endpoint, 'namespace' | 'labels' | 'port'>,
): MtlsDecision {
  const { namespace, labels, port } = endpoint;
  const base = namespaceMtls(view, namespace);
  if (namespace === rootNamespaceOf(view.istiod)) return base;
  const selecting = policiesByNamespace(view).get(namespace)?.selecting ?? [];
  const policy = selecting.find((candidate) => selects(candidate.selector, labels));
  if (policy === undefined) return base;
  const decided = over(base, policy);
  const atPort = policy.ports.get(port);
  return atPort === undefined ? decided : { mode: atPort, by: policy.name };
}
