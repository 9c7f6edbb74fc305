export { type AppChange, changedApps } from './changes.ts';
export {
  type AppConfiguration,
  type Configuration,
  type CronConfiguration,
  type GitConfiguration,
  type HealthConfiguration,
  idOf,
  type LimitsConfiguration,
  type LivenessConfiguration,
  type ReadinessConfiguration,
  type RestartConfiguration,
  type ServiceConfiguration,
  type SiteConfiguration,
  type SourceConfiguration,
  type WorkerConfiguration,
} from './configuration.ts';
export { maskedConfiguration } from './describe.ts';
export { durationText } from './describe-common.ts';
export { ConfigurationError, type ConfigurationIssue } from './issues.ts';
export {
  type ConfigurationSource,
  checkedConfiguration,
  loadConfiguration,
  loadDataDirectory,
} from './load.ts';
export { configurationSchema } from './schema.ts';
