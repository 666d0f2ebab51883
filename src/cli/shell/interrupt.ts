import { exitCodes } from './exit-code.ts';

const notice = 'interrupted: stopping after the writes in flight; Ctrl-C again stops now\n';

/**
 * A signal that the first SIGINT or SIGTERM aborts: what is in flight is finished and said.
 * The second ends the process at once.
 */
export function interruptible(platform: NodeJS.Process): AbortSignal {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) platform.exit(exitCodes.cancelled);
    platform.stderr.write(notice);
    controller.abort();
  };
  platform.on('SIGINT', onSignal);
  platform.on('SIGTERM', onSignal);
  return controller.signal;
}
