import { canonicalJson, type Json, type JsonObject } from '../base/json.ts';
import { eastWestSelector, networkLabel, networkViewVariable } from './names.ts';
import { istiodSkew } from './skew.ts';

/** One istiod that was there before the mesh, as its own objects state it. */
export interface InstalledIstiod {
  readonly revision: string;
  readonly version: string | undefined;
  /** What istiod calls the cluster that it runs in. */
  readonly cluster: string;
  /** What it tells the proxies that it injects. */
  readonly proxies: { readonly cluster: string; readonly network: string; readonly mesh: string };
  readonly trustDomain: string;
  readonly meshNetworks: JsonObject;
  readonly serviceSettings: readonly Json[];
  /** It may serve clusters that have no istiod of their own. */
  readonly servesRemotes: boolean;
  /** Isthmus installed it, for this mesh. */
  readonly isOurs: boolean;
}

/** A Service that istiod takes for the way into a network. */
export interface InstalledGateway {
  readonly name: string;
  readonly namespace: string;
  readonly network: string;
  /** Its pods are those that the mesh exposes services at. */
  readonly selectsEastWest: boolean;
  /** The Helm release that installed it, where one did. */
  readonly release: string | undefined;
  /** What runs behind it; undefined where no Deployment has the pods that the Service selects. */
  readonly workload: GatewayWorkload | undefined;
}

/** The Deployment of a way into a network. */
export interface GatewayWorkload {
  readonly name: string;
  /** The network that its pods are labelled with; empty: that of every proxy of the cluster. */
  readonly network: string;
  /** The networks whose endpoints istiod gives it; none: those of all. */
  readonly view: readonly string[];
}

/** A remote secret that is not ours, and the clusters that it connects to. */
export interface InstalledRemoteSecret {
  readonly name: string;
  readonly clusters: readonly string[];
}

/** The Istio of a cluster, as it was installed. */
export interface InstalledIstio {
  /** Whose commands change it: a Helm release, or istioctl. */
  readonly installer: { readonly kind: 'Istioctl' } | { readonly kind: 'Helm'; readonly release: string };
  readonly istiods: readonly InstalledIstiod[];
  /** The network on istio-system; undefined where it has none. */
  readonly networkLabel: string | undefined;
  /** Those of somebody else. */
  readonly gateways: readonly InstalledGateway[];
  readonly remoteSecrets: readonly InstalledRemoteSecret[];
  /** `Own`: with a CA that istiod made for itself. `Other`: not with the `cacerts` that is there. */
  readonly signsWith: 'CaCerts' | 'Own' | 'Other' | 'Unknown';
}

/** What the mesh wants of it. */
export interface AdoptionWish {
  readonly cluster: string;
  /** The kubeconfig context, for the commands. */
  readonly context: string;
  readonly network: string;
  readonly mesh: string;
  readonly trustDomain: string;
  readonly version: string;
  readonly revision: string;
  /** The mesh file says which revision. */
  readonly revisionIsChosen: boolean;
  readonly spansNetworks: boolean;
  readonly servesRemotes: boolean;
  readonly peers: readonly string[];
  readonly meshNetworks: JsonObject | undefined;
  readonly serviceSettings: readonly JsonObject[];
}

/** What is in the way, or merely not as the mesh has it elsewhere. */
export interface AdoptionProblem {
  readonly severity: 'error' | 'warning';
  /** What is there and what is wanted. */
  readonly message: string;
  /** The command, or the change of the mesh file, that puts it right. */
  readonly fix: string;
}

/** Everything that keeps an Istio that is there from being part of the mesh; no error means that it fits. */
export function adoptionProblems(wish: AdoptionWish, found: InstalledIstio): readonly AdoptionProblem[] {
  const istiod = found.istiods.find(({ revision }) => revision === wish.revision);
  const choice = revisionProblem(wish, found.istiods);
  if (istiod === undefined || choice !== undefined) return [choice ?? missing(wish)];
  if (istiod.isOurs)
    return [error('its istiod was installed by Isthmus', 'remove renderer: Installed from the mesh file')];
  return [
    ...istiodSkew(wish.version, [{ cluster: wish.cluster, revision: istiod.revision, version: istiod.version }]).map(
      (message) =>
        error(
          message.replace(/^[^:]+: /, ''),
          'upgrade it as it was installed, or change spec.istio.version of the Mesh',
        ),
    ),
    ...identityProblems(wish, found, istiod),
    ...signingProblems(wish, found, istiod),
    ...settingProblems(wish, found, istiod),
    ...gatewayProblems(wish, found),
    ...secretProblems(wish, found),
  ];
}

function error(message: string, fix: string): AdoptionProblem {
  return { severity: 'error', message, fix };
}

