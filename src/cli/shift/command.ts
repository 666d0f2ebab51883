import { buildCommand, buildRouteMap } from '@stricli/core';
import { type CliContext, conclude } from '../shell/context.ts';
import {
  meshAliases,
  meshFlags,
  parseCount,
  parseDuration,
  parseNames,
  probeImageFlag,
  renderFlags,
  reportFlag,
  type ShiftFlags,
  type ShiftRunFlags,
  type ShiftStartFlags,
} from '../shell/flags.ts';

const { clusters: _, ...sourceFlags } = meshFlags;

const stepFlag = {
  timeout: {
    ...meshFlags.timeout,
    brief: 'How long a step may go without a verdict before the shift is paused; left out, ISTHMUS_TIMEOUT',
  },
  output: { ...meshFlags.output, brief: `${meshFlags.output.brief}; json is a line for each event, then the report` },
} as const;

const service = {
  parse: String,
  brief: "The service, or '*.NAMESPACE' for those of the namespace together",
  placeholder: 'NAME.NAMESPACE',
} as const;
const oneService = { kind: 'tuple', parameters: [service] } as const;

function parseSteps(text: string): readonly number[] {
  return parseNames(text).map(parseCount);
}

const startCommand = buildCommand<ShiftStartFlags, [string], CliContext>({
  docs: {
    brief: 'Shift the requests of services to another cluster, step by step',
    fullDescription:
      'Each step is predicted, written, waited for until every sidecar has it, measured by their own counters and judged against the clusters that answered before. ' +
      'A target that is worse than --abort-on allows gets nothing: the old weights return. They return at --expires too, even if this process and its machine are gone: a pod in each cluster sees to it. ' +
      'The services of a namespace get each step together, are judged one by one, and go back together. ' +
      'When the last step is passed its weights hold until then, and `isthmus shift promote` keeps them. ' +
      'Ends with exit code 7 where it went back, 8 where it was paused, 9 where a step had no verdict in its time.',
  },
  parameters: {
    flags: {
      ...sourceFlags,
      ...stepFlag,
      ...renderFlags,
      ...probeImageFlag,
      ...reportFlag,
      to: { kind: 'parsed', parse: String, brief: 'The cluster that gets the requests', placeholder: 'CLUSTER' },
      steps: {
        kind: 'parsed',
        parse: parseSteps,
        brief: 'Its share at each step, in percent',
        placeholder: 'SHARES',
        default: '5,25,50,100',
      },
      selector: {
        kind: 'parsed',
        parse: String,
        brief: "Of the services of '*.NAMESPACE', those with these labels",
        placeholder: 'LABEL=VALUE,...',
        optional: true,
      },
      every: {
        kind: 'parsed',
        parse: parseDuration,
        brief: 'How long each step is measured at least',
        placeholder: 'DURATION',
        default: '30s',
      },
      abortOn: {
        kind: 'parsed',
        parse: String,
        brief:
          "What makes it go back: 'errors>+1%' (percentage points), 'p99>+50ms', 'p99>+20%': more than in the other clusters; separated by commas, or several times",
        placeholder: 'LIMITS',
        variadic: true,
        optional: true,
      },
      expires: {
        kind: 'parsed',
        parse: parseDuration,
        brief: 'When the old weights return by themselves',
        placeholder: 'DURATION',
        default: '2h',
      },
    },
    aliases: meshAliases,
    positional: oneService,
  },
  async func(this: CliContext, flags, name) {
    await conclude(this, flags, async (terminal) => {
      const { startShift } = await import('./run.ts');
      return await startShift(flags, name, { context: this, terminal });
    });
  },
});

const resumeCommand = buildCommand<ShiftRunFlags, [string], CliContext>({
  docs: {
    brief: 'Go on with a shift that was paused, or whose process is gone',
    fullDescription:
      'On any machine: what was recorded last is written again, which changes nothing where it was written, and the step is measured from its beginning.',
  },
  parameters: {
    flags: { ...sourceFlags, ...stepFlag, ...renderFlags, ...probeImageFlag, ...reportFlag },
    aliases: meshAliases,
    positional: oneService,
  },
  async func(this: CliContext, flags, name) {
    await conclude(this, flags, async (terminal) => {
      const { resumeShift } = await import('./run.ts');
      return await resumeShift(flags, name, { context: this, terminal });
    });
  },
});

const statusCommand = buildCommand<ShiftFlags, [string | undefined], CliContext>({
  docs: {
    brief: 'Where shifts are: step, weights, verdicts, time left',
    fullDescription: 'Ends with exit code 7 where one went back, was aborted, or is over without having been promoted.',
  },
  parameters: {
    flags: { ...sourceFlags, ...renderFlags },
    aliases: meshAliases,
    positional: { kind: 'tuple', parameters: [{ ...service, optional: true }] },
  },
  async func(this: CliContext, flags, name) {
    await conclude(this, flags, async (terminal) => {
      const { showShifts } = await import('./run.ts');
      return await showShifts(flags, name, { context: this, terminal });
    });
  },
});

function steerCommand(action: 'Pause' | 'Promote' | 'Abort', docs: { brief: string; fullDescription: string }) {
  return buildCommand<ShiftFlags, [string], CliContext>({
    docs,
    parameters: { flags: { ...sourceFlags, ...renderFlags }, aliases: meshAliases, positional: oneService },
    async func(this: CliContext, flags, name) {
      await conclude(this, flags, async (terminal) => {
        const { steerShift } = await import('./run.ts');
        return await steerShift(flags, { service: name, action }, { context: this, terminal });
      });
    },
  });
}

export const shiftCommands = buildRouteMap({
  routes: {
    start: startCommand,
    status: statusCommand,
    pause: steerCommand('Pause', {
      brief: 'Stop a shift where it is',
      fullDescription: 'The weights of its step hold until it is resumed, promoted or aborted, or expires.',
    }),
    resume: resumeCommand,
    promote: steerCommand('Promote', {
      brief: 'Keep the weights of the last step for good',
      fullDescription:
        'Declares them in the home cluster and applies the mesh; what would put the old weights back goes. A mesh file has to say the same before its next apply.',
    }),
    abort: steerCommand('Abort', {
      brief: 'Put the old weights back now',
      fullDescription:
        'Also of a shift whose steps are all passed. What others changed meanwhile is left as it is, and named.',
    }),
  },
  aliases: { undo: 'abort' },
  defaultCommand: 'start',
  docs: { brief: 'Shift requests from one cluster to another, measured step by step' },
});
