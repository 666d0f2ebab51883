import { afterAll, expect } from 'vitest';
import { processorMs } from './processor.ts';
import { noteStep } from './steps.ts';

// Loaded before every test file, so that this runs after all that the file does at its end.
afterAll(() => {
  const file = expect.getState().testPath;
  if (file !== undefined) noteStep({ kind: 'processor', ms: processorMs(), file });
});
