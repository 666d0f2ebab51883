import { conditionReasons, conditionTypes, meshClusterStatus, phases } from '../../src/api/mesh-cluster-status.ts';
import { list, paragraph } from './prose.ts';

const intro = `# What the operator says of a cluster

<!-- Generated from src/api/mesh-cluster-status.ts by \`npm run docs\`. -->

${paragraph('Every condition, reason and field in the status of a MeshCluster, which `isthmus operator run` writes. `kubectl get meshclusters` shows the whole in one word, `kubectl describe` the conditions with their messages, which say what to do, and `kubectl wait --for=condition=Available meshcluster/east` waits for it.')}

${list([
  'A condition is `Unknown` where what is known is older than three minutes (that of a probe: one minute), or could not be read. Nothing is taken for good because nobody said otherwise.',
  'It is `False` only after two of three looks found something wrong, except where a document or an API server says so for certain. Until then it stays what it was, with the reason `NotConfirmed`.',
  '`Available` is `True` where all the others are `True` and `Drifted` is `False`. `DataPath` with the reason `NotProbed` counts for nothing: `spec.probe` is `Off` or there is no other cluster, and only findings can say that requests fail.',
  '`DataPath` is about the requests that the cluster sends, `GatewayReady` about its own gateway too as its peers see it: each probe makes a TLS handshake with every address of it.',
  '`lastProbeTime` is when what a condition stands on was last seen. A status that says the same again is written every five minutes.',
])}
`;

const meanings: Readonly<Record<(typeof conditionTypes)[number], string>> = {
  Available: 'Everything else is as it should be',
  Reachable: 'The API server answers the operator, and takes its credential',
  TrustReady: 'The cluster has an intermediate that fits the mesh, and the mesh has an issuer',
  ControlPlaneReady: 'istiod is whole and serves the cluster',
  GatewayReady: 'The east-west gateway is whole and has an address that peers reach, where the mesh needs one',
  Discovered: 'istiod reads every peer that it is to read, and they answer it now',
  DataPath: 'Requests of the cluster to each peer are answered, by the declared way and with the declared identities',
  UpToDate: 'The cluster holds what the documents declare',
  Drifted: 'Somebody keeps changing what the documents declare: wrong where it is `True`',
};

/** What docs/conditions.md says: every condition, every reason and every phase. */
export function conditionsPage(): string {
  const types = conditionTypes.map((type) => `| \`${type}\` | ${meanings[type]} |`);
  const reasons = Object.entries(conditionReasons).map(([reason, text]) => `| \`${reason}\` | ${text} |`);
  const fields = Object.entries(meshClusterStatus.shape).map(
    ([name, field]) => `| \`${name}\` | ${field.description ?? ''} |`,
  );
  return [
    intro,
    table('Conditions', 'condition', types),
    table('Reasons', 'reason', reasons),
    `## Phases\n\n\`phase\` is one of ${phases.map((phase) => `\`${phase}\``).join(', ')}.\n`,
    table('Fields of the status', 'field', fields),
  ].join('\n');
}

function table(title: string, head: string, rows: readonly string[]): string {
  return [`## ${title}`, '', `| ${head} | says |`, '|---|---|', ...rows, ''].join('\n');
}
