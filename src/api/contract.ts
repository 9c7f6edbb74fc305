import { eventIterator, oc } from '@orpc/contract';
import * as z from 'zod';
import { accessContract } from './contract-access.ts';
import { certificatesContract } from './contract-certificates.ts';
import { consoleContract } from './contract-console.ts';
import { app, flag, id, moment, number, optional, page, version } from './contract-fields.ts';
import { historyContract } from './contract-history.ts';
import { hostContract } from './contract-host.ts';
import { routes } from './routes.ts';
import * as shapes from './shapes.ts';
import { configurationPlan } from './shapes-host.ts';
import { vm } from './shapes-vm.ts';

/*
 * The one contract: the server checks what comes in and goes out against it, the client takes its types from it, and
 * the OpenAPI document is made from it.
 */

const ofApp = z.object({ app });
const ofDeployment = z.object({ id });
const ofRollback = z.object({
  app,
  to: optional(number.int().positive()).describe('number of a release; without it, the last proven one'),
});
const ofVersion = z.object({ app, version });
const ofInstance = z.object({
  app,
  instance: optional(
    z.coerce.string<string | number>().regex(/^([1-9]\d{0,5}|[a-z][a-z0-9_-]*(\.[1-9]\d{0,5})?)$/),
  ).describe('number of the instance, or name of the worker (`queue`, `queue.1`); without it, all'),
});
const planDeploy = z.object({
  app,
  version: optional(version).describe('without it, what the source offers'),
  ref: optional(
    z
      .string()
      .max(255)
      .regex(/^[^\s\p{Cc}-][^\s\p{Cc}]*$/u),
  ).describe('a branch, tag or commit of the repository, in the place of a version'),
  force: flag.default(false).describe('deploy a ghosted version too'),
  full: flag.default(false).describe('start instances anew, also where they could be upgraded in place'),
});
const deploy = planDeploy.extend({
  upload: optional(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/)).describe(
    'an archive that was uploaded, in the place of what the source offers',
  ),
  signature: optional(z.string().max(16 * 1024)).describe(
    'the text of its .minisig, which an app with `signing` asks for',
  ),
});
/** A ref says all by itself; a version beside an upload is what the upload is to be called. */
const refStandsAlone = (given: { version: string | null; ref: string | null; upload?: string | null }) =>
  given.ref === null || (given.version === null && (given.upload ?? null) === null);
const NOT_ALONE = { path: ['ref'], message: 'cannot stand beside a version or an upload' };
const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,254}$/);
const ofVariables = z.object({
  app,
  // Linux gives a variable of a process 128 KB at most; no NUL can be in it.
  set: z
    .record(
      variable,
      z
        .string()
        .max(128 * 1024 - 512)
        .regex(/^[^\0]*$/),
    )
    .default({}),
  unset: z.array(variable).max(1000).default([]),
});
const LOG_CURSOR = /^[a-z0-9_.-]{1,130}:\d{1,15}(,[a-z0-9_.-]{1,130}:\d{1,15})*$/;
const logQuery = z.object({
  lines: optional(number.int().min(0).max(10_000_000)).describe('lines from the end; without it, all'),
  stderr: flag.default(false).describe('only stderr'),
  since: moment,
  until: moment,
  around: moment.describe(
    'a moment: half of the lines before it and half after it; 100 where `lines` is left out',
  ),
  line: optional(z.string().regex(/^[a-z0-9_.-]{1,130}\/std(out|err)\/\d{1,15}$/)).describe(
    'id of a line: those around it in its log, as with `around`',
  ),
  before: optional(z.string().max(8000).regex(LOG_CURSOR)).describe(
    'that of the first line of a page: the lines before it; 100 where `lines` is left out',
  ),
  grep: optional(z.string().min(1).max(1000)).describe('a regular expression in the syntax of RE2'),
  invert: flag.default(false).describe('the lines that it does not match'),
  follow: flag.default(false),
  complete: flag
    .default(false)
    .describe('never leave lines out for a follower who is too slow: he gets them late'),
});

