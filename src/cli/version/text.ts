import type { VersionReport } from '../../report/versions.ts';
import { type FailureTextOptions, renderFailure } from '../shell/failure.ts';
import { table } from '../shell/table.ts';

type ClusterVersions = VersionReport['clusters'][number];

/** The version alone as it always was, for scripts; with a mesh a table of what each cluster runs. */
export function versionText(report: VersionReport, options: FailureTextOptions): string {
  const { client, mesh, declared, renderers = [], clusters } = report;
  if (mesh === undefined) return `${client}\n`;
  const errors = [
    ...renderers.flatMap((renderer) => (renderer.found ? [] : [renderer.error])),
    ...clusters.flatMap(({ error }) => (error === undefined ? [] : [error])),
  ];
  return `${[
    table([
      ['Isthmus', client],
      ...renderers.map((renderer) => ['renderer', rendererText(renderer)]),
      [`mesh ${mesh}`, `Istio ${declared ?? '?'}`],
    ]),
    '',
    table([['CLUSTER', 'KUBERNETES', 'DECLARED', 'ISTIOD'], ...clusters.map(rowOf)]),
  ].join('\n')}\n${errors.length === 0 ? '' : `\n${errors.map((error) => renderFailure(error, options)).join('')}`}`;
}

function rendererText(renderer: NonNullable<VersionReport['renderers']>[number]): string {
  return renderer.found ? `Istio ${renderer.version}, ${renderer.program}` : `Istio ${renderer.declared}, none`;
}

function rowOf(versions: ClusterVersions): readonly string[] {
  const { cluster, declared } = versions;
  if (!versions.reachable) return [cluster, '?', declared, '?'];
  return [cluster, versions.kubernetes, declared, istiodsText(versions.istiods)];
}

function istiodsText(istiods: Extract<ClusterVersions, { reachable: true }>['istiods']): string {
  if (istiods === null) return '?';
  if (istiods.length === 0) return '-';
  return istiods
    .map(({ revision, version }) => (revision === 'default' ? (version ?? '?') : `${version ?? '?'} (${revision})`))
    .join(', ');
}
