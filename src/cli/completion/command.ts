import { buildCommand } from '@stricli/core';
import { type CliContext, conclude } from '../shell/context.ts';
import { exitCodes } from '../shell/exit-code.ts';
import { type CommonFlags, commonFlags } from '../shell/flags.ts';
import { type Shell, scripts, shells } from './scripts.ts';

export const completionCommand = buildCommand<CommonFlags, [Shell], CliContext>({
  docs: {
    brief: 'Print the program that completes command lines in a shell',
    fullDescription:
      'For bash, `source <(isthmus completion bash)` in ~/.bashrc; for zsh the same with zsh in ~/.zshrc, after compinit; for fish, `isthmus completion fish | source` in ~/.config/fish/config.fish. Commands, flags, their values, clusters of the mesh file and contexts of the kubeconfig are completed.',
  },
  parameters: {
    flags: commonFlags,
    positional: {
      kind: 'tuple',
      parameters: [
        { parse: shellOf, brief: 'bash, zsh or fish', placeholder: 'SHELL', proposeCompletions: () => shells },
      ],
    },
  },
  async func(this: CliContext, flags, shell) {
    await conclude(this, flags, async ({ stdout }) => {
      stdout(scripts[shell]);
      return exitCodes.done;
    });
  },
});

function shellOf(text: string): Shell {
  const shell = shells.find((one) => one === text);
  if (shell === undefined) throw new SyntaxError(`${text} is none of ${shells.join(', ')}`);
  return shell;
}
