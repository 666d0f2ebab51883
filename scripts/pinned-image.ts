/** The file beside the program that pins its probes to an image. A tag alone would leave what runs to whoever may write it. */
export function pinnedImage(image: string): string {
  if (/^[a-z0-9][a-z0-9.:_/-]*@sha256:[0-9a-f]{64}$/.test(image)) return `${JSON.stringify({ image })}\n`;
  throw new Error(`ISTHMUS_IMAGE must name an image by its digest (NAME@sha256:...), and not ${image}`);
}

/** That file where the environment of a build names an image in ISTHMUS_IMAGE. */
export function pinOf({ ISTHMUS_IMAGE: image }: NodeJS.ProcessEnv): string | undefined {
  return image === undefined || image === '' ? undefined : pinnedImage(image);
}
