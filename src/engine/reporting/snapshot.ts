import { apiVersion } from '../../report/schema.ts';
import type { SnapshotReport } from '../../report/snapshot.ts';
import type { StoredSnapshot } from '../../snapshot/folder.ts';

export function snapshotReport(folder: string, { takenAt, snapshot, gaps }: StoredSnapshot): SnapshotReport {
  return {
    apiVersion,
    kind: 'SnapshotReport',
    folder,
    ...(takenAt === undefined ? {} : { takenAt }),
    clusters: snapshot.clusters.map(({ cluster, objects }) => ({ cluster, objects: objects.length })),
    istiods: snapshot.istiods.length,
    gaps,
  };
}
