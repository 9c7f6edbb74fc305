import { expect, test } from 'vitest';
import { appState } from '../../../src/app/app-state.ts';

const nothing = { deploying: false, stopped: false, hasRelease: true, instances: [], isWhole: null };

test('a service of 0 replicas is stopped, whatever is live, and deploying while it is deployed', () => {
  expect(appState(nothing)).toBe('stopped');
  expect(appState({ ...nothing, hasRelease: false })).toBe('stopped');
  expect(appState({ ...nothing, deploying: true })).toBe('deploying');
});

test('a site whose workers have 0 replicas runs as long as `current` is whole', () => {
  expect(appState({ ...nothing, isWhole: true })).toBe('running');
  expect(appState({ ...nothing, isWhole: false })).toBe('down');
  expect(appState({ ...nothing, isWhole: true, hasRelease: false })).toBe('idle');
});
