import { describe, expect, test } from 'vitest';
import { remedyText } from '../../../cli/shell/remedy-text.ts';
import type { AdoptionWish, InstalledGateway, InstalledIstio, InstalledIstiod } from '../../../istio/adoption.ts';
import { adoptionFindings } from './adoption.ts';

const wish: AdoptionWish = {
  cluster: 'west',
  context: 'prod-west',
  network: 'us',
  mesh: 'shop',
  trustDomain: 'cluster.local',
  version: '1.31',
  revision: 'default',
  revisionIsChosen: false,
  issuer: 'Theirs',
  spansNetworks: true,
  servesRemotes: false,
  peers: ['east'],
  meshNetworks: undefined,
  serviceSettings: [],
};

const istiod: InstalledIstiod = {
  revision: 'default',
  version: '1.31.0',
  cluster: 'west',
  proxies: { cluster: 'west', network: 'us', mesh: 'shop' },
  trustDomain: 'cluster.local',
  meshNetworks: {},
  serviceSettings: [],
  servesRemotes: false,
  isOurs: false,
};

const gateway: InstalledGateway = {
  name: 'ew',
  namespace: 'gw',
  network: 'us',
  selectsEastWest: true,
  release: undefined,
  workload: { name: 'ew-pods', network: 'us', view: ['us'] },
};

const fitting: InstalledIstio = {
  installer: { kind: 'Istioctl' },
  istiods: [istiod],
  networkLabel: undefined,
  gateways: [],
  elsewhere: [],
  remoteSecrets: [],
  signsWith: 'CaCerts',
};

function problems(found: Partial<InstalledIstio>, wanted: Partial<AdoptionWish> = {}): readonly string[] {
  const at = '2026-11-21T00:00:00.000Z';
  return adoptionFindings({ ...wish, ...wanted }, { ...fitting, ...found }, at).map((finding) => {
    expect(finding).toMatchObject({ cluster: 'west', evidence: [{ source: expect.stringMatching(/^west: /), at }] });
    return `${finding.severity}: ${finding.message} | ${remedyText(finding.remedy, { source: '' })}`;
  });
}

test('an Istio that was installed as the mesh wants it has none', () => {
  expect(problems({})).toEqual([]);
  expect(
    problems({
      networkLabel: 'us',
      gateways: [
        gateway,
        { ...gateway, workload: undefined },
        { ...gateway, workload: { name: 'ew', network: '', view: [] } },
      ],
    }),
  ).toEqual([]);
});

