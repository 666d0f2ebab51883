import { apiVersion } from '../api/mesh.ts';
import { type MeshService, meshService } from '../api/mesh-service.ts';
import type { ShiftPhase, StoredShift } from '../api/mesh-shift.ts';
import type { DeclaredMesh, ServiceName, ShiftedService } from './declared.ts';
import { splitAt } from './split-at.ts';

const living: ReadonlySet<ShiftPhase> = new Set(['Running', 'Paused', 'Passed']);

/** True where the weights of its step hold: it has not ended, and its time is not over. `now` is the API server's time. */
export function isLiving({ spec, status }: Pick<StoredShift, 'spec' | 'status'>, now: number): boolean {
  return living.has(status?.phase ?? 'Running') && now < Date.parse(spec.expiresAt);
}

/** The services that get the steps of a shift together: one, or several of a namespace. */
export function shiftedNames({
  service,
  services,
}: Pick<StoredShift['spec'], 'service' | 'services'>): readonly ServiceName[] {
  return services === undefined ? [service] : services.map((name) => ({ ...service, name }));
}

/** The mesh with what the shifts that live want of its services. Before its first step a shift wants nothing. */
export function withShifts(declared: DeclaredMesh, shifts: readonly StoredShift[], now: number): DeclaredMesh {
  const shifted = shifts
    .filter((shift) => shift.spec.mesh === declared.mesh.metadata.name && isLiving(shift, now))
    .flatMap(({ spec, status }): readonly ShiftedService[] => {
      const step = status?.step ?? 0;
      return step === 0 ? [] : shiftedNames(spec).map((service) => ({ ...service, split: splitAt(spec, step) }));
    });
  return shifted.length === 0 ? declared : { ...declared, shifted };
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
