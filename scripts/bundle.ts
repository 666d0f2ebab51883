import { type BuildOptions, build } from 'esbuild';

const common = {
  bundle: true,
  // Names in the output come from paths: they are the same where node_modules is a link to elsewhere.
  preserveSymlinks: true,
  platform: 'node',
  target: 'node22.19',
  minifySyntax: true,
  minifyWhitespace: true,
  logLevel: 'warning',
  metafile: true,
} as const satisfies BuildOptions;

/**
 * Bundles programs with all that they use, as the package ships its command line. A command loads only its own chunk,
 * which keeps the start short. Gives the files that went into it.
 */
export async function bundle(
  entryPoints: Readonly<Record<string, string>>,
  outdir: string,
): Promise<readonly string[]> {
  const { metafile } = await build({
    ...common,
    entryPoints: { ...entryPoints },
    outdir,
    splitting: true,
    format: 'esm',
    legalComments: 'external',
    chunkNames: 'chunk-[hash]',
    // CommonJS packages call require for the platform's modules.
    banner: {
      js: "import{createRequire as isthmusRequire}from'node:module';const require=isthmusRequire(import.meta.url);",
    },
  });
  return Object.keys(metafile.inputs);
}

/**
 * Bundles a program into one CommonJS file, as Node's single executables take it. What a command loads is evaluated only
 * when it runs, as with the chunks. Gives the files that went into it, by their paths from `root`.
 */
export async function bundleOneFile(root: string, entryPoint: string, outfile: string): Promise<readonly string[]> {
  const { metafile } = await build({
    ...common,
    absWorkingDir: root,
    entryPoints: [entryPoint],
    outfile,
    format: 'cjs',
    legalComments: 'none',
    // It has no place of its own on a disk: files of the package are assets of the executable.
    define: { 'import.meta.url': '"isthmus:executable"' },
  });
  return Object.keys(metafile.inputs);
}
