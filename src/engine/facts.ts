import type { TrafficFacts, UseCaseOptions } from './options.ts';
import { loadSnapshot } from './read-snapshot.ts';
import type { SessionState } from './session.ts';

/** What predictions are made from, for whoever asks the model elsewhere. It was redacted as it was read. */
export async function factsUseCase(state: SessionState, options: UseCaseOptions): Promise<TrafficFacts> {
  await using loaded = await loadSnapshot(state, options);
  return loaded.stored.snapshot;
}
