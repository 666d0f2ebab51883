import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { inNamespace, wanPort } from '../../../lab/src/network/namespaces.ts';
import { run } from '../../../lab/src/process/run.ts';
import { namespaceName } from '../../../lab/src/state/paths.ts';
import { startApiServer, stopApiServer } from '../api-server.ts';
import { endedWith } from '../cli.ts';
import { eventually } from '../eventually.ts';
import type { TestLab } from '../lab.ts';
import type { Ordeal } from './ordeal.ts';
import { grant, home, inIstio, inSystem, type Site } from './site.ts';

const awayMs = 120_000;
const partitionMs = 90_000;
const frozenMs = 20_000;
const patience = { timeoutMs: 180_000 };

/** The API server of a cluster is away for so long. */
export async function awayFor({ lab }: Site, cluster: string, ms: number): Promise<void> {
  await stopApiServer(lab, cluster);
  await delay(ms);
  await startApiServer(lab, cluster);
}

async function saysUnreachable({ condition }: Site): Promise<void> {
  await eventually(
    async () => {
      const found = await condition('east', 'Reachable');
      return found?.status === 'False' ? undefined : `${found?.status} ${found?.reason}`;
    },
    { timeoutMs: awayMs },
  );
}

export const remoteAway: Ordeal = {
  name: `the API server of the other cluster is away for ${awayMs / 60_000} minutes`,
  fault: async (site) => await awayFor(site, 'east', awayMs),
  around: async ({ site }, fault) => {
    const meanwhile = async (): Promise<void> => {
      await saysUnreachable(site);
      const before = await site.expendable(home);
      await site.lose(home);
      await site.back(home, before);
    };
    await Promise.all([fault(), meanwhile()]);
  },
};

/** Where the parts of a mesh listen: API server, gateway, istiod and its webhooks. */
const listening = '{ 6443, 15443, 15012, 15017 }';

/** Nobody in the first cluster gets through to the second one; the other way everything passes. */
async function partition({ lab }: TestLab, from: number, to: number): Promise<() => Promise<void>> {
  const nft = async (text: string): Promise<void> => {
    const [program, ...args] = inNamespace(namespaceName(lab.name), ['nft', '-f', '-']);
    await run(program, args, { input: text });
  };
  const rule = `iifname "${wanPort({ index: from })}" oifname "${wanPort({ index: to })}" tcp dport ${listening} drop`;
  await nft(`table bridge one_way {
  chain forward {
    type filter hook forward priority filter; policy accept;
    ${rule}
  }
}
`);
  return async () => await nft('delete table bridge one_way\n');
}

export const oneWay: Ordeal = {
  name: `packets from the home cluster to the other one are lost for ${partitionMs / 1000} seconds`,
  fault: async ({ lab }) => {
    const heal = await partition(lab, 1, 2);
    try {
      await delay(partitionMs);
    } finally {
      await heal();
    }
  },
};

async function tokenOf({ lab }: Site): Promise<string> {
  const secret = [...inIstio, 'get', 'secret', 'istio-remote-secret-east'] as const;
  return await lab.kubectl(home, ...secret, '-o', 'jsonpath={.data}');
}

/** An account of the same name and content: what the one before was given is refused from now on. */
async function revokeReader({ lab }: Site): Promise<void> {
  const account = await lab.objects<{ metadata: Record<string, unknown> }>(
    'east',
    ...inIstio,
    'get',
    'serviceaccount',
    'isthmus-reader',
  );
  const { uid: _uid, resourceVersion: _version, creationTimestamp: _created, ...metadata } = account.metadata;
  const file = await lab.file('reader.json', JSON.stringify({ ...account, metadata }));
  await lab.kubectl('east', ...inIstio, 'replace', '--force', '-f', file);
}

export const tokenRevoked: Ordeal = {
  name: 'the tokens of the reader in the other cluster are revoked',
  replaces: /isthmus-(reader|operator)/,
  fault: async (site) => {
    await revokeReader(site);
    await delay(frozenMs);
  },
  around: async ({ site }, fault) => {
    const before = await tokenOf(site);
    await fault();
    await eventually(
      async () => ((await tokenOf(site)) === before ? 'the remote secret has the token that is refused' : undefined),
      patience,
    );
    await site.whole();
    // The operator's own account: nobody but a person gives it another one.
    const { lab } = site;
    await lab.kubectl('east', ...inSystem, 'delete', 'serviceaccount', 'isthmus-operator');
    await eventually(async () => {
      const found = await site.condition('east', 'Reachable');
      return found?.status === 'True' ? 'it says that it reaches east' : undefined;
    }, patience);
    const found = await site.condition('east', 'Reachable');
    expect(`${found?.reason} ${found?.message}`).toMatch(/NotConfirmed|CredentialRefused/);
    await grant(lab, 'east');
  },
};

export const istioDefinitionRemoved: Ordeal = {
  name: 'a definition of Istio is removed from the other cluster',
  replaces: /CustomResourceDefinition .*sidecars/,
  fault: async ({ lab }) => void (await lab.kubectl('east', 'delete', 'crd', 'sidecars.networking.istio.io')),
  around: async ({ site: { lab } }, fault) => {
    await fault();
    await eventually(async () => void (await lab.kubectl('east', 'get', 'sidecars', '-A')), patience);
  },
};

export const ownDefinitionRemoved: Ordeal = {
  name: 'the definition of MeshCluster is removed with its documents, and applied again',
  replaces: /CustomResourceDefinition .*meshclusters/,
  fault: async ({ lab }) => {
    await lab.kubectl(home, 'delete', 'crd', 'meshclusters.isthmus.dev');
    await delay(frozenMs);
  },
  around: async ({ site }, fault) => {
    const before = await site.held();
    await fault();
    const after = await site.held();
    const gone = [...before.keys()].filter((name) => !after.has(name) && !name.endsWith('meshclusters.isthmus.dev'));
    expect(gone).toEqual([]);
    endedWith(0, await site.lab.isthmus.run(['apply', '-f', site.mesh]));
  },
};
