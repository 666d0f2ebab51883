import { join } from 'node:path';
import { expect } from 'vitest';
import type { VersionReport } from '../../src/report/versions.ts';
import { endedWith, jsonOf } from './cli.ts';
import { type TestLab, twoClusters } from './lab.ts';
import { deploySteady, restartClients, restartSteady, type SteadyCount, underTraffic } from './steady.ts';

/** A mesh of west and east that is upgraded from Istio 1.30 to 1.31; the lab must have both. */

const clusters = ['west', 'east'] as const;

export interface DeclaredIstios {
  readonly istio: object;
  /** Of single clusters. */
  readonly of?: Readonly<Record<string, object>>;
  readonly moved?: readonly string[];
}

export interface TwoIstios {
  readonly lab: TestLab;
  /** The mesh file. */
  readonly mesh: string;
  declare(declared: DeclaredIstios): Promise<void>;
  apply(declared: DeclaredIstios): Promise<void>;
  /** The versions of the istiods in each cluster. */
  istiods(): Promise<Readonly<Record<string, readonly string[]>>>;
  verified(): Promise<void>;
  /** Flags that name the istioctls of both versions. */
  readonly renderers: readonly string[];
}

/**
 * What ends with a gateway's pod is sent once more: that pod passes connections through and cannot tell their clients to leave
 * them before it ends. Istio's own policy does the same for connections that were refused and not for those that were cut.
 */
const meshConfig = {
  accessLogFile: '/dev/stdout',
  defaultHttpRetryPolicy: {
    attempts: 2,
    retryOn: 'connect-failure,refused-stream,unavailable,cancelled,reset',
  },
};

export function twoIstios(lab: TestLab): TwoIstios {
  const mesh = join(lab.folder, 'mesh.yaml');
  const renderers = ['istioctl', 'istioctl-1.30'].flatMap((name) => ['--istioctl', join(lab.lab.bin, name)]);
  const declare = async ({ istio, of = {}, moved = [] }: DeclaredIstios): Promise<void> => {
    const documents = [
      { kind: 'Mesh', metadata: { name: 'shop' }, spec: { istio: { meshConfig, ...istio }, home: 'west' } },
      ...twoClusters.map(({ name, network }) => ({
        kind: 'MeshCluster',
        metadata: { name },
        spec: { network, injectNamespaces: ['shop'], movedNamespaces: moved, istio: of[name] },
      })),
    ];
    const texts = documents.map((document) => JSON.stringify({ apiVersion: 'isthmus.dev/v1alpha1', ...document }));
    await lab.file('mesh.yaml', texts.join('\n---\n'));
  };
  return {
    lab,
    mesh,
    renderers,
    declare,
    async apply(declared) {
      await declare(declared);
      endedWith(0, await lab.isthmus.run(['apply', '-f', mesh, ...renderers]));
    },
    async istiods() {
      const asked = await lab.isthmus.run(['version', '-f', mesh, '-o', 'json', ...renderers]);
      const { clusters: all } = jsonOf<VersionReport>(endedWith(0, asked));
      return Object.fromEntries(
        all.map((one) => [
          one.cluster,
          one.reachable ? (one.istiods ?? []).map(({ version }) => version ?? '?').sort() : [],
        ]),
      );
    },
    async verified() {
      expect(endedWith(0, await lab.isthmus.run(['verify', '-f', mesh])).stdout).toContain('4 of 4 checks passed');
    },
  };
}

type Counts = ReadonlyMap<string, SteadyCount>;

/** One cluster after the other, with a mesh of one primary of each version between; what was counted meanwhile. */
export async function upgradeInPlace({ lab, apply, istiods, verified }: TwoIstios): Promise<Counts> {
  await apply({ istio: { version: '1.30' } });
  expect(await istiods()).toEqual({ west: ['1.30.4'], east: ['1.30.4'] });
  await deploySteady(lab, clusters);
  const counts = await underTraffic(lab, clusters, async () => {
    await apply({ istio: { version: '1.30' }, of: { east: { version: '1.31' } } });
    expect(await istiods()).toEqual({ west: ['1.30.4'], east: ['1.31.0'] });
    await verified();
    await apply({ istio: { version: '1.31' } });
    for (const cluster of clusters) await restartSteady(lab, cluster);
  });
  expect(await istiods()).toEqual({ west: ['1.31.0'], east: ['1.31.0'] });
  return counts;
}

/** The new control planes beside the old ones, then the workloads, then the old ones go; what was counted meanwhile. */
export async function upgradeByRevision({ lab, apply, istiods, verified }: TwoIstios): Promise<Counts> {
  await apply({ istio: { version: '1.30', revision: '1-30' } });
  await deploySteady(lab, clusters);
  const both = { version: '1.31', revision: '1-31', previousRevision: '1-30' };
  const counts = await underTraffic(lab, clusters, async () => {
    await apply({ istio: both });
    expect(await istiods()).toEqual({ west: ['1.30.4', '1.31.0'], east: ['1.30.4', '1.31.0'] });
    await apply({ istio: both, moved: ['shop'] });
    for (const cluster of clusters) await restartSteady(lab, cluster);
  });
  for (const cluster of clusters) await restartClients(lab, cluster);
  await apply({ istio: { version: '1.31', revision: '1-31' } });
  expect(await istiods()).toEqual({ west: ['1.31.0'], east: ['1.31.0'] });
  await verified();
  return counts;
}
