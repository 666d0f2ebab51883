import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { IsthmusError } from '../../../src/base/error.ts';
import { sourceImage, sourceOperatorImage } from '../../../src/base/source-image.ts';
import { type OtherIstio, usualIstio } from '../tools/istios.ts';
import { istioRecipes, istioUser } from './istio.ts';
import type { LayerItem, LayerRecipe } from './layer.ts';
import type { ImageRecipe } from './layout.ts';
import { librariesOf } from './libraries.ts';

/** The sandbox image: kubelet and containerd have the same name for it. */
export const pauseImage = 'registry.k8s.io/pause:3.10';

/** Every other image's user; never 1337, whose traffic a sidecar lets pass unseen. */
const appUser = '65532:65532';

const nodePath = '/usr/local/bin/node';

/** Where the parts of the images come from. */
export interface ImageSources {
  /** The folder with the built programs. */
  readonly bin: string;
  /** The root of the Isthmus checkout. */
  readonly checkout: string;
}

/** The images that every cluster of the lab starts with. */
export async function labImages(sources: ImageSources): Promise<readonly ImageRecipe[]> {
  const shared = await sharedLayers(sources);
  const apps = { name: 'apps', items: await appItems(sources.checkout) };
  const app = { layers: [shared.base, shared.node, apps], user: appUser, environment: nodeEnvironment };
  return [
    {
      names: [pauseImage],
      layers: [{ name: 'pause', items: [{ path: '/pause', source: join(sources.bin, 'pause') }] }],
      entrypoint: ['/pause'],
      user: '65535:65535',
    },
    ...(await istioRecipes({ ...sources, istio: usualIstio, istioBin: sources.bin, base: shared.base })),
    { ...app, names: ['isthmus.invalid/lab-client:1'], entrypoint: nodeEntrypoint('/app/client.js') },
    { ...app, names: ['isthmus.invalid/lab-helloworld:1'], entrypoint: nodeEntrypoint('/app/helloworld.js') },
    { ...app, names: ['isthmus.invalid/lab-bookinfo:1'], entrypoint: nodeEntrypoint('/app/bookinfo.js') },
  ];
}

/** Where the parts of an Istio's images come from that no cluster starts with. */
export interface OtherIstioSources extends ImageSources {
  readonly istio: OtherIstio;
  /** The folder with that Istio's programs. */
  readonly istioBin: string;
}

/** The images of an Istio that is built apart; the layers below its own programs are those of the lab's other images. */
export async function otherIstioImages(sources: OtherIstioSources): Promise<readonly ImageRecipe[]> {
  return await istioRecipes({ ...sources, base: (await sharedLayers(sources)).base });
}

/** The Isthmus image of the checkout's build. */
export async function isthmusImage(sources: ImageSources): Promise<ImageRecipe> {
  return await isthmusRecipe(sources.checkout, await sharedLayers(sources));
}

async function isthmusRecipe(checkout: string, { base, node }: SharedLayers): Promise<ImageRecipe> {
  const dist = join(checkout, 'dist');
  if (!existsSync(join(dist, 'isthmus.js'))) {
    throw new IsthmusError('not-found', 'dist/isthmus.js, which the Isthmus image runs, is not built', {
      remedy: 'npm run build',
    });
  }
  const manifest = { type: 'module', version: await versionOf(checkout) };
  const files = await readdir(dist, { recursive: true, withFileTypes: true });
  const items = files
    .filter((file) => file.isFile())
    .map((file) => join(file.parentPath, file.name))
    // The library beside the program is for other programs.
    .filter((source) => !source.startsWith(join(dist, 'lib/')))
    .map((source) => ({ path: `/app/dist${source.slice(dist.length)}`, source, mode: 0o644 }));
  return {
    names: [sourceImage(manifest.version)],
    layers: [
      base,
      node,
      // Without it Node would read the bundle's .js files as CommonJS, and the program would not know its version.
      { name: 'isthmus', items: [...items, { path: '/app/package.json', text: `${JSON.stringify(manifest)}\n` }] },
    ],
    entrypoint: [nodePath, '/app/dist/isthmus.js'],
    user: appUser,
  };
}

/** The image of the operator: that of Isthmus, and the istioctl with which it renders. */
export async function operatorImage(sources: ImageSources): Promise<ImageRecipe> {
  const programs = { istioctl: join(sources.bin, 'istioctl') };
  return withPrograms(await isthmusImage(sources), await versionOf(sources.checkout), programs);
}

/** The programs with which an operator renders, by the names under which it finds them. */
export interface RendererPrograms {
  readonly istioctl?: string | undefined;
  readonly helm?: string | undefined;
}

/** The same for clusters that are not of the lab, with an istioctl of yours, a helm or both. */
export async function standaloneOperatorImage(checkout: string, programs: RendererPrograms): Promise<ImageRecipe> {
  return withPrograms(await standaloneImage(checkout), await versionOf(checkout), programs);
}

