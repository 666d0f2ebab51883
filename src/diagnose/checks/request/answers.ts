import { remedy, set } from '../../../base/remedy.ts';
import { type Failure, failureOf } from '../../facts/hop.ts';
import type { Pair } from '../../facts/pair.ts';
import type { AnsweredIdentity, RequestFacts } from '../../facts/request.ts';
import { wrongNetwork } from './near-hops.ts';
import { observations } from './observations.ts';
import { moreTime } from './set-up.ts';

/** Requests from one cluster to another that were answered. */
export interface AnsweredPair {
  readonly pair: Pair;
  readonly evidence: RequestFacts;
  /** RFC 3339: when the evidence was read. */
  readonly at: string;
}

/** The client has not said a word about a cluster; `at` is RFC 3339. */
export function silentClient({ from, to }: Pair, at: string): Failure {
  return failureOf(
    {
      hop: 'ClientProxy',
      cluster: from.name,
      message: `the client in ${from.name} said nothing of ${to.name} before the time limit`,
      remedy: moreTime,
    },
    [{ fact: `its output has no line about ${to.name}`, source: `${from.name}: client pod`, at }],
  );
}

/** Who answered, compared with who must have. */
export function wrongAnswer(
  { pair, evidence, at }: AnsweredPair,
  expected: { readonly client: string; readonly server: string },
): Failure | undefined {
  const { name } = pair.to;
  const found = evidence.identities.find(
    ({ cluster, server, client }) => cluster !== name || server !== expected.server || client !== expected.client,
  );
  if (found === undefined) return undefined;
  return failureOf(
    { hop: 'Identity', cluster: name, ...identityWords(pair, found) },
    observations(evidence, { cluster: pair.from.name, at }),
  );
}

function identityWords({ from, to: { name } }: Pair, { cluster, server, client }: AnsweredIdentity) {
  if (cluster !== name) {
    return {
      message: `${cluster} answers for a service that only ${name} has`,
      remedy: `give every cluster a cluster id of its own: compare the environment variable CLUSTER_ID of istiod in ${cluster} and ${name}`,
    };
  }
  if (server === null && client === null) {
    return {
      message: 'the request arrives as plaintext: the server sees no client certificate',
      remedy: `look for a PeerAuthentication or DestinationRule that disables mutual TLS in ${from.name} or ${name}`,
    };
  }
  return {
    message: `the identities differ from what the mesh declares: server ${server ?? 'none'}, client ${client ?? 'none'}`,
    remedy: remedy`compare meshConfig.trustDomain of both clusters with the mesh; where the mesh is wrong, ${set('spec.trust.domain', { kind: 'Mesh' })}`,
  };
}

/** Requests that were answered and went another way than the mesh declares. */
export function wrongPath({ pair, evidence, at }: AnsweredPair): Failure {
  return failureOf(wrongNetwork(pair), observations(evidence, { cluster: pair.from.name, at }));
}

/** Requests that were answered, and the sidecar does not say by which way. */
export function unprovedPath({ pair, evidence, at }: AnsweredPair): Failure {
  const { name } = pair.from;
  return failureOf(
    {
      hop: 'ClientProxy',
      cluster: name,
      message: `requests arrive, but the path is not proved: the sidecar in ${name} does not say where it sent them`,
      remedy: `let the sidecar answer on localhost:15000 inside its own pod, and capture the traffic of user 65532`,
    },
    observations(evidence, { cluster: name, at }),
  );
}