describe('what a default installation lacks', () => {
  const found: Partial<InstalledIstio> = {
    istiods: [{ ...istiod, cluster: 'Kubernetes', proxies: { cluster: 'Kubernetes', network: '', mesh: '' } }],
    signsWith: 'Own',
  };

  test('is reported all at once, with one command for everything that the installation lacks', () => {
    const command =
      '`istioctl install --context prod-west --set values.global.multiCluster.clusterName=west --set values.global.network=us --set values.global.meshID=shop`';
    expect(problems(found)).toEqual([
      `error: its istiod calls the cluster Kubernetes, and the mesh calls it west | ${command}`,
      `error: its proxies are in no network, and the mesh has the cluster in us | ${command}`,
      `warning: its mesh id is not set, and the mesh is called shop: traffic is not affected, telemetry tells the two apart (global.meshID sets it) | ${command}`,
      expect.stringMatching(
        /^error: its istiod signs with a root that it made for itself.*create secret generic cacerts/,
      ),
    ]);
  });

  test('is changed by Helm where Helm installed it', () => {
    expect(problems({ ...found, installer: { kind: 'Helm', release: 'istiod' } })[0]).toContain(
      'helm upgrade istiod istio/istiod -n istio-system --kube-context prod-west --reuse-values --set global.multiCluster.clusterName=west --set global.network=us --set global.meshID=shop`',
    );
  });

  test('names what istioctl would reset and what Helm would keep: the one has all of it, the other what is missing', () => {
    const eu = { gateways: [{ address: '203.0.113.7', port: 15443 }] };
    const wanted = {
      meshNetworks: { 'eu.west': eu },
      serviceSettings: [{ hosts: ['a,b'], settings: { clusterLocal: true } }],
    };
    const has = {
      istiods: [{ ...istiod, serviceSettings: [{ hosts: ['*'] }], proxies: { ...istiod.proxies, network: 'x' } }],
    };
    const commandOf = (found: Partial<InstalledIstio>): string => problems(found, wanted)[0]?.split(' | ')[1] ?? '';
    expect(commandOf(has)).toBe(
      "`istioctl install --context prod-west --set values.global.multiCluster.clusterName=west --set values.global.network=us --set values.global.meshID=shop --set 'values.global.meshNetworks.eu\\.west.gateways[0].address=203.0.113.7' --set 'values.global.meshNetworks.eu\\.west.gateways[0].port=15443' --set 'meshConfig.serviceSettings[0].hosts[0]=*' --set 'meshConfig.serviceSettings[1].hosts[0]=a\\,b' --set 'meshConfig.serviceSettings[1].settings.clusterLocal=true'`",
    );
    const settled = { ...istiod, meshNetworks: { 'eu.west': eu }, proxies: { ...istiod.proxies, network: 'x' } };
    expect(commandOf({ installer: { kind: 'Helm', release: 'istiod' }, istiods: [settled] })).toBe(
      "`helm upgrade istiod istio/istiod -n istio-system --kube-context prod-west --reuse-values --set global.network=us --set 'meshConfig.serviceSettings[0].hosts[0]=a\\,b' --set 'meshConfig.serviceSettings[0].settings.clusterLocal=true'`",
    );
  });

  test('names a signer that is there before the first apply', () => {
    const signing = (issuer: AdoptionWish['issuer']): string => problems({ signsWith: 'Own' }, { issuer })[0] ?? '';
    expect(signing('Theirs')).toContain("| have the mesh's issuer sign an intermediate for it, then");
    expect(signing('Generated')).toContain('give the mesh an issuer of yours (spec.trust.issuer)');
    expect(signing('None')).toContain('have the CA of the other Istios of the mesh sign');
  });
});

describe('revisions', () => {
  const canary = { ...istiod, revision: 'canary' };

  test.each([
    [
      [canary],
      {},
      'its istiods are of revision canary, and the mesh wants revision default | set spec.istio.revision of MeshCluster west to canary',
    ],
    [
      [istiod, canary],
      {},
      'its istiods are of the revisions canary and default, and the mesh file does not say which one counts | set spec.istio.revision of MeshCluster west to one of them',
    ],
    [
      [],
      {},
      'there is no istiod in istio-system (context prod-west) | install Istio there, or remove renderer: Installed so that Isthmus does',
    ],
  ])('%#', (istiods, wanted, expected) => {
    expect(problems({ istiods }, wanted)).toEqual([`error: ${expected}`]);
  });

  test('one that is chosen is judged alone', () => {
    expect(problems({ istiods: [istiod, canary] }, { revision: 'canary', revisionIsChosen: true })).toEqual([]);
    expect(
      problems({ istiods: [{ ...canary, cluster: 'other' }] }, { revision: 'canary', revisionIsChosen: true })[0],
    ).toContain('istioctl install --context prod-west --revision canary --set');
  });
});

test.each([
  [
    { istiods: [{ ...istiod, version: '1.29.1' }] },
    {},
    'istiod is version 1.29.1, which is more than one minor version from 1.31',
  ],
  [
    { istiods: [{ ...istiod, trustDomain: 'corp' }] },
    {},
    "its trust domain is corp, and the mesh's is cluster.local | `istioctl install --context prod-west --set values.global.multiCluster.clusterName=west --set values.global.network=us --set values.global.meshID=shop --set meshConfig.trustDomain=cluster.local`",
  ],
  [
    { networkLabel: 'eu' },
    {},
    'kubectl --context prod-west label namespace istio-system topology.istio.io/network=us --overwrite',
  ],
  [
    { signsWith: 'Other' as const },
    {},
    'kubectl --context prod-west -n istio-system rollout restart deployment/istiod',
  ],
  [
    { remoteSecrets: [{ name: 'mine', clusters: ['east', 'far'] }] },
    {},
    'Secret istio-system/mine connects it to east already',
  ],
  [
    { gateways: [{ ...gateway, network: 'eu' }] },
    {},
    'kubectl --context prod-west -n gw label service ew topology.istio.io/network=us',
  ],
  [{ gateways: [{ ...gateway, selectsEastWest: false }] }, {}, 'are not labelled istio=eastwestgateway'],
  [{}, { servesRemotes: true }, '--set values.global.externalIstiod=true'],
  [
    {},
    { meshNetworks: { eu: { gateways: [{ address: '203.0.113.7', port: 15443 }] } } },
    'network eu is reached at {"gateways":[{"address":"203.0.113.7","port":15443}]}',
  ],
  [
    {},
    { serviceSettings: [{ hosts: ['*'], settings: { clusterLocal: true } }] },
    'a MeshService needs serviceSettings',
  ],
])('%o against %o', (found, wanted, expected) => {
  const said = problems(found, wanted);
  expect(said).toHaveLength(1);
  expect(said[0]).toMatch(/^error: /);
  expect(said[0]).toContain(expected);
});

