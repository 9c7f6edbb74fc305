/** Each entry brings the database from the version of its index to the next. Never edit one that was released. */
export const migrations: readonly string[] = [
  `
  CREATE TABLE app (
    name TEXT NOT NULL, environment TEXT NOT NULL,
    stopped INTEGER NOT NULL DEFAULT 0,
    pinned TEXT,
    live INTEGER, live_since INTEGER,
    next_number INTEGER NOT NULL DEFAULT 1,
    acted_version TEXT, acted_hash TEXT, acted_archive TEXT,
    fingerprint TEXT,
    PRIMARY KEY (name, environment)
  ) STRICT;

  CREATE TABLE release (
    name TEXT NOT NULL, environment TEXT NOT NULL, number INTEGER NOT NULL,
    version TEXT NOT NULL, hash TEXT, commit_id TEXT,
    state TEXT NOT NULL CHECK (state IN ('preparing', 'ready', 'live', 'retired', 'failed')),
    proven_at INTEGER,
    directory TEXT NOT NULL,
    created_at INTEGER NOT NULL, size_bytes INTEGER, removed_at INTEGER,
    PRIMARY KEY (name, environment, number)
  ) STRICT;

  CREATE TABLE deployment (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL, environment TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('full', 'hot', 'rollback', 'site')),
    state TEXT NOT NULL
      CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'rolled_back', 'cancelled', 'superseded')),
    release INTEGER, version TEXT NOT NULL, hash TEXT, commit_id TEXT, offer TEXT NOT NULL,
    trigger_by TEXT NOT NULL, actor TEXT NOT NULL,
    live_before INTEGER, back_to INTEGER, going_back TEXT, error_code TEXT,
    reason TEXT,
    queued_at INTEGER NOT NULL, started_at INTEGER, ended_at INTEGER
  ) STRICT;
  CREATE INDEX deployment_of_app ON deployment (name, environment, id);
  CREATE UNIQUE INDEX one_running_deployment ON deployment (name, environment) WHERE state = 'running';

  CREATE TABLE step (
    deployment INTEGER NOT NULL REFERENCES deployment (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    name TEXT NOT NULL, instance INTEGER, argument TEXT,
    state TEXT NOT NULL CHECK (state IN ('pending', 'running', 'succeeded', 'failed', 'skipped', 'cancelled')),
    started_at INTEGER, ended_at INTEGER, reason TEXT,
    output TEXT NOT NULL DEFAULT '[]',
    PRIMARY KEY (deployment, position)
  ) STRICT;

  CREATE TABLE instance (
    name TEXT NOT NULL, environment TEXT NOT NULL, instance INTEGER NOT NULL,
    release INTEGER, generation INTEGER NOT NULL DEFAULT 0, wanted_generation INTEGER NOT NULL DEFAULT 0,
    stopped INTEGER NOT NULL DEFAULT 0,
    crash_restarts INTEGER NOT NULL DEFAULT 0, forced_restarts INTEGER NOT NULL DEFAULT 0,
    last_exit TEXT,
    PRIMARY KEY (name, environment, instance)
  ) STRICT;

  CREATE TABLE ghost (
    name TEXT NOT NULL, environment TEXT NOT NULL, version TEXT NOT NULL, hash TEXT,
    reason TEXT NOT NULL, at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX ghost_of_app ON ghost (name, environment, version);

  CREATE TABLE run (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL, environment TEXT NOT NULL, unit TEXT NOT NULL, release INTEGER NOT NULL,
    pid INTEGER NOT NULL, started_at INTEGER NOT NULL,
    ended_at INTEGER, status INTEGER, signal TEXT, reason TEXT, unexpected INTEGER, stderr TEXT
  ) STRICT;
  CREATE INDEX run_of_app ON run (name, environment, started_at);
  `,
  // Workers have names, and a site has deployments of its .env. SQLite changes a column's type by copying the table.
  `
  CREATE TABLE new_deployment (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL, environment TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('full', 'hot', 'rollback', 'site', 'env')),
    state TEXT NOT NULL
      CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'rolled_back', 'cancelled', 'superseded')),
    release INTEGER, version TEXT NOT NULL, hash TEXT, commit_id TEXT, offer TEXT NOT NULL,
    trigger_by TEXT NOT NULL, actor TEXT NOT NULL,
    live_before INTEGER, back_to INTEGER, going_back TEXT, error_code TEXT,
    reason TEXT,
    queued_at INTEGER NOT NULL, started_at INTEGER, ended_at INTEGER, boot TEXT
  ) STRICT;
  INSERT INTO new_deployment SELECT id, name, environment, kind, state, release, version, hash, commit_id, offer,
    trigger_by, actor, live_before, back_to, going_back, error_code, reason, queued_at, started_at, ended_at, NULL
    FROM deployment;

  CREATE TABLE new_step (
    deployment INTEGER NOT NULL REFERENCES new_deployment (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    name TEXT NOT NULL, unit TEXT, argument TEXT,
    state TEXT NOT NULL CHECK (state IN ('pending', 'running', 'succeeded', 'failed', 'skipped', 'cancelled')),
    started_at INTEGER, ended_at INTEGER, reason TEXT,
    output TEXT NOT NULL DEFAULT '[]',
    PRIMARY KEY (deployment, position)
  ) STRICT;
  INSERT INTO new_step SELECT deployment, position, name, CAST(instance AS TEXT), argument, state, started_at, ended_at,
    reason, output FROM step;
  DROP TABLE step;
  DROP TABLE deployment;
  ALTER TABLE new_deployment RENAME TO deployment;
  ALTER TABLE new_step RENAME TO step;
  CREATE INDEX deployment_of_app ON deployment (name, environment, id);
  CREATE UNIQUE INDEX one_running_deployment ON deployment (name, environment) WHERE state = 'running';

  CREATE TABLE new_instance (
    name TEXT NOT NULL, environment TEXT NOT NULL, unit TEXT NOT NULL,
    release INTEGER, generation INTEGER NOT NULL DEFAULT 0, wanted_generation INTEGER NOT NULL DEFAULT 0,
    stopped INTEGER NOT NULL DEFAULT 0,
    crash_restarts INTEGER NOT NULL DEFAULT 0, forced_restarts INTEGER NOT NULL DEFAULT 0,
    last_exit TEXT, fingerprint TEXT,
    PRIMARY KEY (name, environment, unit)
  ) STRICT;
  INSERT INTO new_instance SELECT name, environment, CAST(instance AS TEXT), release, generation, wanted_generation,
    stopped, crash_restarts, forced_restarts, last_exit, NULL FROM instance;
  DROP TABLE instance;
  ALTER TABLE new_instance RENAME TO instance;
  ALTER TABLE app DROP COLUMN fingerprint;

  CREATE INDEX run_of_unit ON run (name, environment, unit, started_at);

  CREATE TABLE secret (
    name TEXT NOT NULL, environment TEXT NOT NULL, variable TEXT NOT NULL,
    value BLOB NOT NULL, set_at INTEGER NOT NULL,
    PRIMARY KEY (name, environment, variable)
  ) STRICT;

  CREATE TABLE delivery (
    name TEXT NOT NULL, environment TEXT NOT NULL, key TEXT NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (name, environment, key)
  ) STRICT;
  CREATE INDEX delivery_by_time ON delivery (at);
  `,
  `
  ALTER TABLE deployment ADD COLUMN hot INTEGER;
  ALTER TABLE run ADD COLUMN kind TEXT NOT NULL DEFAULT 'full' CHECK (kind IN ('full', 'hot'));
  `,
  `
  ALTER TABLE deployment ADD COLUMN pinned_before TEXT;
  `,
  // A row that comes and goes leaves pages behind that are free within the database.
  `
  CREATE TABLE room (filler BLOB NOT NULL) STRICT;
  `,
  // Runs follow each other by number: by their times they would not, once the clock was set back.
  `
  CREATE TABLE new_run (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL, environment TEXT NOT NULL, unit TEXT NOT NULL, release INTEGER NOT NULL,
    kind TEXT NOT NULL DEFAULT 'full' CHECK (kind IN ('full', 'hot')),
    pid INTEGER NOT NULL, started_at INTEGER NOT NULL,
    ended_at INTEGER, status INTEGER, signal TEXT, reason TEXT, unexpected INTEGER, stderr TEXT
  ) STRICT;
  INSERT INTO new_run (id, name, environment, unit, release, kind, pid, started_at, ended_at, status, signal, reason,
    unexpected, stderr)
    SELECT id, name, environment, unit, release, kind, pid, started_at, ended_at, status, signal, reason, unexpected,
    stderr FROM run ORDER BY started_at, id;
  DROP TABLE run;
  ALTER TABLE new_run RENAME TO run;
  CREATE INDEX run_of_unit ON run (name, environment, unit, number);
  CREATE INDEX run_of_release ON run (name, environment, release, number);
  ALTER TABLE deployment ADD COLUMN runs_before INTEGER;
  `,
  `
  ALTER TABLE instance ADD COLUMN oom_kills INTEGER NOT NULL DEFAULT 0;
  `,
  // What readers were told. One row says since which event all of them are there.
  `
  CREATE TABLE event (
    seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, app TEXT, type TEXT NOT NULL, message TEXT NOT NULL,
    instance TEXT, deployment INTEGER
  ) STRICT;
  CREATE TABLE event_epoch (epoch TEXT NOT NULL, begins_after INTEGER NOT NULL) STRICT;
  INSERT INTO event_epoch VALUES (lower(hex(randomblob(6))), 0);
  `,
  // Who may do what, and who did. Of passwords, sessions, tokens, invitations and recovery codes there are hashes alone.
  `
  CREATE TABLE user (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    role TEXT NOT NULL CHECK (role IN ('viewer', 'deployer', 'admin')), apps TEXT,
    password TEXT NOT NULL,
    created_at INTEGER NOT NULL, last_log_in_at INTEGER,
    totp BLOB, totp_confirmed INTEGER NOT NULL DEFAULT 0, totp_step INTEGER NOT NULL DEFAULT 0
  ) STRICT;

  CREATE TABLE recovery_code (
    user INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE, hash TEXT NOT NULL,
    PRIMARY KEY (user, hash)
  ) STRICT;

  CREATE TABLE passkey (
    id TEXT PRIMARY KEY,
    user INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    name TEXT NOT NULL, public_key BLOB NOT NULL, counter INTEGER NOT NULL, transports TEXT NOT NULL,
    created_at INTEGER NOT NULL, last_used_at INTEGER
  ) STRICT;
  CREATE INDEX passkey_of_user ON passkey (user);

  CREATE TABLE session (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hash TEXT NOT NULL UNIQUE,
    user INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL, seen_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,
    address TEXT, browser TEXT
  ) STRICT;
  CREATE INDEX session_of_user ON session (user);

  CREATE TABLE invitation (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hash TEXT NOT NULL UNIQUE,
    user TEXT, role TEXT NOT NULL CHECK (role IN ('viewer', 'deployer', 'admin')), apps TEXT,
    created_at INTEGER NOT NULL, created_by TEXT NOT NULL, expires_at INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE token (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hash TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL, role TEXT NOT NULL CHECK (role IN ('viewer', 'deployer', 'admin')), apps TEXT,
    created_at INTEGER NOT NULL, created_by TEXT NOT NULL,
    expires_at INTEGER, last_used_at INTEGER, revoked_at INTEGER
  ) STRICT;

  CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL, actor TEXT NOT NULL, address TEXT, app TEXT,
    action TEXT NOT NULL, subject TEXT,
    outcome TEXT NOT NULL CHECK (outcome IN ('begun', 'succeeded', 'failed', 'refused', 'unknown')), reason TEXT,
    before TEXT, after TEXT,
    stranger INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX audit_of_strangers ON audit (stranger, seq);
  CREATE INDEX audit_of_app ON audit (app, seq);
  CREATE INDEX audit_begun ON audit (seq) WHERE outcome = 'begun';
  `,
  // What an instance has run, and what is looked for by its time.
  `
  CREATE TABLE instance_version (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL, environment TEXT NOT NULL, unit TEXT NOT NULL,
    release INTEGER NOT NULL, since INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX version_of_unit ON instance_version (name, environment, unit, id);
  INSERT INTO instance_version (name, environment, unit, release, since)
    SELECT name, environment, unit, release, started_at FROM (
      SELECT *, lag(release) OVER (PARTITION BY name, environment, unit ORDER BY number) AS former FROM run)
    WHERE former IS NOT release ORDER BY number;
  CREATE INDEX run_by_start ON run (name, environment, started_at);
  CREATE INDEX run_by_end ON run (name, environment, ended_at);
  CREATE INDEX event_by_time ON event (app, at);
  `,
  // An invitation may be for a user who is there. A password that was given by the environment makes a user once.
  `
  ALTER TABLE invitation ADD COLUMN resets INTEGER REFERENCES user (id) ON DELETE CASCADE;
  CREATE TABLE given_password (hash TEXT PRIMARY KEY) STRICT;
  `,
  // Signed publications: none that is older than the one before is believed.
  `
  ALTER TABLE app ADD COLUMN believed_at INTEGER;
  ALTER TABLE app ADD COLUMN believed_digest TEXT;
  `,
  // What was read last of a store of secrets, sealed: an agent that starts while the store is down goes on with it.
  `
  CREATE TABLE known_secret (
    store TEXT NOT NULL, secret TEXT NOT NULL,
    value BLOB NOT NULL, read_at INTEGER NOT NULL,
    PRIMARY KEY (store, secret)
  ) STRICT;
  `,
  // Where in its log the errors of a run begin: the next agent must not take those of an earlier one for them.
  `
  ALTER TABLE run ADD COLUMN stderr_from INTEGER;
  `,
  // Of the two slots that an instance behind the proxy has, the one whose process requests go to.
  `
  ALTER TABLE instance ADD COLUMN spare INTEGER NOT NULL DEFAULT 0;
  `,
  // A person's word that a canary may go on.
  `
  ALTER TABLE deployment ADD COLUMN promoted_by TEXT;
  `,
];
