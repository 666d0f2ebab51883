import { Agent, get } from 'node:http';

/** Somebody outside the mesh who asks for a page ten times a second, until it is stopped. */
export interface Visitor {
  /** Stops it; how many pages it asked for, and each that did not come or was not whole: when, and what it was instead. */
  stop(): Promise<{ readonly asked: number; readonly failures: readonly string[] }>;
}

const everyMs = 100;
const patienceMs = 10_000;

/** `isWhole` judges the body of an answer with status 200. */
export function startVisitor(url: string, isWhole: (body: string) => boolean): Visitor {
  const agent = new Agent({ keepAlive: true });
  const failures: string[] = [];
  const underWay = new Set<Promise<void>>();
  let asked = 0;
  const timer = setInterval(() => {
    const at = new Date().toISOString();
    asked += 1;
    const visit = page(url, agent).then(
      ({ status, body }) => {
        if (status !== 200 || !isWhole(body)) failures.push(`${at} status ${status}: ${body.slice(0, 400)}`);
      },
      (error: unknown) => void failures.push(`${at} ${String(error)}`),
    );
    underWay.add(visit);
    void visit.finally(() => underWay.delete(visit));
  }, everyMs);
  return {
    async stop() {
      clearInterval(timer);
      await Promise.all(underWay);
      agent.destroy();
      return { asked, failures };
    },
  };
}

async function page(url: string, agent: Agent): Promise<{ readonly status: number; readonly body: string }> {
  return await new Promise((resolve, reject) => {
    const request = get(url, { agent, timeout: patienceMs }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        body += part;
      });
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    request.on('timeout', () => request.destroy(new Error(`no answer within ${patienceMs} ms`)));
    request.on('error', reject);
  });
}
