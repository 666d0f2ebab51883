import { describe, expect, test } from 'vitest';
import { type StoredShift, storedShift } from '../api/mesh-shift.ts';
import { clusterName } from '../api/name.ts';
import type { JsonObject } from '../base/json.ts';
import { checkDocuments } from '../mesh/check/check-documents.ts';
import { clusterOf, meshOf, serviceOf } from '../mesh/testing/mesh-documents.ts';
import { type ResolvedMesh, resolveMesh } from '../topology/resolved-mesh.ts';
import { refuseNamed, refuseShifted } from './steered.ts';

const blue = clusterName.parse('blue');

/** Green is the home; blue is on a network of its own unless it shares that of green. */
function meshWith(service: JsonObject, network = 'us'): ResolvedMesh {
  const clusters = [clusterOf('green', { network: 'eu' }), clusterOf('blue', { network })];
  const { declared, findings } = checkDocuments([meshOf(), ...clusters, serviceOf(service)]);
  if (declared === undefined) throw new Error(JSON.stringify(findings));
  return resolveMesh(declared);
}

describe('a MeshService keeps a cluster in the mesh', () => {
  test.each<[string, JsonObject, string, string]>([
    ['that gets requests', { split: { blue: 30, green: 70 } }, 'sends 30 % of its requests to blue', 'split'],
    ['that gets none of them', { split: { blue: 0, green: 100 } }, 'names blue', 'split'],
    ['by its network', { splitBy: 'Network', split: { us: 10, eu: 90 } }, 'sends 10 % of its requests to us', 'split'],
    ['that others fail over to', { failover: [{ to: 'blue' }] }, 'fails over to blue', 'failover'],
    [
      'that is the active one',
      { failover: [{ to: 'green' }], failoverMode: 'Manual', active: 'blue' },
      'sends all of its requests to blue',
      'active',
    ],
  ])('%s', (_, service, says, key) => {
    let thrown: unknown;
    try {
      refuseNamed(meshWith(service), blue);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({
      code: 'leave-refused',
      message: expect.stringContaining(says),
      remedy: expect.arrayContaining([expect.objectContaining({ do: 'Set', field: `spec.${key}` })]),
    });
  });

  test.each<[string, JsonObject, string]>([
    ['that it does not name', { split: { green: 100 } }, 'us'],
    ['whose network has another cluster', { splitBy: 'Network', split: { eu: 100 } }, 'eu'],
    ['whose name is a version', { splitBy: 'Version', split: { blue: 100 } }, 'us'],
    ['that answers like all others', {}, 'us'],
  ])('but not one %s', (_, service, network) => {
    expect(() => refuseNamed(meshWith(service, network), blue)).not.toThrow();
  });
});

describe('a shift keeps every cluster in the mesh', () => {
  const expiresAt = '2030-01-01T02:00:00Z';
  const now = Date.parse('2030-01-01T01:00:00Z');
  const shift = (phase: string): StoredShift =>
    storedShift.parse({
      metadata: { name: 'cart.shop' },
      spec: {
        ...{ mesh: 'shop', service: { name: 'cart', namespace: 'shop' }, to: 'green', from: { blue: 100 } },
        ...{ steps: [50, 100], everySeconds: 5, abortOn: [], expiresAt, clusters: ['blue', 'green'] },
      },
      status: { phase, step: 2, verdicts: [] },
    });

  test.each(['Running', 'Paused', 'Passed'])('while it is %s and has not expired', (phase) => {
    expect(() => refuseShifted([shift(phase)], { mesh: 'shop', now })).toThrow('a shift of cart.shop is under way');
    expect(() => refuseShifted([shift(phase)], { mesh: 'shop', now: Date.parse(expiresAt) })).not.toThrow();
    expect(() => refuseShifted([shift(phase)], { mesh: 'other', now })).not.toThrow();
  });

  test('until its weights are kept, or went back', () => {
    for (const phase of ['Promoted', 'Aborted', 'WentBack']) {
      expect(() => refuseShifted([shift(phase)], { mesh: 'shop', now })).not.toThrow();
    }
  });
});
