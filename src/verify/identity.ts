import { shortName } from '../base/short-name.ts';

/** The service accounts of the probe's pods; they make every SPIFFE id name its cluster. */
export function serverAccount(cluster: string): string {
  return shortName(`server-${cluster}`);
}

export function clientAccount(cluster: string): string {
  return shortName(`client-${cluster}`);
}

/** Whose identity a cluster's requests have, and whose its answers. */
export interface Accounts {
  client(cluster: string): string;
  server(cluster: string): string;
}

export const runAccounts: Accounts = { client: clientAccount, server: serverAccount };

/** The SPIFFE id that Istio gives a service account (pkg/spiffe/spiffe.go). */
export function spiffeId(trustDomain: string, namespace: string, account: string): string {
  return `spiffe://${trustDomain}/ns/${namespace}/sa/${account}`;
}
