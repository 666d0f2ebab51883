import type { MeshService } from '../../api/mesh-service.ts';
import { canonicalJson } from '../../base/json.ts';
import type { ServiceName } from '../../mesh/declared.ts';
import type { ResolvedMesh } from '../../topology/resolved-mesh.ts';
import { refused } from './predict.ts';

type Declaring = Pick<ResolvedMesh, 'declared' | 'names'>;

export interface Course {
  readonly to: string;
  /** The share of the target at each step, in percent. */
  readonly steps: readonly number[];
}

/**
 * The services whose target does not get the share of the last step yet, by their documents: the first step would take requests
 * from it again. Throws `shift-refused` where none is left, and where the first step is less than what the target gets.
 */
export function stillToMove(
  mesh: Declaring,
  services: readonly ServiceName[],
  { to, steps }: Course,
): readonly ServiceName[] {
  const shareOf = (service: ServiceName): number => {
    const { split, splitBy = 'Cluster' } = documentOf(mesh, service)?.spec ?? {};
    return (splitBy === 'Cluster' ? split?.[to] : undefined) ?? 0;
  };
  const [first = 0, last = first] = [steps[0], steps.at(-1)];
  const left = services.filter((service) => shareOf(service) < last);
  if (left.length === 0) {
    const names = services.map(({ name }) => name).join(', ');
    throw refused(`${to} gets ${last} % of the requests of ${names} already`, 'there is nothing to shift');
  }
  const ahead = left.find((service) => shareOf(service) > first);
  if (ahead === undefined) return left;
  const what = `${to} gets ${shareOf(ahead)} % of the requests of ${ahead.name} already, and the first step would give it ${first} %`;
  throw refused(what, 'begin with a larger step');
}

/** How the clusters besides the target divide what it does not get: of several services alike. Throws `shift-refused` otherwise. */
export function sourcesOfAll(mesh: Declaring, services: readonly ServiceName[], to: string): Record<string, number> {
  const [first = {}, ...others] = services.map((service) => sourcesOf(mesh, { service, to }));
  const unlike = others.findIndex((one) => canonicalJson(one) !== canonicalJson(first));
  if (unlike < 0) return first;
  const names = [services[0], services[unlike + 1]].map((one) => one?.name);
  throw refused(
    `the other clusters divide the requests of ${names.join(' and ')} differently`,
    'shift them one after the other, or choose those that are divided alike by their labels',
  );
}

/** How the clusters besides the target divide what it does not get: as the document has it, else all alike. */
function sourcesOf(
  mesh: Declaring,
  { service, to }: { readonly service: ServiceName; readonly to: string },
): Record<string, number> {
  const document = documentOf(mesh, service);
  refuseOtherwise(document);
  const others = mesh.names.filter((name) => name !== to);
  if (others.length === 0) throw refused(`${to} is the only cluster of the mesh`, 'there is nothing to shift from');
  const split = document?.spec.split;
  const declared = split === undefined ? [] : others.filter((name) => (split[name] ?? 0) > 0);
  const sources = declared.length > 0 ? declared : others;
  const parts = sources.map((name) => (declared.length > 0 ? (split?.[name] ?? 0) : 1));
  const whole = parts.reduce((sum, part) => sum + part, 0);
  const shares = sources.map((name, index) => [name, Math.floor((100 * (parts[index] ?? 0)) / whole)] as const);
  const left = 100 - shares.reduce((sum, [, share]) => sum + share, 0);
  return Object.fromEntries(shares.map(([name, share], index) => [name, index === 0 ? share + left : share]));
}

export function documentOf(
  { declared }: Pick<Declaring, 'declared'>,
  { name, namespace }: ServiceName,
): MeshService | undefined {
  return declared.services.find(
    ({ metadata, spec }) => spec.host === undefined && metadata.name === name && metadata.namespace === namespace,
  );
}

/** A split between clusters is the one policy that a shift can move step by step. */
function refuseOtherwise(document: MeshService | undefined): void {
  if (document === undefined) return;
  const { split, splitBy = 'Cluster', scope, failover, prefer } = document.spec;
  if (
    scope === 'Mesh' &&
    failover === undefined &&
    prefer === undefined &&
    (split === undefined || splitBy === 'Cluster')
  )
    return;
  const { name, namespace } = document.metadata;
  throw refused(
    `MeshService ${namespace}/${name} says otherwise than a split between clusters where requests go`,
    'a shift moves the shares of clusters: give the service a split between clusters first, or leave its policy out',
  );
}
