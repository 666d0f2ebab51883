import { apiVersion } from '../api/mesh.ts';
import { type MeshService, meshService } from '../api/mesh-service.ts';
import type { ShiftPhase, StoredShift } from '../api/mesh-shift.ts';
import type { DeclaredMesh, ShiftedService } from './declared.ts';

const living: ReadonlySet<ShiftPhase> = new Set(['Running', 'Paused', 'Passed']);

/** True where the weights of its step hold: it has not ended, and its time is not over. `now` is the API server's time. */
export function isLiving({ spec, status }: Pick<StoredShift, 'spec' | 'status'>, now: number): boolean {
  return living.has(status?.phase ?? 'Running') && now < Date.parse(spec.expiresAt);
}

/** The mesh with what the shifts that live want of its services. Before its first step a shift wants nothing. */
export function withShifts(declared: DeclaredMesh, shifts: readonly StoredShift[], now: number): DeclaredMesh {
  const shifted = shifts
    .filter((shift) => shift.spec.mesh === declared.mesh.metadata.name && isLiving(shift, now))
    .flatMap(({ spec, status }): readonly ShiftedService[] => {
      const step = status?.step ?? 0;
      return step === 0 ? [] : [{ ...spec.service, split: splitAt(spec, step) }];
    });
  return shifted.length === 0 ? declared : { ...declared, shifted };
}

/**
 * The weights of a step, from 1: the target gets its share and the others divide the rest as before. What does not divide
 * goes to those that lost most by rounding.
 */
export function splitAt(
  { to, from, steps }: Pick<StoredShift['spec'], 'to' | 'from' | 'steps'>,
  step: number,
): Readonly<Record<string, number>> {
  const share = steps[step - 1] ?? 0;
  const rest = 100 - share;
  const exact = Object.entries(from).map(([cluster, part]) => ({ cluster, exact: (part * rest) / 100 }));
  const floors = exact.map((one) => ({ ...one, weight: Math.floor(one.exact) }));
  const left = rest - floors.reduce((sum, { weight }) => sum + weight, 0);
  const byLoss = floors.toSorted((one, other) => other.exact - other.weight - (one.exact - one.weight));
  const raised = new Set(byLoss.slice(0, left).map(({ cluster }) => cluster));
  const others = floors.map(({ cluster, weight }) => [cluster, raised.has(cluster) ? weight + 1 : weight] as const);
  return Object.fromEntries([...others, [to, share]]);
}

/** The services as proxies are to treat them now: those that a shift moves have the weights of its step. */
export function steeredServices({
  services,
  shifted = [],
}: Pick<DeclaredMesh, 'services' | 'shifted'>): readonly MeshService[] {
  if (shifted.length === 0) return services;
  const isOf = (one: MeshService, { name, namespace }: ShiftedService): boolean =>
    one.spec.host === undefined && one.metadata.name === name && one.metadata.namespace === namespace;
  const kept = services.map((service) => {
    const shift = shifted.find((one) => isOf(service, one));
    return shift === undefined ? service : serviceSplit(shift);
  });
  const added = shifted.filter((shift) => !services.some((service) => isOf(service, shift))).map(serviceSplit);
  return [...kept, ...added];
}

/** The document of a service that is split between clusters and nothing else. */
export function serviceSplit({ name, namespace, split }: ShiftedService): MeshService {
  return meshService.parse({ apiVersion, kind: 'MeshService', metadata: { name, namespace }, spec: { split } });
}