const accessQuery = z.object({
  instance: optional(z.coerce.string<string | number>().regex(/^[1-9]\d{0,5}$/)).describe(
    'number of the instance; without it, all',
  ),
  ...logQuery.pick({ lines: true, since: true, invert: true, follow: true, complete: true }).shape,
  grep: optional(z.string().min(1).max(1000)).describe(
    'a regular expression in the syntax of RE2, for `200 GET shop.example.com/cart 1b 203.0.113.7 --`',
  ),
  status: optional(z.string().regex(/^[1-5](xx|\d\d)(,[1-5](xx|\d\d)){0,20}$/)).describe('`5xx`, `404,5xx`'),
  slower_ms: optional(number.int().nonnegative()).describe('took so long until the answer began'),
});

export const contract = {
  ...consoleContract,
  ...hostContract,
  ...certificatesContract,
  ...historyContract,
  ...accessContract,
  status: oc
    .route({ ...routes.status, summary: 'Apps, live versions, instances', tags: ['apps'] })
    .input(z.object({ app: optional(app) }))
    .output(shapes.status),
  releases: oc
    .route({ ...routes.releases, summary: 'Releases on the disk', tags: ['apps'] })
    .input(ofApp.extend(page))
    .output(z.array(shapes.release)),
  deployments: oc
    .route({ ...routes.deployments, summary: 'Deployments, newest first', tags: ['deployments'] })
    .input(ofApp.extend(page))
    .output(z.array(shapes.deployment)),
  deployment: oc
    .route({ ...routes.deployment, summary: 'One deployment with its steps', tags: ['deployments'] })
    .input(ofDeployment)
    .output(shapes.deploymentWithSteps),
  followDeployment: oc
    .route({
      ...routes.followDeployment,
      summary: 'The deployment now and after each change',
      tags: ['deployments'],
    })
    .input(ofDeployment)
    .output(eventIterator(shapes.deploymentWithSteps)),
  planDeploy: oc
    .route({
      ...routes.planDeploy,
      summary: 'What a deployment would do; changes nothing',
      tags: ['deployments'],
    })
    .input(planDeploy.refine(refStandsAlone, NOT_ALONE))
    .output(shapes.plan),
  deploy: oc
    .route({ ...routes.deploy, summary: 'Starts a deployment', tags: ['deployments'] })
    .input(deploy.refine(refStandsAlone, NOT_ALONE))
    .output(shapes.accepted),
  planRollback: oc
    .route({
      ...routes.planRollback,
      summary: 'What a rollback would do; changes nothing',
      tags: ['deployments'],
    })
    .input(ofRollback)
    .output(shapes.plan),
  rollback: oc
    .route({ ...routes.rollback, summary: 'Starts the way back to a proven release', tags: ['deployments'] })
    .input(ofRollback)
    .output(shapes.accepted),
  promote: oc
    .route({
      ...routes.promote,
      summary: 'Lets a canary go on: its release is rolled out',
      tags: ['deployments'],
    })
    .input(ofDeployment)
    .output(shapes.done),
  cancel: oc
    .route({
      ...routes.cancel,
      summary: 'Stops a deployment; what was live stays live',
      tags: ['deployments'],
    })
    .input(ofDeployment)
    .output(shapes.done),
  pin: oc
    .route({
      ...routes.pin,
      summary: 'Keeps automatic deployment from leaving a version',
      tags: ['versions'],
    })
    .input(ofVersion)
    .output(shapes.done),
  unpin: oc
    .route({ ...routes.unpin, summary: 'Lets automatic deployment act again', tags: ['versions'] })
    .input(ofApp)
    .output(shapes.done),
  ghost: oc
    .route({ ...routes.ghost, summary: 'Keeps automatic deployment from a version', tags: ['versions'] })
    .input(ofVersion)
    .output(shapes.done),
  unghost: oc
    .route({ ...routes.unghost, summary: 'Lets a version be deployed again', tags: ['versions'] })
    .input(ofVersion)
    .output(shapes.done),
  restart: oc
    .route({ ...routes.restart, summary: 'Restarts; answers when all are ready', tags: ['instances'] })
    .input(ofInstance)
    .output(shapes.done),
  stop: oc
    .route({ ...routes.stop, summary: 'Stops; answers when all have stopped', tags: ['instances'] })
    .input(ofInstance)
    .output(shapes.done),
  start: oc
    .route({ ...routes.start, summary: 'Starts; answers when all are ready', tags: ['instances'] })
    .input(ofInstance)
    .output(shapes.done),
  vm: oc
    .route({ ...routes.vm, summary: 'What the Erlang VM of an instance tells', tags: ['instances'] })
    .input(
      z.object({
        app,
        instance: z.coerce
          .string<string | number>()
          .regex(/^[1-9]\d{0,5}$/)
          .describe('number of the instance'),
      }),
    )
    .output(vm),
  env: oc
    .route({ ...routes.env, summary: "Variables of the site's .env", tags: ['variables'] })
    .input(ofApp)
    .output(z.array(shapes.envVariable)),
  envNames: oc
    .route({
      ...routes.envNames,
      summary: "Names of the variables of the site's .env, without their values",
      tags: ['variables'],
    })
    .input(ofApp)
    .output(z.array(z.string())),
  changeEnv: oc
    .route({
      ...routes.changeEnv,
      summary: 'Changes the .env, and places it into the live release by a deployment',
      tags: ['variables'],
    })
    .input(ofVariables)
    .output(shapes.envChange),
  secrets: oc
    .route({ ...routes.secrets, summary: 'Names of the secrets, never their values', tags: ['variables'] })
    .input(ofApp)
    .output(z.array(shapes.secret)),
  changeSecrets: oc
    .route({ ...routes.changeSecrets, summary: 'Sets and removes secrets', tags: ['variables'] })
    .input(ofVariables)
    .output(shapes.done),
  setMaintenance: oc
    .route({ ...routes.setMaintenance, summary: 'Turns the maintenance page on or off', tags: ['apps'] })
    .input(z.object({ app, on: flag }))
    .output(shapes.done),
  cron: oc
    .route({ ...routes.cron, summary: 'Cron entries with their last runs', tags: ['cron'] })
    .input(ofApp)
    .output(z.array(shapes.cronEntry)),
  runCron: oc
    .route({ ...routes.runCron, summary: 'Runs a cron entry now', tags: ['cron'] })
    .input(z.object({ app, entry: z.string().regex(/^[a-z][a-z0-9_-]{0,99}$/) }))
    .output(shapes.done),
  logs: oc
    .route({ ...routes.logs, summary: 'Lines that the app wrote', tags: ['logs'] })
    .input(ofInstance.extend(logQuery.shape))
    .output(eventIterator(shapes.logItem)),
  accessLog: oc
    .route({
      ...routes.accessLog,
      summary: 'Requests that came to the app through the proxy',
      tags: ['logs'],
    })
    .input(ofApp.extend(accessQuery.shape))
    .output(eventIterator(shapes.accessItem)),
  agentLogs: oc
    .route({ ...routes.agentLogs, summary: 'Lines that the agent wrote', tags: ['logs'] })
    .input(logQuery)
    .output(eventIterator(shapes.logItem)),
  endAgent: oc
    .route({ ...routes.endAgent, summary: 'Stops all apps, then the agent', tags: ['agent'] })
    .output(shapes.done),
  events: oc
    .route({ ...routes.events, summary: 'What happens, resumable by Last-Event-ID', tags: ['events'] })
    .input(
      z.object({
        after: optional(z.string().max(100)).describe(
          'id of the last event that is known; Last-Event-ID comes before it',
        ),
      }),
    )
    .output(eventIterator(shapes.happening)),
  configuration: oc
    .route({
      ...routes.configuration,
      summary: 'The configuration in force, secrets masked',
      tags: ['configuration'],
    })
    .output(z.object({ file: z.string().nullable(), configuration: z.unknown() })),
  planConfiguration: oc
    .route({
      ...routes.planConfiguration,
      summary: 'What applying the file, as it is now, would do; nothing is changed',
      tags: ['configuration'],
    })
    .output(configurationPlan),
  applyConfiguration: oc
    .route({
      ...routes.applyConfiguration,
      summary: 'Reads the file again and applies it',
      tags: ['configuration'],
    })
    .output(shapes.done),
};
