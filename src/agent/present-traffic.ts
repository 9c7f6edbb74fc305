import type * as api from '../api/index.ts';
import type { Figures } from '../proxy/index.ts';
import type { TrafficWatch } from './proxy/index.ts';

type Told = NonNullable<ReturnType<TrafficWatch['figures']>>;

export function presentTraffic({ all, sampled, releases }: Told): api.Traffic {
  return {
    ...presentFigures(all),
    sampled,
    releases: releases.map((release) => ({ version: release.version, ...presentFigures(release) })),
  };
}

export function presentFigures(figures: Figures): api.TrafficFigures {
  const { windowMs, requests, perSecond, errorsPercent, percentiles } = figures;
  return {
    window_s: rounded(windowMs / 1000, 1),
    requests,
    requests_per_s: rounded(perSecond, 2),
    errors_percent: errorsPercent === null ? null : rounded(errorsPercent, 2),
    p50_ms: percentiles?.p50 ?? null,
    p95_ms: percentiles?.p95 ?? null,
    p99_ms: percentiles?.p99 ?? null,
  };
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