function withPrograms(recipe: ImageRecipe, version: string, programs: RendererPrograms): ImageRecipe {
  const added = Object.entries(programs).flatMap(([name, source]) =>
    source === undefined ? [] : [{ name, items: [{ path: `/usr/local/bin/${name}`, source, mode: 0o755 }] }],
  );
  // The programs change rarely: below the bundle, so that a new bundle moves little.
  const layers = [...recipe.layers.slice(0, -1), ...added, ...recipe.layers.slice(-1)];
  return { ...recipe, names: [sourceOperatorImage(version)], layers };
}

/** The name of the image that is made from the source. */
export async function isthmusImageName(checkout: string): Promise<string> {
  return sourceImage(await versionOf(checkout));
}

async function versionOf(folder: string): Promise<string> {
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { readonly version: string };
  return manifest.version;
}

/** The same image for clusters that are not of the lab: its libraries are those of Node alone. */
export async function standaloneImage(checkout: string): Promise<ImageRecipe> {
  const node = await nodeOf(checkout);
  return await isthmusRecipe(checkout, { base: await baseLayer([node.program]), node: node.layer });
}

/** Node and its libraries for other processors than those of this machine. */
export interface ForeignPlatform {
  readonly architecture: string;
  readonly node: string;
  readonly libraries: readonly LayerItem[];
}

/** The same image for such processors. */
export async function foreignImage(checkout: string, platform: ForeignPlatform): Promise<ImageRecipe> {
  const { architecture, node, libraries } = platform;
  const base = { name: `base-${architecture}`, items: [...baseItems, ...libraries] };
  const layer = { name: `node-${architecture}`, items: [{ path: nodePath, source: node }] };
  return { ...(await isthmusRecipe(checkout, { base, node: layer })), architecture };
}

/** The apps are small: little young space keeps twenty of them in little memory. */
function nodeEntrypoint(script: string): readonly string[] {
  return [nodePath, '--max-old-space-size=32', '--max-semi-space-size=1', script];
}

const nodeEnvironment = { UV_THREADPOOL_SIZE: '1' };

interface SharedLayers {
  readonly base: LayerRecipe;
  readonly node: LayerRecipe;
}

async function sharedLayers(sources: ImageSources): Promise<SharedLayers> {
  const { program, layer } = await nodeOf(sources.checkout);
  return { base: await baseLayer([program, join(sources.bin, 'envoy'), '/usr/sbin/xtables-nft-multi']), node: layer };
}

/** What every image begins with, and the libraries of these programs. */
async function baseLayer(programs: readonly string[]): Promise<LayerRecipe> {
  return { name: 'base', items: [...baseItems, ...(await librariesOf(programs))] };
}

async function nodeOf(checkout: string): Promise<{ readonly program: string; readonly layer: LayerRecipe }> {
  const program = join(checkout, 'node_modules/node/bin/node');
  if (!existsSync(program)) {
    throw new IsthmusError('not-found', `${program}, which the images run, is missing`, { remedy: 'npm ci' });
  }
  const version = await versionOf(join(program, '../..'));
  return {
    program,
    layer: { name: 'node', items: [{ path: nodePath, source: program, identity: version }] },
  };
}

const baseItems: readonly LayerItem[] = [
  { path: '/tmp', folder: true, mode: 0o1777 },
  ...['/dev', '/etc', '/proc', '/root', '/run', '/sys', '/usr/local/bin', '/var/run'].map((path) => ({
    path,
    folder: true as const,
  })),
  {
    path: '/etc/passwd',
    text: [
      'root:x:0:0:root:/root:/sbin/nologin',
      `istio-proxy:x:${istioUser}:${istioUser}::/tmp:/sbin/nologin`,
      'nobody:x:65534:65534:nobody:/tmp:/sbin/nologin',
      'nonroot:x:65532:65532::/tmp:/sbin/nologin',
      '',
    ].join('\n'),
  },
  { path: '/etc/group', text: `root:x:0:\nistio-proxy:x:${istioUser}:\nnobody:x:65534:\nnonroot:x:65532:\n` },
  { path: '/etc/nsswitch.conf', text: 'passwd: files\ngroup: files\nhosts: files dns\n' },
];

/**
 * The apps with their types taken out: Node would do that itself at every start, for 11 MB and 40 ms more per process.
 */
async function appItems(checkout: string): Promise<readonly LayerItem[]> {
  const folder = join(checkout, 'lab/apps');
  const files = (await readdir(folder)).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts')).sort();
  const scripts = files.map(async (file) => {
    const source = await readFile(join(folder, file), 'utf8');
    const make = async (): Promise<string> => {
      const { transform } = await import('esbuild');
      return (await transform(source, { loader: 'ts', format: 'esm', target: 'node22' })).code;
    };
    const identity = createHash('sha256').update(source).digest('hex');
    return { path: `/app/${file.replace(/\.ts$/, '.js')}`, make, identity, mode: 0o755 };
  });
  return [
    ...(await Promise.all(scripts)),
    { path: '/app/package.json', text: '{"type":"module"}\n' },
    { path: '/usr/local/bin/lab-curl', target: '/app/lab-curl.js' },
    // Istio's documented commands call `curl` in the client's pod.
    { path: '/usr/local/bin/curl', target: '/app/lab-curl.js' },
  ];
}
