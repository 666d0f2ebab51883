import { Document } from 'yaml';
import { yamlStyle } from '../../src/base/yaml-style.ts';

export interface KrewArchive {
  readonly os: string;
  readonly arch: string;
  readonly url: string;
  readonly sha256: string;
}

/** The manifest by which krew installs `kubectl isthmus`, one archive for each platform. */
export function krewManifest(version: string, archives: readonly KrewArchive[]): string {
  const manifest = {
    apiVersion: 'krew.googlecontainertools.github.com/v1alpha2',
    kind: 'Plugin',
    metadata: { name: 'isthmus' },
    spec: {
      version: `v${version}`,
      shortDescription: 'Make several clusters one Istio mesh',
      description:
        'Isthmus makes several Kubernetes clusters one Istio service mesh from one file: it plans, applies, verifies with real requests, watches and removes it.',
      caveats: 'A renderer is needed besides: istioctl of the version that the mesh file names, or helm.',
      platforms: archives.map(({ os, arch, url, sha256 }) => ({
        selector: { matchLabels: { os, arch } },
        uri: url,
        sha256,
        bin: 'isthmus',
      })),
    },
  };
  return new Document(manifest, yamlStyle).toString({ lineWidth: 0 });
}
