import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { IsthmusError } from '../../../src/base/error.ts';
import { istioSource, type LabIstio, usualIstio } from '../tools/istios.ts';
import type { LayerItem, LayerRecipe } from './layer.ts';
import type { ImageRecipe } from './layout.ts';
import { iptablesItems } from './libraries.ts';

/** uid and gid of Istio's proxy and control plane in Istio's own images. */
export const istioUser = 1337;

/** What the images of an Istio are made of. */
export interface IstioParts {
  readonly istio: LabIstio;
  /** The folder with pilot-discovery and pilot-agent. */
  readonly istioBin: string;
  /** The folder with Envoy. */
  readonly bin: string;
  /** The root of the Isthmus checkout. */
  readonly checkout: string;
  readonly base: LayerRecipe;
}

/** The control plane and the proxy of an Istio. */
export async function istioRecipes(parts: IstioParts): Promise<readonly ImageRecipe[]> {
  const { istio, istioBin, bin, base } = parts;
  const user = `${istioUser}:${istioUser}`;
  return [
    {
      user,
      names: namesOf('pilot', istio),
      layers: [base, programLayer(istioBin, 'pilot-discovery')],
      entrypoint: ['/usr/local/bin/pilot-discovery'],
    },
    {
      user,
      names: namesOf('proxyv2', istio),
      layers: [base, programLayer(bin, 'envoy'), await proxyLayer(parts)],
      entrypoint: ['/usr/local/bin/pilot-agent'],
    },
  ];
}

/** istioctl's name for the image, and the one of the charts in the usual Istio's module as Helm takes them. */
function namesOf(image: string, istio: LabIstio): readonly string[] {
  const own = `docker.io/istio/${image}:${istioSource(istio).version}`;
  return istio === usualIstio ? [own, `registry.istio.io/testing/${image}:latest`] : [own];
}

function programLayer(bin: string, program: string): LayerRecipe {
  return { name: program, items: [{ path: `/usr/local/bin/${program}`, source: join(bin, program) }] };
}

async function proxyLayer(parts: IstioParts): Promise<LayerRecipe> {
  const owner = { uid: istioUser, gid: istioUser };
  return {
    name: 'proxyv2',
    items: [
      ...programLayer(parts.istioBin, 'pilot-agent').items,
      ...(await iptablesItems()),
      await bootstrapTemplate(parts),
      // pilot-agent writes Envoy's bootstrap there where no volume is mounted over it.
      { path: '/etc/istio/proxy', folder: true, ...owner },
      { path: '/var/lib/istio/data', folder: true, ...owner },
    ],
  };
}

/** Envoy's bootstrap template, from the very Istio module that the agent is built from. */
async function bootstrapTemplate({ checkout, istio }: IstioParts): Promise<LayerItem> {
  const folder = join('lab/tools', istioSource(istio).folder);
  const modules = await readFile(join(checkout, folder, 'go.mod'), 'utf8');
  const version = /^\s*istio\.io\/istio (\S+)/m.exec(modules)?.[1] ?? '';
  const { GOMODCACHE, GOPATH } = process.env;
  const cache = GOMODCACHE ?? join(GOPATH ?? join(homedir(), 'go'), 'pkg/mod');
  const source = join(cache, `istio.io/istio@${version}`, 'tools/packaging/common/envoy_bootstrap.json');
  const make = (): Promise<string> =>
    readFile(source, 'utf8').catch((cause: unknown) => {
      throw new IsthmusError('file-unreadable', `${source}, which goes into the proxy image, cannot be read`, {
        cause,
        remedy: `go mod download istio.io/istio, in ${folder}`,
      });
    });
  return { path: '/var/lib/istio/envoy/envoy_bootstrap_tmpl.json', make, identity: version };
}
