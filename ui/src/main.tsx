import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { enter } from './state/entry.ts';
import './tokens.css';

/** What the dashboard shows in a browser. It has no rules of its own: every state and number is one of a report. */
/** A report is new or it is not, which the stream knows: comparing two of megabytes part by part would keep the page waiting. */
const client = new QueryClient({ defaultOptions: { queries: { structuralSharing: false } } });

async function start(): Promise<void> {
  const root = document.getElementById('root');
  if (root === null) return;
  const entrance = await enter();
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <App entrance={entrance} />
      </QueryClientProvider>
    </StrictMode>,
  );
}

void start();
