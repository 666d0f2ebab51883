import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { type About, type AskedReports, type Problem, paths, type Shown } from '../../../src/dashboard/messages.ts';

/** Why a question has no report. */
export class Unanswered extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.message);
    this.problem = problem;
  }
}

export function useAbout(): About | undefined {
  return useQuery({ queryKey: ['about'], queryFn: () => answerOf<About>(paths.about), staleTime: Infinity }).data;
}

export type Answer<Report> = UseQueryResult<Shown<Report>, Error>;

type Question = 'trace' | 'plan' | 'moment' | 'differences';

/** Asks what the commands `trace` and `plan` answer, or what is recorded; undefined words ask nothing. */
export function useAnswer<Kind extends keyof AskedReports>(
  path: (typeof paths)[Question],
  words: string | undefined,
): Answer<AskedReports[Kind]> {
  return useQuery({
    queryKey: [path, words],
    queryFn: () => answerOf<Shown<AskedReports[Kind]>>(`${path}?${words}`),
    enabled: words !== undefined,
    placeholderData: (before) => before,
    // What was recorded stays as it is.
    staleTime: path === paths.moment || path === paths.differences ? Infinity : 0,
    retry: false,
    // A question costs the clusters something: it is asked where somebody wants an answer.
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
}

async function answerOf<T>(address: string): Promise<T> {
  const response = await fetch(address);
  if (response.ok) return (await response.json()) as T;
  if (response.status === 422) throw new Unanswered((await response.json()) as Problem);
  throw new Error(`${response.status}: ${(await response.text()).trim()}`);
}
