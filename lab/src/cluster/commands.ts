import { join } from 'node:path';
import type { Part } from '../state/schema.ts';
import type { ClusterSite } from './site.ts';

type Flags = Readonly<Record<string, string>>;

function argv(site: ClusterSite, program: string, flags: Flags): [string, ...string[]] {
  return [join(site.bin, program), ...Object.entries(flags).map(([name, value]) => `--${name}=${value}`)];
}

function etcdFlags({ paths, fsync }: ClusterSite): Flags {
  return {
    'data-dir': paths.etcd,
    'listen-client-urls': 'http://127.0.0.1:2379',
    'advertise-client-urls': 'http://127.0.0.1:2379',
    'listen-peer-urls': 'http://127.0.0.1:2380',
    'log-level': 'warn',
    ...(fsync ? {} : { 'unsafe-no-fsync': 'true' }),
  };
}

function apiserverFlags({ paths, addresses, audit }: ClusterSite): Flags {
  const pki = (name: string): string => join(paths.pki, name);
  return {
    'etcd-servers': 'http://127.0.0.1:2379',
    'secure-port': '6443',
    'bind-address': '0.0.0.0',
    'advertise-address': addresses.wan,
    'tls-cert-file': pki('apiserver-server.crt'),
    'tls-private-key-file': pki('apiserver-server.key'),
    'client-ca-file': pki('ca.crt'),
    'service-account-key-file': pki('sa.pub'),
    'service-account-signing-key-file': pki('sa.key'),
    'service-account-issuer': 'https://kubernetes.default.svc.cluster.local',
    'service-cluster-ip-range': addresses.serviceSubnet,
    'authorization-mode': 'Node,RBAC',
    'enable-admission-plugins': 'NodeRestriction',
    // Webhooks are dialled at pod addresses, so they work before kube-proxy does.
    'enable-aggregator-routing': 'true',
    'allow-privileged': 'true',
    'kubelet-client-certificate': pki('apiserver.crt'),
    'kubelet-client-key': pki('apiserver.key'),
    'kubelet-preferred-address-types': 'InternalIP',
    profiling: 'false',
    ...(audit
      ? { 'audit-policy-file': join(paths.folder, 'audit.json'), 'audit-log-path': join(paths.logs, 'audit.log') }
      : {}),
  };
}

function controllerManagerFlags({ paths }: ClusterSite): Flags {
  return {
    kubeconfig: join(paths.pki, 'controller-manager.kubeconfig'),
    'service-account-private-key-file': join(paths.pki, 'sa.key'),
    'root-ca-file': join(paths.pki, 'ca.crt'),
    'cluster-signing-cert-file': join(paths.pki, 'ca.crt'),
    'cluster-signing-key-file': join(paths.pki, 'ca.key'),
    'use-service-account-credentials': 'true',
    // Its start alone is some hundred requests; with the default of 20 a second that takes 4 s.
    'kube-api-qps': '500',
    'kube-api-burst': '1000',
    'leader-elect': 'false',
    'secure-port': '0',
    profiling: 'false',
  };
}

function kubeletFlags({ paths, addresses, network, index, nodeName }: ClusterSite): Flags {
  const zone = `${network}-${String.fromCharCode('a'.charCodeAt(0) + ((index - 1) % 26))}`;
  return {
    config: join(paths.folder, 'kubelet.json'),
    kubeconfig: join(paths.pki, 'kubelet.kubeconfig'),
    'root-dir': paths.kubelet,
    'cert-dir': join(paths.kubelet, 'pki'),
    'hostname-override': nodeName,
    'node-ip': addresses.wan,
    // It leaves the node's addresses to a cloud's controller, which is the lab (start.ts).
    'cloud-provider': 'external',
    'node-labels': `topology.kubernetes.io/region=${network},topology.kubernetes.io/zone=${zone}`,
  };
}

function kubeProxyFlags({ paths, addresses, nodeName }: ClusterSite): Flags {
  return {
    kubeconfig: join(paths.pki, 'kube-proxy.kubeconfig'),
    'proxy-mode': 'nftables',
    'hostname-override': nodeName,
    'cluster-cidr': addresses.podSubnet,
    // The table's size is a setting of the whole machine.
    'conntrack-max-per-core': '0',
  };
}

/** The program of a part with its arguments, as it runs inside the cluster's network namespace. */
export function partCommand(part: Part, site: ClusterSite): [string, ...string[]] {
  switch (part) {
    case 'etcd':
      return argv(site, 'etcd', etcdFlags(site));
    case 'apiserver':
      return argv(site, 'kube-apiserver', apiserverFlags(site));
    case 'controller-manager':
      return argv(site, 'kube-controller-manager', controllerManagerFlags(site));
    case 'scheduler':
      return argv(site, 'kube-scheduler', {
        kubeconfig: join(site.paths.pki, 'scheduler.kubeconfig'),
        'leader-elect': 'false',
        'secure-port': '0',
        profiling: 'false',
      });
    case 'containerd':
      return argv(site, 'containerd', { config: join(site.paths.folder, 'containerd.toml') });
    case 'kubelet':
      return argv(site, 'kubelet', kubeletFlags(site));
    case 'kube-proxy':
      return argv(site, 'kube-proxy', kubeProxyFlags(site));
    case 'coredns':
      return [join(site.bin, 'coredns'), '-conf', join(site.paths.folder, 'Corefile')];
  }
}
