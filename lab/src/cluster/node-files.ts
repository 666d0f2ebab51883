import { join } from 'node:path';
import { hostnameZone } from '../loadbalancer/service.ts';
import { labPaths } from '../state/paths.ts';
import type { ClusterSite } from './site.ts';

/** Registries whose images the lab serves itself; `_default` is every other one. */
const mirrored = ['docker.io', 'isthmus.invalid', 'registry.k8s.io', 'gcr.io', '_default'] as const;

/** Debian's place for the CNI plug-ins. */
const cniPlugins = '/usr/lib/cni';

function containerdConfig(site: ClusterSite): string {
  const { paths } = site;
  return `version = 3
root = "${paths.containerdRoot}"
state = "${join(paths.run, 'containerd')}"

[grpc]
  address = "${paths.containerdSocket}"

[plugins."io.containerd.shim.v1.manager"]
  socket_dir = "${site.shims}"

[plugins."io.containerd.internal.v1.opt"]
  path = "${join(paths.run, 'opt')}"
[plugins."io.containerd.nri.v1.nri"]
  disable = true

[plugins."io.containerd.cri.v1.images"]
  snapshotter = "overlayfs"
[plugins."io.containerd.cri.v1.images".pinned_images]
  sandbox = "registry.k8s.io/pause:3.10"
[plugins."io.containerd.cri.v1.images".registry]
  config_path = "${paths.registryHosts}"

[plugins."io.containerd.cri.v1.runtime"]
  disable_apparmor = true
  restrict_oom_score_adj = true
  tolerate_missing_hugetlb_controller = true
  netns_mounts_under_state_dir = true
[plugins."io.containerd.cri.v1.runtime".cni]
  bin_dirs = ["${cniPlugins}"]
  conf_dir = "${join(paths.cni, 'net.d')}"
  use_internal_loopback = true
[plugins."io.containerd.cri.v1.runtime".containerd]
  default_runtime_name = "runc"
[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
  Root = "${join(paths.run, 'runc')}"
`;
}

function cniConfig({ paths, addresses, podNetwork }: ClusterSite): unknown {
  return {
    cniVersion: '1.0.0',
    name: podNetwork,
    plugins: [
      {
        type: 'bridge',
        bridge: 'br0',
        isGateway: true,
        ipMasq: false,
        hairpinMode: true,
        ipam: {
          type: 'host-local',
          dataDir: join(paths.cni, 'ipam'),
          ranges: [[{ subnet: addresses.podSubnet, rangeStart: addresses.podFirst }]],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  };
}

function kubeletConfig({ paths, addresses, podsGroup }: ClusterSite): unknown {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: '0.0.0.0',
    healthzBindAddress: '127.0.0.1',
    failCgroupV1: false,
    failSwapOn: false,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${podsGroup}`,
    cgroupsPerQOS: true,
    enforceNodeAllocatable: [],
    containerRuntimeEndpoint: `unix://${paths.containerdSocket}`,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: join(paths.pki, 'ca.crt') },
    },
    authorization: { mode: 'Webhook' },
    clusterDomain: 'cluster.local',
    clusterDNS: [addresses.podGateway],
    podLogsDir: paths.podLogs,
    // The disk is the machine's, and the lab is no reason to evict anything from it.
    evictionHard: {
      'memory.available': '0%',
      'nodefs.available': '0%',
      'nodefs.inodesFree': '0%',
      'imagefs.available': '0%',
    },
    imageGCHighThresholdPercent: 100,
    localStorageCapacityIsolation: false,
    maxPods: 200,
    registryPullQPS: 0,
    serializeImagePulls: false,
    shutdownGracePeriod: '0s',
  };
}

function corefile({ lab, paths, addresses }: ClusterSite): string {
  return `.:53 {
  bind ${addresses.podGateway}
  errors
  hosts ${labPaths(lab).balancerHosts} ${hostnameZone} {
    ttl 1
    reload 200ms
  }
  kubernetes cluster.local in-addr.arpa {
    kubeconfig ${join(paths.pki, 'admin.kubeconfig')}
    pods insecure
    ttl 5
  }
  loadbalance
}
`;
}

function mirrorHosts(site: ClusterSite): string {
  // `server` is what containerd falls back to: without it, the registry on the internet.
  return `server = "${site.registry}"

[host."${site.registry}"]
  capabilities = ["pull", "resolve"]
`;
}

/** Who asked for what, without bodies, once it is answered. */
const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived', 'ResponseStarted', 'Panic'],
  rules: [{ level: 'Metadata' }],
};

/** The settings of a cluster's node, as path -> text. */
export function nodeFiles(site: ClusterSite): Readonly<Record<string, string>> {
  const { folder, cni, registryHosts } = site.paths;
  const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;
  return {
    [join(folder, 'containerd.toml')]: containerdConfig(site),
    [join(folder, 'kubelet.json')]: json(kubeletConfig(site)),
    [join(folder, 'Corefile')]: corefile(site),
    ...(site.audit ? { [join(folder, 'audit.json')]: json(auditPolicy) } : {}),
    [join(cni, 'net.d/10-lab.conflist')]: json(cniConfig(site)),
    ...Object.fromEntries(mirrored.map((name) => [join(registryHosts, name, 'hosts.toml'), mirrorHosts(site)])),
  };
}
