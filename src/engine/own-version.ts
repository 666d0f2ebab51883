import { apiVersion } from '../report/schema.ts';
import type { VersionReport } from '../report/versions.ts';
import type { EnginePorts } from './ports.ts';

/** The version of Isthmus alone, for which no mesh is named. */
export function ownVersion({ version }: Pick<EnginePorts, 'version'>): VersionReport {
  return { apiVersion, kind: 'VersionReport', client: version, clusters: [] };
}
