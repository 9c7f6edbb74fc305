export { belongsTo, expiryOf, hostsOf, readCertificate, readText } from './certificate.ts';
export { isHost } from './hosts.ts';
export { DEFAULT_DAYS, type MadeCertificates, makeCertificates } from './make.ts';
export { certificatesFolder, identityFolders, identityPaths } from './paths.ts';
