import { copyFileSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

/** The istioctl of an Istio besides the usual one. */
export interface OtherIstioctl {
  /** Its minor version. */
  readonly istio: string;
  /** The folder that it lies in. */
  readonly bin: string;
}

/**
 * The folder that a lab puts on its user's PATH: links to every program in the folders `bins`, but `istioctl` is the lab's own
 * wrapper (see istioctl in this folder) and the real one is `istioctl-real`. That of another Istio is likewise
 * `istioctl-1.30`. `folder` must not exist yet.
 */
export function writeProgramsFolder(
  folder: string,
  bins: readonly string[],
  others: readonly OtherIstioctl[] = [],
): void {
  mkdirSync(folder, { recursive: true });
  for (const bin of bins) {
    for (const program of readdirSync(bin)) {
      const name = program === 'istioctl' ? 'istioctl-real' : program;
      symlinkSync(join(bin, program), join(folder, name));
    }
  }
  for (const { istio, bin: own } of others) symlinkSync(join(own, 'istioctl'), join(folder, `istioctl-${istio}-real`));
  for (const name of ['istioctl', ...others.map(({ istio }) => `istioctl-${istio}`)]) {
    copyFileSync(join(import.meta.dirname, 'istioctl'), join(folder, name));
  }
  copyFileSync(join(import.meta.dirname, 'overlay.yaml'), join(folder, 'istioctl-overlay.yaml'));
}
