export { type AppChange, changedApps } from './changes.ts';
export {
  type Configuration,
  idOf,
  type ReadinessConfiguration,
  type ServiceConfiguration,
  type SourceConfiguration,
} from './configuration.ts';
export { maskedConfiguration } from './describe.ts';
export { ConfigurationError, type ConfigurationIssue } from './issues.ts';
export { type ConfigurationSource, loadConfiguration, loadDataDirectory } from './load.ts';
export { configurationSchema } from './schema.ts';
