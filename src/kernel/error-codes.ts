/** The registry of error codes. `script/docs` makes `docs/errors.md` of it; the command line has its exit status from it. */
export const errorCodes = {
  failed: { exit: 1, about: 'Something failed that has no code of its own; the message says what.' },
  usage: { exit: 2, about: 'The command line could not be understood.' },
  config_invalid: {
    exit: 3,
    about: 'The configuration has errors; each is listed with its line. What ran goes on.',
  },
  config_missing: {
    exit: 3,
    about: 'There is no configuration file and no DEPLOYEX_* variable to make one from.',
  },
  agent_unreachable: { exit: 4, about: 'No agent answers on the socket.' },
  certificate_refused: {
    exit: 4,
    about: 'The certificate of an agent at a URL is not to be trusted. Nothing was sent.',
  },
  agent_running: { exit: 1, about: 'Another agent holds the data folder; two may not share one.' },
  journal_corrupt: { exit: 1, about: 'The database cannot be read. It was not touched.' },
  journal_future: { exit: 1, about: 'The database was written by a newer Slipway. It was not touched.' },
  app_unknown: { exit: 1, about: 'No app of that name is configured.' },
  app_ambiguous: { exit: 2, about: 'The name stands for several environments; say which.' },
  instance_unknown: {
    exit: 1,
    about: 'The app has no instance, worker or cron entry of that number or name.',
  },
  deployment_unknown: { exit: 1, about: 'There is no deployment with that id.' },
  deployment_ended: { exit: 1, about: 'The deployment has ended already; nothing was changed.' },
  release_unknown: { exit: 1, about: 'There is no such release, or it is gone from the disk.' },
  release_live: { exit: 1, about: 'The release is live already; nothing was changed.' },
  release_unproven: { exit: 1, about: 'Only a release that was proven is a way back.' },
  version_invalid: { exit: 1, about: 'The version is not of the form [A-Za-z0-9][A-Za-z0-9._+~-]*.' },
  version_ghosted: {
    exit: 1,
    about: 'The version is ghosted: it was taken back before, or a person ghosted it.',
  },
  unauthenticated: { exit: 1, about: 'Nothing that lets somebody in was sent, or it does so no more.' },
  forbidden: {
    exit: 1,
    about: 'The role of whoever asks, or the apps that he is let to, do not reach so far. Nothing was done.',
  },
  login_refused: { exit: 1, about: 'User, password or code are not right. It is not told which.' },
  login_delayed: { exit: 1, about: 'There were too many wrong log-ins; the message says when to try again.' },
  user_unknown: { exit: 1, about: 'There is no user of that name.' },
  user_refused: { exit: 1, about: 'No user can have that name, or be made. Nothing was changed.' },
  password_refused: {
    exit: 1,
    about: 'A new password is too easy to guess, or the present one is not right. Nothing was changed.',
  },
  invitation_refused: { exit: 1, about: 'The invitation is none, was used already, or has expired.' },
  factor_refused: {
    exit: 1,
    about: 'A code or passkey is not right, or cannot be set up now. Nothing was changed.',
  },
  session_unknown: { exit: 1, about: 'There is no such session, or it is over.' },
  passkey_unknown: { exit: 1, about: 'There is no such passkey.' },
  token_unknown: { exit: 1, about: 'There is no API token of that number.' },
  too_many: {
    exit: 1,
    about: 'More streams, shells or connections are open than may be at once. Those that are there go on.',
  },
  busy: { exit: 7, about: 'Another deployment holds the app.' },
  rollback_failed: { exit: 6, about: 'The way back failed as well.' },
  nothing_to_deploy: { exit: 1, about: 'The source offers nothing at present.' },
  offer_invalid: { exit: 1, about: 'What the source offers cannot be used (malformed, or half written).' },
  path_refused: {
    exit: 1,
    about:
      'A path is too long, or leads to something else than Slipway may use or replace there. It was left as it is.',
  },
  archive_missing: { exit: 1, about: 'The archive of the offered version is not there.' },
  archive_replaced: {
    exit: 1,
    about: 'An object of a bucket was replaced while it was downloaded. The next attempt takes the new one.',
  },
  archive_refused: {
    exit: 1,
    about: 'The archive is hostile or broken. Nothing outside its directory was touched.',
  },
  release_script: {
    exit: 1,
    about:
      'What a release is started by is not in it, or cannot be executed: the script in bin/ of Elixir or Erlang, or the file that `start` names. No instance was touched.',
  },
  digest_mismatch: {
    exit: 1,
    about: 'The archive is not the one that the offer names: its SHA-256 differs.',
  },
  signature_refused: {
    exit: 1,
    about:
      'What has to be signed is not, or by another key, or is older than what was taken last. Nothing of it was used.',
  },
  signing_key_refused: {
    exit: 1,
    about: 'The key to sign with is none, or its password is another. Nothing was written.',
  },
  publish_refused: {
    exit: 1,
    about:
      'What is to be published is no release, or its version is there with other bytes. Nothing was published.',
  },
  disk_full: { exit: 1, about: 'Too little room (bytes or inodes). What was live stays live.' },
  permissions_failed: {
    exit: 1,
    about: 'Owner and modes of a release could not be set. What was live stays live.',
  },
  tool_failed: {
    exit: 1,
    about: 'A program of the system is not there, or failed; the message has its own words.',
  },
  not_installed: {
    exit: 1,
    about: 'This Slipway was not installed from an archive, so none can take its place. Nothing was changed.',
  },
  update_refused: {
    exit: 1,
    about: 'A version of Slipway cannot take over on this host; the message says why. Nothing was changed.',
  },
  update_failed: {
    exit: 5,
    about: 'A new version of Slipway did not answer, or lost an app. The former one is back in force.',
  },
  update_stuck: {
    exit: 6,
    about: 'A new version of Slipway did not answer, and neither did the former one. The apps go on.',
  },
  log_failed: {
    exit: 1,
    about: 'A log could not be rotated, or what was rotated not be read. No line of it is lost.',
  },
  pre_command_failed: {
    exit: 1,
    about: 'A pre-command is no command line, or exited with a status other than 0. No instance was touched.',
  },
  hook_failed: {
    exit: 1,
    about:
      'A hook, or another command of a deployment, exited with a status other than 0. What was live stays live.',
  },
  bucket_unreachable: {
    exit: 1,
    about: 'The server of a bucket does not answer, or is not well. It is tried again; what is live goes on.',
  },
  bucket_denied: { exit: 1, about: 'The credentials are known to the bucket, and do not reach so far.' },
  bucket_credentials: {
    exit: 1,
    about: 'There are no credentials for a bucket, or its server does not take them.',
  },
  bucket_missing: { exit: 1, about: 'There is no such bucket.' },
  bucket_region: { exit: 1, about: 'The bucket is in another region, or no region is known.' },
  bucket_refused: {
    exit: 1,
    about: 'The server of a bucket refused a request; the message has its own words.',
  },
  clock_skewed: {
    exit: 1,
    about: 'The clock of this host is wrong, and signatures with the time are refused.',
  },
  publish_conflict: {
    exit: 1,
    about: 'Somebody else published at the same time. What is there was left as it is.',
  },
  ref_unknown: { exit: 1, about: 'The repository has no such branch, tag or commit.' },
  repository_unreachable: { exit: 1, about: 'The repository is not there, or does not let the agent in.' },
  health_failed: { exit: 1, about: 'The site did not answer as its health check expects.' },
  upload_too_large: { exit: 1, about: 'The archive is larger than the app takes (upload.max_size).' },
  upload_failed: {
    exit: 1,
    about: 'The archive could not be read or sent as a whole. Nothing was kept of it.',
  },
  env_refused: { exit: 1, about: 'The .env is no file that can be changed safely. Nothing was changed.' },
  key_mismatch: {
    exit: 1,
    about:
      'A key is gone, or is not the one that belongs to the certificate or to the secrets. It was left as it is.',
  },
  maintenance_failed: { exit: 1, about: 'The page of maintenance could not be put there or taken away.' },
  cron_refused: {
    exit: 1,
    about: 'The cron entry runs already, or nothing may run now. Nothing was started.',
  },
  console_unknown: { exit: 1, about: 'The console of a page is no longer there.' },
  shell_refused: { exit: 1, about: 'The agent opens no shell, or no further one.' },
  secret_invalid: {
    exit: 1,
    about: 'A variable or secret has a name or a value that cannot be kept. Nothing was changed.',
  },
  secret_missing: {
    exit: 1,
    about: 'There is no secret of that name where it is looked for. What ran goes on with its former value.',
  },
  secret_denied: {
    exit: 1,
    about: 'A secret may not be read, or may be read by others too. What ran goes on with its former value.',
  },
  secret_unreachable: {
    exit: 1,
    about: 'What holds the secrets does not answer. What ran goes on with its former value.',
  },
  secret_malformed: {
    exit: 1,
    about: 'A secret is not what is asked of it: no text, no JSON, or without that key.',
  },
  secret_unknown: {
    exit: 1,
    about: 'The app waits for a secret that was never known. None of its instances is started before.',
  },
  start_failed: { exit: 1, about: 'A process could not be started.' },
  not_running: { exit: 1, about: 'What was asked for needs a process that runs, and this one does not.' },
  not_ready: { exit: 1, about: 'An instance did not become ready in time, or does not answer any more.' },
  unexpected_exits: {
    exit: 1,
    about: 'New instances ended by themselves three times before the release was proven.',
  },
  step_unknown: {
    exit: 1,
    about: 'A deployment has a step that its app has not: the kind of the app was changed meanwhile.',
  },
  host_restarted: {
    exit: 1,
    about:
      'The host was restarted before the new release was on the disk for certain. What was live stays live.',
  },
  upgrade_failed: {
    exit: 1,
    about: 'A running VM could not be brought to another release; the hint says what it runs.',
  },
  backup_refused: {
    exit: 1,
    about:
      'A backup cannot be written there, or is not whole, or would replace what is newer. Nothing was changed.',
  },
  import_refused: {
    exit: 1,
    about: 'What another tool has left cannot be read, or not be taken over. It was left as it is.',
  },
  permission: { exit: 1, about: 'The agent may not do this; the message names the file or the user.' },
  otp_unreachable: {
    exit: 1,
    about:
      'An Erlang node cannot be reached: no such host, no epmd, no node of that name, or nothing listens.',
  },
  otp_cookie: { exit: 1, about: 'The Erlang node and the agent have different cookies.' },
  otp_refused: {
    exit: 1,
    about: 'The Erlang node refused the connection, or speaks another distribution protocol.',
  },
  otp_name: {
    exit: 1,
    about: 'Another Erlang node answered than the one asked for, or a name is malformed.',
  },
  otp_tls: {
    exit: 1,
    about:
      'TLS with an Erlang node failed: a certificate was refused, or one side has TLS and the other has not.',
  },
  otp_timeout: {
    exit: 124,
    about: 'An Erlang node did not answer in time; the message says at which stage.',
  },
  otp_disconnected: { exit: 1, about: 'The connection to an Erlang node was lost. The node itself goes on.' },
  otp_call: { exit: 1, about: 'A call on an Erlang node failed; the message has its reason.' },
  term_malformed: {
    exit: 1,
    about: 'Bytes or text that should be an Erlang term are none, or are larger than allowed.',
  },
  acme_failed: {
    exit: 1,
    about:
      'The authority has given no certificate. Those that are there are used on; it is asked again by itself.',
  },
  proxy_missing: {
    exit: 1,
    about:
      'HAProxy is not installed, or is too old. Apps run on, and nobody is sent to them by their domains.',
  },
  proxy_refused: {
    exit: 1,
    about: 'HAProxy refused its configuration, or what it was told. It goes on as it was.',
  },
  proxy_unreachable: { exit: 1, about: 'HAProxy does not run, or does not answer on its socket.' },
  timeout: { exit: 124, about: 'It took longer than allowed.' },
  interrupted: {
    exit: 130,
    about: 'Interrupted by a person; the message says what goes on, and what is left.',
  },
  canary_worse: {
    exit: 1,
    about: 'The new release made more errors, or was slower, than its canary may, and was taken back.',
  },
  no_canary: { exit: 1, about: 'A deployment has no canary that runs.' },
  rolled_back: { exit: 5, about: 'The deployment failed and was taken back.' },
} as const satisfies Record<string, { exit: number; about: string }>;

export type ErrorCode = keyof typeof errorCodes;
