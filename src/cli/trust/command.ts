import { buildCommand, buildRouteMap } from '@stricli/core';
import { type CliContext, conclude } from '../shell/context.ts';
import {
  insecureFlag,
  meshAliases,
  meshFlags,
  type RenewFlags,
  type TrustFlags,
  unknownFlag,
  waitFlag,
} from '../shell/flags.ts';

const showCommand = buildCommand<TrustFlags, [], CliContext>({
  docs: {
    brief: 'What every cluster signs with, and what the running proxies really trust',
    fullDescription:
      'Roots, issuer and intermediates with their lifetimes and fingerprints; what each istiod signs with, seen from the certificate it presents; ' +
      'the roots that it gives out; and what running Envoys trust and present, read from themselves. Ends with exit code 7 where something is wrong, and with 10 where something could not be read.',
  },
  parameters: {
    flags: {
      ...meshFlags,
      ...unknownFlag,
      all: {
        kind: 'boolean',
        brief: 'Ask every proxy; left out, every gateway and up to 5 sidecars of each cluster',
        optional: true,
        withNegated: false,
      },
    },
    aliases: meshAliases,
  },
  async func(this: CliContext, flags) {
    await conclude(this, flags, async (terminal) => {
      const { runTrust } = await import('./run.ts');
      return await runTrust(flags, { context: this, terminal });
    });
  },
});

const renewCommand = buildCommand<RenewFlags, [], CliContext>({
  docs: {
    brief: 'Give the clusters new intermediates now, under the same root',
    fullDescription:
      'An apply renews what is due by itself; this renews whether or not it is. It waits until every istiod signs with its new intermediate. ' +
      'No request fails meanwhile: what was signed before stays valid.',
  },
  parameters: { flags: { ...meshFlags, ...waitFlag, ...insecureFlag }, aliases: meshAliases },
  async func(this: CliContext, flags) {
    await conclude(this, flags, async (terminal) => {
      const { runTrustRenew } = await import('./run-renew.ts');
      return await runTrustRenew(flags, { context: this, terminal });
    });
  },
});

export const trustCommands = buildRouteMap({
  routes: { show: showCommand, renew: renewCommand },
  defaultCommand: 'show',
  docs: { brief: 'What the clusters sign with and trust, and how to renew it' },
});