test('what looks like a gateway in the namespace of somebody is named, and keeps nobody out', () => {
  const names = ['a', 'b'].map((name) => ({ kind: 'Service', namespace: 'team', name }));
  expect(problems({ elsewhere: names })).toEqual([
    "info: Service team/a, Service team/b would be a way into the cluster, but not for the mesh: no label topology.istio.io/network on its namespace says that it is more than an object of that namespace's administrators | `kubectl --context prod-west label namespace team topology.istio.io/network=us` if that is the gateway that the mesh is to use",
  ]);
  expect(problems({ elsewhere: names }, { spansNetworks: false })).toEqual([]);
});

describe('a gateway of another network', () => {
  const eu = { ...gateway, network: 'eu', workload: { name: 'ew-pods', network: 'eu', view: ['eu'] } };

  test('is put right in each of its places', () => {
    expect(problems({ gateways: [eu] })).toEqual([
      'error: Service gw/ew is the way into network eu, and the mesh has the cluster in us | `kubectl --context prod-west -n gw label service ew topology.istio.io/network=us --overwrite`',
      `error: the pods of Deployment gw/ew-pods are in network eu, and the mesh has the cluster in us | \`kubectl --context prod-west -n gw patch deployment ew-pods -p '{"spec":{"template":{"metadata":{"labels":{"topology.istio.io/network":"us"}}}}}'\``,
      'error: Deployment gw/ew-pods is given the endpoints of network eu alone (ISTIO_META_REQUESTED_NETWORK_VIEW), and the mesh has the cluster in us | `kubectl --context prod-west -n gw set env deployment/ew-pods ISTIO_META_REQUESTED_NETWORK_VIEW=us`',
    ]);
  });

  test('is changed by Helm where Helm installed it', () => {
    const fixes = problems({ gateways: [{ ...eu, release: 'ew-release' }] }).map((said) => said.split(' | ')[1]);
    expect(fixes).toHaveLength(3);
    expect([...new Set(fixes)]).toEqual([
      '`helm upgrade ew-release istio/gateway -n gw --kube-context prod-west --reuse-values --set networkGateway=us`',
    ]);
  });

  test('may be given the endpoints of others besides', () => {
    expect(
      problems({ gateways: [{ ...gateway, workload: { name: 'ew', network: 'us', view: ['eu', 'us'] } }] }),
    ).toEqual([]);
  });
});

test('one that Isthmus installed is not adopted: what the mesh no longer renders would be removed', () => {
  expect(problems({ istiods: [{ ...istiod, isOurs: true }] })).toEqual([
    'error: its istiod was installed by Isthmus | remove renderer: Installed from MeshCluster west or from the Mesh',
  ]);
});

test('settings that are there already are no problem', () => {
  const setting = { hosts: ['*'], settings: { clusterLocal: true } };
  const eu = { gateways: [{ address: '203.0.113.7', port: 15443 }] };
  const found = { istiods: [{ ...istiod, servesRemotes: true, meshNetworks: { eu }, serviceSettings: [setting] }] };
  expect(problems(found, { servesRemotes: true, meshNetworks: { eu }, serviceSettings: [setting] })).toEqual([]);
});
