import { apiVersion } from '../api/mesh.ts';
import { type MeshShiftStatus, meshShiftKind, type StoredShift } from '../api/mesh-shift.ts';
import { asIsthmusError, IsthmusError } from '../base/error.ts';
import { objectToJson } from '../base/json.ts';
import { isLiving, shiftedNames } from '../mesh/shifted.ts';
import { fieldManager, owned, systemNamespace } from '../objects/ownership.ts';
import { readShifts, serverTime, shiftOf, shiftRef } from '../observe/shifts.ts';
import { type ShiftContext, shiftName } from './context.ts';

type Intents = Pick<ShiftContext, 'home' | 'mesh' | 'clock' | 'signal'>;

export async function readIntent({ home, signal }: Intents, name: string): Promise<StoredShift | undefined> {
  const found = await home.get(shiftRef(name), { signal });
  return found === undefined ? undefined : shiftOf(found, home);
}

/** Throws `not-found` where there is no shift of the service. */
export async function theIntent(intents: Intents, name: string): Promise<StoredShift> {
  const found = await readIntent(intents, name);
  if (found !== undefined) return found;
  const { cluster } = intents.home;
  throw new IsthmusError('not-found', `there is no shift of ${name}`, { cluster });
}

/**
 * Throws `shift-refused` while a shift of the same name, or one of any of its services, lives or has not gone back yet; gives one of the
 * same name that has ended.
 */
export async function refuseSecond(
  { home, clock, signal }: Intents,
  spec: Pick<StoredShift['spec'], 'service' | 'services'>,
): Promise<StoredShift | undefined> {
  const shifts = await readShifts(home, signal);
  const now = serverTime(home, clock.now());
  const name = shiftName(spec.service);
  const taken = new Set([name, ...shiftedNames(spec).map(shiftName)]);
  const second = shifts.find(
    (one) =>
      (isLiving(one, now) || one.status?.phase === 'GoingBack') &&
      (taken.has(one.metadata.name) || shiftedNames(one.spec).some((service) => taken.has(shiftName(service)))),
  );
  if (second !== undefined) throw underWay(second.metadata.name, home.cluster);
  return shifts.find(({ metadata }) => metadata.name === name);
}

/**
 * Makes the intent of a shift. The API server takes one for each name: throws `shift-refused` while another lives or has not
 * gone back yet. One that has ended makes room.
 */
export async function createIntent(intents: Intents, spec: StoredShift['spec']): Promise<StoredShift> {
  const { home, mesh, signal } = intents;
  const name = shiftName(spec.service);
  if ((await refuseSecond(intents, spec)) !== undefined) await home.delete(shiftRef(name), { signal });
  const metadata = { name, namespace: systemNamespace };
  const object = owned({ apiVersion, kind: meshShiftKind, metadata, spec: objectToJson(spec) }, mesh);
  try {
    return shiftOf(await home.create(object, { signal }), home);
  } catch (thrown) {
    const error = asIsthmusError(thrown);
    if (error.code === 'conflict') throw underWay(name, home.cluster);
    if (error.code !== 'not-found') throw thrown;
    throw new IsthmusError('shift-refused', `${home.cluster} does not know the kind MeshShift; nothing was changed`, {
      cluster: home.cluster,
      cause: error,
      remedy: 'apply the mesh with this version first: it brings the definition',
    });
  }
}

function underWay(name: string, cluster: string): IsthmusError {
  return new IsthmusError('shift-refused', `a shift of ${name} is under way; nothing was changed`, {
    cluster,
    remedy: 'look at it, and resume it or put the old weights back',
  });
}

/** Writes where a shift is. Refused (`conflict`) where anybody has written it since it was read. */
export async function record(
  { home }: Pick<ShiftContext, 'home'>,
  shift: StoredShift,
  change: Partial<MeshShiftStatus>,
): Promise<StoredShift> {
  const { name, resourceVersion = '' } = shift.metadata;
  const status = { ...(shift.status ?? { phase: 'Running', step: 0, verdicts: [] }), ...change };
  const metadata = { name, namespace: systemNamespace, resourceVersion };
  const object = { apiVersion, kind: meshShiftKind, metadata, status: objectToJson(status) };
  // Without the signal: a record that is under way is finished.
  const options = { fieldManager, conflicts: 'Force', subresource: 'status' } as const;
  const stored = await home.apply(object, options).catch((thrown: unknown) => {
    const error = asIsthmusError(thrown);
    if (error.code !== 'conflict') throw thrown;
    throw new IsthmusError('conflict', `someone else has written the shift of ${name} meanwhile`, {
      cluster: home.cluster,
      cause: error,
      retry: true,
      remedy: 'look at it, and try again',
    });
  });
  return shiftOf(stored, home);
}
