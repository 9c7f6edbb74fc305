export { type AppChange, changedApps } from './changes.ts';
export {
  type AcmeConfiguration,
  type AppConfiguration,
  type CanaryConfiguration,
  type Configuration,
  type CronConfiguration,
  type ForwardConfiguration,
  type GitConfiguration,
  type HealthConfiguration,
  type HistoryConfiguration,
  idOf,
  type LimitsConfiguration,
  type LivenessConfiguration,
  type Lookup,
  type PlacedReference,
  type ReadinessConfiguration,
  type RestartConfiguration,
  type SecretsConfiguration,
  type ServiceConfiguration,
  type SiteConfiguration,
  type SourceConfiguration,
  type WaitingApp,
  type WorkerConfiguration,
  type WrittenConfiguration,
} from './configuration.ts';
export { maskedConfiguration } from './describe.ts';
export { durationText } from './describe-common.ts';
export { type ConfigurationSource, placeOfConfiguration } from './file/index.ts';
export { ConfigurationError, type ConfigurationIssue } from './issues.ts';
export {
  checkedConfiguration,
  loadConfiguration,
  outlineConfiguration,
  readConfiguration,
} from './load.ts';
export { configurationSchema } from './schema.ts';
