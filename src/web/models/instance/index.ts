export { createInstance, type InstanceModel } from './instance.ts';
export { NO_SERIES, type Series, summaryOf, withPoint } from './series.ts';
