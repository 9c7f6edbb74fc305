import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type Startable, stopInTurn } from '../../../src/app/start-turn.ts';

/** Apps by id, each with those that it is started after; each takes some turns of the event loop to end. */
async function stopped(after: Record<string, string[]>, failing: string | null = null): Promise<string[]> {
  const told: string[] = [];
  const apps = Object.entries(after).map(([id, others]) => ({
    ...({ context: { id, configuration: { after: others } } } as unknown as Startable),
    async stopAll() {
      told.push(`${id} stops`);
      for (let turns = 0; turns < 3; turns++) await turn();
      if (id === failing) throw new Error(`${id} does not end`);
      told.push(`${id} has ended`);
    },
  }));
  await stopInTurn(apps, 'the agent was told to end its apps').catch((error: Error) =>
    told.push(error.message),
  );
  return told;
}

test('each app is ended once those that are started after it have ended, the others side by side', async () => {
  const told = await stopped({ db: [], cache: [], api: ['db', 'cache'], web: ['api'], other: [] });
  expect(told.slice(0, 2)).toEqual(['web stops', 'other stops']);
  const at = (what: string) => told.indexOf(what);
  expect(at('api stops')).toBeGreaterThan(at('web has ended'));
  expect(at('db stops')).toBeGreaterThan(at('api has ended'));
  expect(at('cache stops')).toBeGreaterThan(at('api has ended'));
  expect(told).toHaveLength(10);
});

test('one that cannot be ended keeps no other from it, nor do apps that wait for each other', async () => {
  expect(await stopped({ db: [], api: ['db'] }, 'api')).toEqual([
    ...['api stops', 'db stops', 'api does not end'],
  ]);
  const circle = await stopped({ a: ['b'], b: ['a'], c: [] });
  expect(circle.filter((line) => line.endsWith('has ended')).sort()).toEqual([
    ...['a has ended', 'b has ended', 'c has ended'],
  ]);
});
