import { build } from 'esbuild';

/**
 * Bundles programs with all that they use, as the package ships its command line. A command loads only its own chunk,
 * which keeps the start short. Gives the files that went into it.
 */
export async function bundle(
  entryPoints: Readonly<Record<string, string>>,
  outdir: string,
): Promise<readonly string[]> {
  const { metafile } = await build({
    entryPoints: { ...entryPoints },
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22.19',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'external',
    chunkNames: 'chunk-[hash]',
    logLevel: 'warning',
    metafile: true,
    // CommonJS packages call require for the platform's modules.
    banner: {
      js: "import{createRequire as isthmusRequire}from'node:module';const require=isthmusRequire(import.meta.url);",
    },
  });
  return Object.keys(metafile.inputs);
}
