import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sourceOperatorImage } from '../../src/base/source-image.ts';
import { manifestFiles } from '../../src/cli/operator/manifests.ts';
import { objectText } from '../../src/cli/render/text.ts';
import { operatorObjects } from '../../src/install/operator-objects.ts';
import { systemNamespace } from '../../src/objects/ownership.ts';

/** Stand for values of the chart until the objects are text. */
const image = 'IMAGE-OF-THE-CHART';
const probeImage = 'PROBES-OF-THE-CHART';
const replicas = 424_242;

/** The files of the chart by their paths: the objects of an installation, with images and replicas as values. */
export function chartFiles(): ReadonlyMap<string, string> {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as {
    readonly version: string;
  };
  // Helm makes the namespace of a release itself, or gets it; it must be ours, for the objects name it.
  const files = manifestFiles(operatorObjects({ image, replicas, probeImage }), objectText);
  return new Map([
    ['Chart.yaml', chartText(version)],
    ['values.yaml', valuesText(version)],
    ...[...files].map(([path, text]): readonly [string, string] => [
      `${path.includes('-customresourcedefinition-') ? 'crds' : 'templates'}/${path}`,
      withValues(text),
    ]),
  ]);
}

function withValues(text: string): string {
  return text
    .replace(image, '{{ .Values.image | quote }}')
    .replace(String(replicas), '{{ .Values.replicas }}')
    .replace(
      new RegExp(`^( *)- --probe-image=${probeImage}\n`, 'm'),
      (_, space: string) =>
        `${space}{{- with .Values.probeImage }}\n${space}- {{ printf "--probe-image=%s" . | quote }}\n${space}{{- end }}\n`,
    );
}

function chartText(version: string): string {
  return `apiVersion: v2
name: isthmus-operator
description: Keeps an Istio mesh of several clusters as its documents declare it
type: application
version: ${version}
appVersion: ${version}
annotations:
  isthmus.dev/generated: npm run docs writes this chart from src/install
`;
}

function valuesText(version: string): string {
  return `# The objects name the namespace ${systemNamespace}, whatever the release's is.

# The operator's image: docs/image.md says how it is made.
image: ${sourceOperatorImage(version)}
# What the probes in each cluster run; left empty, the image of throw-away pods (docs/image.md).
probeImage: ""
# How many pods, 1 or 2; one of them leads.
replicas: 1
`;
}
