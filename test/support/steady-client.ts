import type { TestLab } from './lab.ts';

/** A client in west that calls a service of `sample` without a pause until it is stopped. */
export interface SteadyClient {
  /** Stops it; how many calls were answered, and the first that was not. */
  stop(): Promise<{ readonly answered: number; readonly failure: string | undefined }>;
}

const batch = 100;

export function steadyClient(lab: TestLab, service = 'helloworld'): SteadyClient {
  let isStopped = false;
  let answered = 0;
  let failure: string | undefined;
  const command = ['lab-curl', '-f', '-n', String(batch), `http://${service}.sample:5000/hello`];
  const work = (async () => {
    while (!isStopped && failure === undefined) {
      // It ends with an error where a call failed.
      await lab.kubectl('west', '-n', 'sample', 'exec', 'deploy/client', '--', ...command).then(
        () => {
          answered += batch;
        },
        (error: unknown) => {
          failure = String(error).slice(-600);
        },
      );
    }
  })();
  return {
    async stop() {
      isStopped = true;
      await work;
      return { answered, failure };
    },
  };
}

/** The same, which goes on where calls fail and counts them. */
export interface CountingClient {
  /** Stops it; how many calls were made, and how many of them were not answered by the application. */
  stop(): Promise<{ readonly sent: number; readonly lost: number }>;
}

export function countingClient(lab: TestLab): CountingClient {
  let isStopped = false;
  let [sent, answered] = [0, 0];
  const command = ['lab-curl', '-n', String(batch), 'http://helloworld.sample:5000/hello'];
  const work = (async () => {
    while (!isStopped) {
      // It ends with an error where a call failed; what was answered is in its message then.
      const said = await lab
        .kubectl('west', '-n', 'sample', 'exec', 'deploy/client', '--', ...command)
        .catch((error: unknown) => String(error));
      sent += batch;
      answered += [...said.matchAll(/version: v\d/g)].length;
    }
  })();
  return {
    async stop() {
      isStopped = true;
      await work;
      return { sent, lost: sent - answered };
    },
  };
}
