import { join } from 'node:path';
import { startBackground } from './process/background.ts';
import type { ProcessId } from './process/proc.ts';
import { controlGroup, labPaths } from './state/paths.ts';
import type { LabState } from './state/schema.ts';

/** Starts the lab's own background process (src/daemon.ts) with the Node that runs this one. */
export function startDaemon(state: LabState): ProcessId {
  const { daemonLog, state: folder } = labPaths(state.name);
  return startBackground({
    command: [process.execPath, join(import.meta.dirname, 'daemon.ts'), '--lab', state.name],
    logFile: daemonLog,
    group: `${controlGroup(state.name)}/programs`,
    cwd: folder,
  });
}
