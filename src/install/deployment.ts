import type { JsonObject } from '../base/json.ts';
import type { KubeObject } from '../objects/object.ts';
import { operatorName, systemNamespace } from '../objects/ownership.ts';
import { operatorLabels, operatorPort } from './names.ts';

export interface DeploymentOptions {
  readonly image: string;
  readonly replicas: number;
  /** The URL by which other clusters reach the API server of the home cluster. */
  readonly homeServer?: string | undefined;
  /** Of the probes; left out, the one that is made from the source. */
  readonly probeImage?: string | undefined;
}

/** The user of the image; a number, so that a kubelet can see that it is not root. */
const user = 65_532;

/** Of each question whether it is well. */
const timeoutSeconds = 5;

const [httpPort, cacheFolder, temporaryFolder] = ['http', '/var/cache/isthmus', '/tmp'];

/** The operator's pods: no root, no privilege, nothing of the root file system to write to. */
export function operatorDeployment(options: DeploymentOptions): KubeObject {
  const { replicas } = options;
  const selected = { 'app.kubernetes.io/name': operatorName };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: operatorName, namespace: systemNamespace, labels: { ...operatorLabels } },
    spec: {
      replicas,
      selector: { matchLabels: selected },
      template: {
        metadata: {
          // Were the namespace ever injected: what keeps the mesh must not need it.
          labels: { ...operatorLabels, 'sidecar.istio.io/inject': 'false' },
          annotations: {
            'prometheus.io/scrape': 'true',
            'prometheus.io/port': String(operatorPort),
            'prometheus.io/path': '/metrics',
            'kubectl.kubernetes.io/default-container': operatorName,
          },
        },
        spec: {
          serviceAccountName: operatorName,
          terminationGracePeriodSeconds: 30,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: user,
            runAsGroup: user,
            fsGroup: user,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: 'kubernetes.io/hostname',
              whenUnsatisfiable: 'ScheduleAnyway',
              labelSelector: { matchLabels: selected },
            },
          ],
          containers: [container(options)],
          volumes: [
            { name: 'cache', emptyDir: { sizeLimit: '256Mi' } },
            { name: 'tmp', emptyDir: { sizeLimit: '64Mi' } },
          ],
        },
      },
    },
  };
}

function container({ image, homeServer, probeImage }: DeploymentOptions): JsonObject {
  const flags = [
    ...(homeServer === undefined ? [] : [`--home-server=${homeServer}`]),
    ...(probeImage === undefined ? [] : [`--probe-image=${probeImage}`]),
  ];
  return {
    name: operatorName,
    image,
    args: ['operator', 'run', ...flags],
    env: [
      { name: 'HOME', value: temporaryFolder },
      { name: 'XDG_CACHE_HOME', value: cacheFolder },
    ],
    ports: [{ name: httpPort, containerPort: operatorPort, protocol: 'TCP' }],
    // On a busy node it takes a minute to start, and seconds to answer: that is no reason to start over.
    startupProbe: {
      httpGet: { path: '/healthz', port: httpPort },
      periodSeconds: 5,
      timeoutSeconds,
      failureThreshold: 60,
    },
    livenessProbe: {
      httpGet: { path: '/healthz', port: httpPort },
      periodSeconds: 10,
      timeoutSeconds,
      failureThreshold: 6,
    },
    readinessProbe: { httpGet: { path: '/readyz', port: httpPort }, periodSeconds: 5, timeoutSeconds },
    resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '512Mi' } },
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      privileged: false,
      readOnlyRootFilesystem: true,
    },
    volumeMounts: [
      { name: 'cache', mountPath: cacheFolder },
      { name: 'tmp', mountPath: temporaryFolder },
    ],
  };
}
