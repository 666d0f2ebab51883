export interface RunFlags {
  readonly home?: string;
  readonly homeServer?: string;
  readonly namespace: string;
  readonly leaderElectionId: string;
  readonly port: number;
  readonly logLevel: 'debug' | 'info' | 'warning' | 'error';
  readonly probeImage?: string;
  readonly accept?: readonly string[];
  readonly istioctl?: readonly string[];
  readonly helm?: string;
}
