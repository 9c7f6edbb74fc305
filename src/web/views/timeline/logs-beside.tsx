import { useEffect, useState } from 'preact/hooks';
import { LogTail, Section } from '../../components/index.ts';

/** While an arrow key is held down, the moment moves many times a second. */
const REST_MS = 300;

/** What was written around the moment. */
export function LogsBeside({ at, app }: { at: number; app: string | null }) {
  const name = app ?? 'the agent';
  const [settled, setSettled] = useState(at);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(at), REST_MS);
    return () => clearTimeout(timer);
  }, [at]);
  return (
    <Section
      title={`Log of ${name}`}
      aside={
        <a
          class="small"
          href={`/logs?app=${encodeURIComponent(app ?? '@agent')}&at=${new Date(at).toISOString()}`}
        >
          All of it
        </a>
      }
    >
      <LogTail app={app} at={settled} label={`Log of ${name} around the moment`} />
    </Section>
  );
}
