import { copyFileSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The folder that a lab puts on its user's PATH: links to every program in `bin`, but `istioctl` is the lab's own
 * wrapper (see istioctl in this folder) and the real one is `istioctl-real`. `folder` must not exist yet.
 */
export function writeProgramsFolder(folder: string, bin: string): void {
  mkdirSync(folder, { recursive: true });
  for (const program of readdirSync(bin)) {
    const name = program === 'istioctl' ? 'istioctl-real' : program;
    symlinkSync(join(bin, program), join(folder, name));
  }
  copyFileSync(join(import.meta.dirname, 'istioctl'), join(folder, 'istioctl'));
  copyFileSync(join(import.meta.dirname, 'overlay.yaml'), join(folder, 'istioctl-overlay.yaml'));
}