function missing({ revision, context }: AdoptionWish): AdoptionProblem {
  const fix = 'install Istio there, or remove renderer: Installed so that Isthmus does';
  const which = revision === 'default' ? '' : ` of revision ${revision}`;
  return error(`there is no istiod${which} in istio-system (context ${context})`, fix);
}

function revisionProblem(
  { revision, revisionIsChosen }: AdoptionWish,
  istiods: readonly InstalledIstiod[],
): AdoptionProblem | undefined {
  const names = istiods.map((istiod) => istiod.revision).toSorted();
  const isThere = names.includes(revision);
  if (names.length === 0 || (isThere && (names.length === 1 || revisionIsChosen))) return undefined;
  const wanted = isThere ? 'the mesh file does not say which one counts' : `the mesh wants revision ${revision}`;
  return error(
    `its istiods are of ${names.length === 1 ? 'revision' : 'the revisions'} ${names.join(' and ')}, and ${wanted}`,
    `set spec.istio.revision of the MeshCluster to ${names.length === 1 ? names[0] : 'one of them'}`,
  );
}

/** Cluster, network, mesh and trust domain: what every proxy states of itself. */
function identityProblems(
  wish: AdoptionWish,
  found: InstalledIstio,
  istiod: InstalledIstiod,
): readonly AdoptionProblem[] {
  const { proxies } = istiod;
  const set = (value: string, setting: string): string => settingCommand(wish, found, [`global.${value}=${setting}`]);
  const label = found.networkLabel;
  const names = [...new Set([istiod.cluster, proxies.cluster])].filter((name) => name !== wish.cluster);
  return [
    ...names.map((name) =>
      error(
        `its istiod calls the cluster ${name}, and the mesh calls it ${wish.cluster}`,
        set('multiCluster.clusterName', wish.cluster),
      ),
    ),
    ...(proxies.network === wish.network
      ? []
      : [
          error(
            `its proxies are ${proxies.network === '' ? 'in no network' : `in network ${proxies.network}`}, and the mesh has the cluster in ${wish.network}`,
            set('network', wish.network),
          ),
        ]),
    ...(label === undefined || label === wish.network
      ? []
      : [
          error(
            `namespace istio-system is labelled network ${label}, and the mesh has the cluster in ${wish.network}`,
            `kubectl --context ${wish.context} label namespace istio-system topology.istio.io/network=${wish.network} --overwrite`,
          ),
        ]),
    ...(istiod.trustDomain === wish.trustDomain
      ? []
      : [
          error(
            `its trust domain is ${istiod.trustDomain}, and the mesh's is ${wish.trustDomain}`,
            settingCommand(wish, found, [`meshConfig.trustDomain=${wish.trustDomain}`]),
          ),
        ]),
    ...(proxies.mesh === wish.mesh
      ? []
      : [
          {
            severity: 'warning' as const,
            message: `its mesh id is ${proxies.mesh === '' ? 'not set' : proxies.mesh}, and the mesh is called ${wish.mesh}: traffic is not affected, telemetry tells the two apart`,
            fix: set('meshID', wish.mesh),
          },
        ]),
  ];
}

function signingProblems(
  wish: AdoptionWish,
  { signsWith }: InstalledIstio,
  { revision }: InstalledIstiod,
): readonly AdoptionProblem[] {
  const kubectl = `kubectl --context ${wish.context} -n istio-system`;
  const restart = `${kubectl} rollout restart deployment/${revision === 'default' ? 'istiod' : `istiod-${revision}`}`;
  switch (signsWith) {
    case 'Own':
      return [
        error(
          'its istiod signs with a root that it made for itself, which no other cluster trusts',
          `have the mesh's issuer sign an intermediate for it, then: ${kubectl} create secret generic cacerts --from-file=ca-cert.pem --from-file=ca-key.pem --from-file=cert-chain.pem --from-file=root-cert.pem && ${restart}, and restart its workloads (docs/topologies/adopt.md)`,
        ),
      ];
    case 'Other':
      return [
        error(
          'its istiod does not sign with the Secret cacerts that is there: it was started before the Secret',
          restart,
        ),
      ];
    case 'CaCerts':
    case 'Unknown':
      return [];
  }
}

