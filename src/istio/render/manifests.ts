import { parse } from 'yaml';
import { IsthmusError } from '../../base/error.ts';
import type { Json } from '../../base/json.ts';
import { asKubeObject, type KubeObject } from '../../objects/object.ts';

/**
 * The objects in what `istioctl manifest generate` prints: a YAML stream whose separators stand alone on their line
 * (operator/cmd/mesh/manifest-generate.go). Inside a block scalar `---` is indented, so splitting by line is exact.
 *
 * `known` holds documents by their text and is added to: nine tenths of the text are definitions, the same for every
 * cluster, and parsing them takes longer than everything else.
 */
export function parseManifests(text: string, known: Map<string, KubeObject>): readonly KubeObject[] {
  return text
    .split(/^---[ \t]*$/m)
    .filter((document) => document.trim() !== '')
    .map((document) => {
      const object = known.get(document) ?? parseDocument(document);
      known.set(document, object);
      return object;
    });
}

function parseDocument(document: string): KubeObject {
  const object = asKubeObject(parseYaml(document));
  if (object !== undefined) return object;
  throw notManifests('one of the documents is no Kubernetes object');
}

function parseYaml(document: string): Json {
  try {
    return parse(document, { prettyErrors: false });
  } catch (error) {
    throw notManifests('one of the documents is not YAML', error);
  }
}

function notManifests(why: string, cause?: unknown): IsthmusError {
  return new IsthmusError('istioctl-failed', `istioctl printed something that is not a manifest: ${why}`, {
    hint: 'run `istioctl manifest generate` yourself, and check that the program is istioctl',
    cause,
  });
}
