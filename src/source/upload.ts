import { type Clock, Event, SlipwayError } from '../kernel/index.ts';
import type { Fetched, Offer, Source, SourceCondition } from './source.ts';

/** The source of an app whose releases are sent by people has no offer. */
export function upload(clock: Clock): Source {
  return new Upload(clock);
}

class Upload implements Source {
  readonly conditionChanged = new Event<SourceCondition>();
  readonly condition: SourceCondition;

  constructor(clock: Clock) {
    const reason = 'releases are sent as archives: slipway deploy <app> --archive <file>';
    this.condition = { state: 'waiting', reason, at: clock.now(), offer: null };
  }

  start(): void {
    this.conditionChanged.emit(this.condition);
  }

  async look(): Promise<SourceCondition> {
    return this.condition;
  }

  async find(wanted: string): Promise<Offer> {
    throw nothingButArchives(wanted);
  }

  async fetch({ version }: { version: string }): Promise<Fetched> {
    throw nothingButArchives(version);
  }

  async versions(): Promise<string[]> {
    return [];
  }

  stop(): void {}
}

function nothingButArchives(wanted: string): SlipwayError {
  return new SlipwayError('archive_missing', {
    message: `${wanted} cannot be fetched: releases of this app are sent as archives`,
    hint: 'nothing was changed',
    next: 'slipway deploy <app> --archive <file>',
  });
}
