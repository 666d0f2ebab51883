import { join } from 'node:path';
import {
  buildIsthmusImage,
  buildIstioImages,
  buildLabImages,
  type IsthmusImage,
  type LabImages,
} from '../images/build.ts';
import type { OtherIstio } from './istios.ts';
import { plannedIstioPaths, type ToolPaths } from './tool-paths.ts';

/** The checkout that this lab belongs to. */
export const checkoutFolder: string = join(import.meta.dirname, '../../..');

/** The lab's images, built where the cache does not have them yet. */
export async function preparedImages(tools: ToolPaths): Promise<LabImages> {
  return await buildLabImages({ cache: tools.cache, bin: tools.bin, checkout: checkoutFolder });
}

/** Puts the image of the checkout's own build (dist/) where the registry of a lab finds it. */
export async function isthmusImageFor(tools: ToolPaths, layout: string): Promise<IsthmusImage> {
  return await buildIsthmusImage({ cache: tools.cache, bin: tools.bin, checkout: checkoutFolder, layout });
}

/** The layout with the images of an Istio beside the usual one, which must be built. */
export async function preparedIstioImages({ cache, bin }: ToolPaths, istio: OtherIstio): Promise<string> {
  const { bin: istioBin } = await plannedIstioPaths(istio);
  return await buildIstioImages({ cache, bin, checkout: checkoutFolder, istio, istioBin });
}
