export { loadDataDirectory, loadPlaces } from './data-directory.ts';
export { type ConfigurationSource, configurationFile, placeOfConfiguration, readText } from './file.ts';
export {
  directoriesFromVariables,
  OTHER_VARIABLES,
  readVariables,
  VARIABLES,
  type Variables,
} from './variables.ts';
