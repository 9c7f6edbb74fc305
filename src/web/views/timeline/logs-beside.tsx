import { LogTail, Section } from '../../components/index.ts';

/** What was written around the moment. */
export function LogsBeside({ at, app }: { at: number; app: string | null }) {
  const name = app ?? 'the agent';
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
      <LogTail app={app} at={at} label={`Log of ${name} around the moment`} />
    </Section>
  );
}
