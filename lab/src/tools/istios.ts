import { IsthmusError } from '../../../src/base/error.ts';
import { type GoModule, istioPrograms, istioVariables, istioVersion } from './programs.ts';

/** The Istio that every lab has: its programs are built with the others. */
export const usualIstio = '1.31';

/** The Istios that are built for those alone that ask for them, by their minor version. */
export const otherIstios = ['1.30'] as const;

export type OtherIstio = (typeof otherIstios)[number];
export type LabIstio = typeof usualIstio | OtherIstio;

const labIstios: readonly LabIstio[] = [usualIstio, ...otherIstios];

export interface IstioSource {
  /** What its programs state and its images are tagged with. */
  readonly version: string;
  /** The folder under lab/tools with the module that it is built from. */
  readonly folder: string;
}

const sources: Readonly<Record<LabIstio, IstioSource>> = {
  [usualIstio]: { version: istioVersion, folder: 'kubernetes' },
  // A commit of the release branch after 1.30.3, with all that the notes of 1.30.4 name of remote clusters.
  '1.30': { version: '1.30.4', folder: 'istio-1.30' },
};

export function istioSource(istio: LabIstio): IstioSource {
  return sources[istio];
}

/** The module of an Istio that is built apart: its Kubernetes libraries are older than those of the lab's clusters. */
export function istioModule(istio: OtherIstio): GoModule {
  const { folder, version } = sources[istio];
  return { folder, programs: istioPrograms, variables: istioVariables(version) };
}

/** The minor version of an Istio of the lab. */
export function parseIstio(text: string): LabIstio {
  const found = labIstios.find((istio) => istio === text);
  if (found !== undefined) return found;
  throw new IsthmusError('usage', `the lab has no Istio "${text}"`, {
    remedy: `the Istios are ${labIstios.join(' and ')}`,
  });
}

/** The same without the one that every lab has, each once. */
export function othersAmong(istios: readonly LabIstio[]): readonly OtherIstio[] {
  return otherIstios.filter((other) => istios.includes(other));
}
