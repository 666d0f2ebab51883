import { type Stage, stages } from '../istio/stages.ts';
import { type KubeObject, refOf } from '../objects/object.ts';

export interface RenderedObject {
  readonly stage: Stage;
  readonly object: KubeObject;
}

/** One file of a rendered folder. */
export interface RenderedFile {
  /** Relative to the folder, with `/`. */
  readonly path: string;
  readonly object: KubeObject;
}

/**
 * `west/07-control-plane/deployment_istio-system_istiod.yaml` for each object: a folder per cluster, folders in the order in
 * which they are to be applied, an object per file, so that a difference in Git names what it is about.
 */
export function renderTree(cluster: string, objects: readonly RenderedObject[]): readonly RenderedFile[] {
  return objects
    .map(({ stage, object }) => ({ path: `${cluster}/${stageFolder(stage)}/${fileName(object)}`, object }))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function stageFolder(stage: Stage): string {
  const number = String(stages.indexOf(stage) + 1).padStart(2, '0');
  const words = stage.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`);
  return `${number}-${words.toLowerCase()}`;
}

/** An underscore is in no name of Kubernetes', so different objects never share a file. */
function fileName(object: KubeObject): string {
  const { kind, namespace, name } = refOf(object);
  const parts = [kind.toLowerCase(), ...(namespace === undefined ? [] : [namespace]), name];
  // Names of roles may hold a colon, which some file systems do not.
  return `${parts.join('_').replaceAll(':', '%3A')}.yaml`;
}
