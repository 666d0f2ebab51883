import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubeObject } from '../../src/objects/object.ts';
import type { Writer } from './arguments.ts';
import { namespace } from './mixture.ts';

/** A command line that brings the objects into the cluster. */
export type Command = readonly [string, ...string[]];

export interface CommandsOptions {
  readonly objects: readonly KubeObject[];
  /** The context of the cluster. */
  readonly context: string;
  /** A folder for what the commands read. */
  readonly folder: string;
  /** The bundled program of ours. */
  readonly isthmus: string;
}

/** Writes what each writer reads, the same objects for all, and gives their commands. */
export async function commandsFor(options: CommandsOptions): Promise<Readonly<Record<Writer, Command>>> {
  const { objects, context, folder, isthmus } = options;
  const json = join(folder, 'objects.json');
  await writeFile(json, JSON.stringify(objects));
  const yaml = join(folder, 'objects.yaml');
  await writeFile(yaml, documents(objects));
  const chart = join(folder, 'chart');
  await mkdir(join(chart, 'templates'), { recursive: true });
  await writeFile(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: bench\nversion: 1.0.0\n');
  for (const [kind, ofKind] of Map.groupBy(objects, (object) => object.kind)) {
    await writeFile(join(chart, 'templates', `${kind}.yaml`), documents(ofKind));
  }
  return {
    isthmus: [process.execPath, isthmus, context, json],
    kubectl: ['kubectl', '--context', context, 'apply', '--server-side', '-f', yaml],
    helm: ['helm', '--kube-context', context, 'upgrade', '--install', 'bench', chart, '--namespace', namespace],
  };
}

/** JSON is YAML. */
function documents(objects: readonly KubeObject[]): string {
  return objects.map((object) => JSON.stringify(object)).join('\n---\n');
}
