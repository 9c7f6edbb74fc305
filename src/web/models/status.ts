import { computed, type ReadonlySignal, signal } from '@preact/signals';
import type { App, Happening, Status } from '../../api/pages/index.ts';
import { type Tone, toneOf } from '../../wording/index.ts';
import type { BrowserClock } from '../browser/index.ts';
import { asProblem, type Client, type Feed, type Problem } from '../client/index.ts';

const BURST_MS = 120;
/** Memory and processor are no happenings. */
const FIGURES_MS = 15_000;

/** All apps as they are now. One for all pages. */
export interface StatusModel {
  status: ReadonlySignal<Status | null>;
  /** When the agent said so: milliseconds by the reader's clock. */
  at: ReadonlySignal<number>;
  problem: ReadonlySignal<Problem | null>;
  /** Null where it is not known, or there is none. */
  app(id: string): App | null;
  /** The worst of all apps, for title and icon. */
  tone: ReadonlySignal<Tone>;
  refresh(): Promise<void>;
  start(): () => void;
}

interface StatusOptions {
  client: Pick<Client, 'status'>;
  feed: Feed;
  clock: BrowserClock;
  isVisible: () => boolean;
}

export function createStatus({ client, feed, clock, isVisible }: StatusOptions): StatusModel {
  const status = signal<Status | null>(null);
  const at = signal(0);
  const problem = signal<Problem | null>(null);
  const tone = computed(() => worst(status.value));
  let pending = new Set<string>();
  let wantsAll = false;
  let running: Promise<void> | null = null;

  async function look(): Promise<void> {
    while (wantsAll || pending.size > 0) {
      const all = wantsAll || status.value === null;
      const apps = [...pending];
      pending = new Set();
      wantsAll = false;
      try {
        const answers = all
          ? [await client.status({})]
          : await Promise.all(apps.map((app) => client.status({ app })));
        status.value = all ? (answers[0] ?? null) : merged(status.value, answers);
        at.value = clock.now();
        problem.value = null;
      } catch (error) {
        problem.value = asProblem(error);
        // An app that is gone is told by its absence from all.
        wantsAll ||= !all && problem.value.status === 404;
      }
    }
  }

  function lookSoon(): Promise<void> {
    running ??= look().finally(() => {
      running = null;
    });
    return running;
  }

  return {
    status,
    at,
    problem,
    tone,
    app: (id) => status.value?.apps.find(({ app }) => app === id) ?? null,
    refresh() {
      wantsAll = true;
      return lookSoon();
    },
    start() {
      let burst: ReturnType<typeof setTimeout> | null = null;
      const hear = (happening: Happening | null) => {
        if (happening === null || happening.app === null) wantsAll = true;
        else pending.add(happening.app);
        burst ??= setTimeout(() => {
          burst = null;
          void lookSoon();
        }, BURST_MS);
      };
      const off = feed.on(hear);
      const timer = setInterval(
        () => isVisible() && feed.state.value.is === 'live' && hear(null),
        FIGURES_MS,
      );
      wantsAll = true;
      void lookSoon();
      return () => {
        off();
        clearInterval(timer);
        if (burst !== null) clearTimeout(burst);
      };
    },
  };
}

function merged(before: Status | null, answers: Status[]): Status | null {
  if (before === null) return null;
  const fresh = new Map(answers.flatMap(({ apps }) => apps).map((app) => [app.app, app]));
  return {
    agent: answers.at(-1)?.agent ?? before.agent,
    apps: before.apps.map((app) => fresh.get(app.app) ?? app),
  };
}

function worst(status: Status | null): Tone {
  const tones = new Set((status?.apps ?? []).map(({ state }) => toneOf(state)));
  return (['bad', 'moving', 'good'] as const).find((tone) => tones.has(tone)) ?? 'quiet';
}
