import { buildCommand, buildRouteMap } from '@stricli/core';
import { type CliContext, conclude } from '../shell/context.ts';
import {
  type GrantFlags,
  grantFlags,
  type InstallFlags,
  installFlags,
  type OperatorFlags,
  type OperatorUninstallFlags,
  operatorAliases,
  operatorFlags,
  uninstallFlags,
} from './flags.ts';
import { runCommand } from './run-command.ts';

const installCommand = buildCommand<InstallFlags, [], CliContext>({
  docs: {
    brief: 'Put the operator into a home cluster, or write its manifests',
    fullDescription:
      'Definitions, rights and a Deployment, each written where it differs; then it waits until the operator is available. ' +
      'With a mesh file it makes root and issuer first where there are none: the key of the root stays on this machine. ' +
      '--dry-run shows what would be changed, --render writes the same objects into a folder.',
  },
  parameters: { flags: installFlags, aliases: { ...operatorAliases, f: 'file' } },
  async func(this: CliContext, flags) {
    await conclude(this, { noColor: flags.noColor === true, file: flags.file }, async (terminal) => {
      const { runInstall } = await import('./run.ts');
      return await runInstall(flags, { context: this, terminal });
    });
  },
});

const grantCommand = buildCommand<GrantFlags, [], CliContext>({
  docs: {
    brief: 'Give the operator an account in another cluster',
    fullDescription:
      'Makes the account there, with the rights that the operator needs and no other, and a Secret with its kubeconfig in the home cluster, ' +
      'named like the MeshCluster. --print prints that Secret for a home cluster that is not reached from here: whoever reads it has the rights of the account.',
  },
  parameters: { flags: grantFlags, aliases: operatorAliases },
  async func(this: CliContext, flags) {
    await conclude(this, { noColor: flags.noColor === true }, async (terminal) => {
      const { runGrant } = await import('./run.ts');
      return await runGrant(flags, { context: this, terminal });
    });
  },
});

const statusCommand = buildCommand<OperatorFlags, [], CliContext>({
  docs: {
    brief: 'Show who leads, and what the operator says of each cluster',
    fullDescription:
      'Reads the home cluster alone: the Lease, the pods and the conditions of each MeshCluster with their ages. ' +
      'Ends with exit code 7 where nobody leads or a condition is False, and with 10 where something is not known.',
  },
  parameters: { flags: operatorFlags, aliases: operatorAliases },
  async func(this: CliContext, flags) {
    await conclude(this, { noColor: flags.noColor === true }, async (terminal) => {
      const { runOperatorStatus } = await import('./run.ts');
      return await runOperatorStatus(flags, { context: this, terminal });
    });
  },
});

const uninstallCommand = buildCommand<OperatorUninstallFlags, [], CliContext>({
  docs: {
    brief: 'Take the operator out of its home cluster; the mesh runs on',
    fullDescription:
      'Removes its Deployment, account, rights and policies. The mesh, its issuer and its documents stay, and so do the accounts in other clusters: ' +
      'apply keeps the mesh from then on. --documents removes the documents too.',
  },
  parameters: { flags: uninstallFlags, aliases: operatorAliases },
  async func(this: CliContext, flags) {
    await conclude(this, { noColor: flags.noColor === true }, async (terminal) => {
      const { runOperatorUninstall } = await import('./run.ts');
      return await runOperatorUninstall(flags, { context: this, terminal });
    });
  },
});

export const operatorCommands = buildRouteMap({
  routes: {
    install: installCommand,
    grant: grantCommand,
    status: statusCommand,
    uninstall: uninstallCommand,
    run: runCommand,
  },
  docs: { brief: 'Let a pod in the home cluster keep the mesh' },
});