/** What the mesh needs of its mesh configuration, which is not ours to write. */
function settingProblems(
  wish: AdoptionWish,
  found: InstalledIstio,
  istiod: InstalledIstiod,
): readonly AdoptionProblem[] {
  const networks = Object.entries(wish.meshNetworks ?? {}).filter(
    ([network, wanted]) => canonicalJson(istiod.meshNetworks[network]) !== canonicalJson(wanted),
  );
  const given = new Set(istiod.serviceSettings.map(canonicalJson));
  const settings = wish.serviceSettings.filter((wanted) => !given.has(canonicalJson(wanted)));
  return [
    ...networks.map(([network, wanted]) =>
      error(
        `its mesh networks do not say that network ${network} is reached at ${canonicalJson(wanted)}`,
        `${settingCommand(wish, found, [])} with global.meshNetworks.${network} set to that`,
      ),
    ),
    ...settings.map((wanted) =>
      error(
        `a MeshService needs serviceSettings that its mesh configuration does not have: ${canonicalJson(wanted)}`,
        `${settingCommand(wish, found, [])} with meshConfig.serviceSettings extended by that`,
      ),
    ),
    ...(wish.servesRemotes && !istiod.servesRemotes
      ? [
          error(
            'its istiod does not serve clusters without an istiod of their own',
            settingCommand(wish, found, ['global.externalIstiod=true']),
          ),
        ]
      : []),
  ];
}

function gatewayProblems(wish: AdoptionWish, { gateways }: InstalledIstio): readonly AdoptionProblem[] {
  if (!wish.spansNetworks) return [];
  return gateways.flatMap((gateway) => {
    const { name, namespace, network, selectsEastWest } = gateway;
    const kubectl = `kubectl --context ${wish.context} -n ${namespace}`;
    return [
      ...(network === wish.network
        ? []
        : [
            error(
              `Service ${namespace}/${name} is the way into network ${network}, and the mesh has the cluster in ${wish.network}`,
              byHelm(wish, gateway) ?? `${kubectl} label service ${name} ${networkLabel}=${wish.network} --overwrite`,
            ),
          ]),
      ...workloadProblems(wish, gateway, kubectl),
      ...(selectsEastWest
        ? []
        : [
            error(
              `the pods behind Service ${namespace}/${name} are not labelled istio=${eastWestSelector}, where the mesh exposes its services`,
              `label the pods and the selector of that gateway istio=${eastWestSelector}`,
            ),
          ]),
    ];
  });
}

/** A gateway that states another network than its Service passes on nothing that comes in. */
function workloadProblems(wish: AdoptionWish, gateway: InstalledGateway, kubectl: string): readonly AdoptionProblem[] {
  const { namespace, workload } = gateway;
  if (workload === undefined) return [];
  const { name, network, view } = workload;
  const labels = { [networkLabel]: wish.network };
  const patch = canonicalJson({ spec: { template: { metadata: { labels } } } });
  return [
    ...(network === '' || network === wish.network
      ? []
      : [
          error(
            `the pods of Deployment ${namespace}/${name} are in network ${network}, and the mesh has the cluster in ${wish.network}`,
            byHelm(wish, gateway) ?? `${kubectl} patch deployment ${name} -p '${patch}'`,
          ),
        ]),
    ...(view.length === 0 || view.includes(wish.network)
      ? []
      : [
          error(
            `Deployment ${namespace}/${name} is given the endpoints of network ${view.join(', ')} alone (${networkViewVariable}), and the mesh has the cluster in ${wish.network}`,
            byHelm(wish, gateway) ?? `${kubectl} set env deployment/${name} ${networkViewVariable}=${wish.network}`,
          ),
        ]),
  ];
}

/** The chart gives one network to Service, pods and view at once; undefined where it was not it. */
function byHelm({ context, network }: AdoptionWish, { release, namespace }: InstalledGateway): string | undefined {
  if (release === undefined) return undefined;
  return `helm upgrade ${release} istio/gateway -n ${namespace} --kube-context ${context} --reuse-values --set networkGateway=${network}`;
}

function secretProblems(
  { peers, context }: AdoptionWish,
  { remoteSecrets }: InstalledIstio,
): readonly AdoptionProblem[] {
  return remoteSecrets.flatMap(({ name, clusters }) => {
    const same = clusters.filter((cluster) => peers.includes(cluster));
    if (same.length === 0) return [];
    return [
      error(
        `Secret istio-system/${name} connects it to ${same.join(', ')} already, and two for one cluster would stand against each other`,
        `kubectl --context ${context} -n istio-system delete secret ${name}`,
      ),
    ];
  });
}

/** The command that changes values of an installation and keeps the others. */
function settingCommand(
  { context, revision }: AdoptionWish,
  { installer }: InstalledIstio,
  values: readonly string[],
): string {
  if (installer.kind === 'Helm') {
    const sets = values.map((value) => ` --set ${value}`).join('');
    return `helm upgrade ${installer.release} istio/istiod -n istio-system --kube-context ${context} --reuse-values${sets}`;
  }
  const named = revision === 'default' ? '' : ` --revision ${revision}`;
  const sets = values.map((value) => ` --set ${value.startsWith('meshConfig.') ? value : `values.${value}`}`).join('');
  return `istioctl install --context ${context}${named}${sets}`;
}
