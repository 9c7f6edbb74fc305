import { canaryRules } from './canary.ts';
import { backendOf, type Domain, type ProxyApp, type ProxyDescription, type Slot } from './description.ts';
import { FILES } from './folder.ts';
import { hostCondition } from './host-condition.ts';
import { address, milliseconds, network, whole, word } from './text.ts';

/** Where requests go that are for nobody. */
export const NOWHERE = 'nowhere.';

/** The section of an app: who may come in, what is answered without it, and where its instances are. */
export function backend(app: ProxyApp, { https }: Pick<ProxyDescription, 'https'>): string[] {
  word('app', app.id);
  return [
    ...(app.basicAuth ? userList(app, app.basicAuth) : []),
    `backend ${backendOf(app.id)}`,
    `    timeout server ${milliseconds(app.answerMs)}`,
    ...(app.allow ? [`    http-request deny unless { src ${app.allow.map(network).join(' ')} }`] : []),
    ...app.domains.flatMap((domain) => redirects(domain, https?.port ?? null)),
    ...(app.basicAuth ? authentication(app) : []),
    ...maintenance(app),
    ...(app.maxBodyBytes === null ? [] : largest(app.maxBodyBytes)),
    ...queue(app),
    ...(app.canary ? canaryRules(app) : []),
    ...errorPages(app),
    ...(app.hstsMs === null ? [] : [hsts(app.hstsMs)]),
    ...(app.compress
      ? [
          '    compression algo gzip',
          '    compression type text/html text/plain text/css text/javascript application/javascript application/json image/svg+xml',
        ]
      : []),
    ...(app.sticky ? ['    cookie slipway-instance insert indirect nocache httponly'] : []),
    ...check(app),
    ...app.slots.map((slot) => server(slot, app)),
  ];
}

function userList({ id }: ProxyApp, { user, hash }: NonNullable<ProxyApp['basicAuth']>): string[] {
  return [`userlist ${backendOf(id)}`, `    user ${word('user', user)} password ${word('hash', hash)}`];
}

/** What a password costs grows with its length, and all requests wait meanwhile. */
const LONGEST_AUTHORIZATION = 300;

function authentication({ id }: ProxyApp): string[] {
  const users = backendOf(id);
  return [
    `    http-request auth realm ${users} unless { req.fhdr(authorization),length le ${LONGEST_AUTHORIZATION} } { http_auth(${users}) }`,
    // It is the proxy's, and nothing that the app should know.
    '    http-request del-header Authorization',
  ];
}

function redirects({ host, redirect, secure }: Domain, httpsPort: number | null): string[] {
  const isHere = hostCondition(host);
  const port = httpsPort === null || httpsPort === 443 ? '' : `:${whole(httpsPort, 65_535)}`;
  if (redirect !== null) {
    const target = word('host', redirect).slice(1, -1);
    if (target.startsWith('*')) word('host', '');
    const origin = secure ? `https://${target}${port}` : `http://${target}`;
    return [`    http-request redirect prefix '${origin}' code 308 if ${isHere}`];
  }
  if (!secure || httpsPort === null) return [];
  return [
    `    http-request redirect prefix 'https://%[var(txn.host)]${port}' code 308 if !{ ssl_fc } ${isHere}`,
  ];
}

function maintenance({ id, pages }: ProxyApp): string[] {
  const page =
    pages.maintenance === null
      ? 'content-type text/plain string "Down for maintenance. Please come back in a moment."'
      : `content-type ${HTML} file ${word('file', pages.maintenance)}`;
  return [
    `    http-request return status 503 ${page} hdr Retry-After 60 if { str(${backendOf(id)}) -m str -f ${FILES.maintenance} }`,
  ];
}

const HTML = '"text/html; charset=utf-8"';

/** Of what HAProxy says itself where no instance has answered. */
function errorPages({ pages }: ProxyApp): string[] {
  if (pages.error === null) return [];
  const file = word('file', pages.error);
  return [500, 502, 503, 504].map(
    (status) => `    http-error status ${status} content-type ${HTML} file ${file}`,
  );
}

/**
 * One that does not say how large it is could become larger. Over HTTP/2 nothing says either that there is a body: its first
 * byte does, or its end. (An upgrade there is a WebSocket, which HAProxy makes of its CONNECT alone.)
 */
function largest(bytes: number): string[] {
  const refused =
    'http-request return status 411 content-type text/plain string "The request does not say how long it is."';
  const isSilent = '{ fc_http_major 2 } !{ req.hdr(content-length) -m found } !{ req.hdr(upgrade) -m found }';
  return [
    `    http-request deny deny_status 413 if { req.hdr_val(content-length) gt ${whole(bytes, Number.MAX_SAFE_INTEGER)} }`,
    `    ${refused} if { req.hdr(transfer-encoding) -m found }`,
    `    http-request wait-for-body time 10s at-least 1 if ${isSilent}`,
    `    ${refused} if ${isSilent} { req.body_len gt 0 }`,
  ];
}

/** Not `nbsrv`: that is 0 in a worker that a reload has replaced, which may have requests to send still. */
function queue({ id, slots, queue }: ProxyApp): string[] {
  if (slots.length === 0) return [];
  const backend = backendOf(id);
  const isNoneUp = slots.map(({ name }) => `!{ srv_is_up(${backend}/${name}) }`).join(' ');
  return [
    `    http-request lua.wait_for_instance ${backend} ${whole(queue.waitMs)} if { be_conn le ${whole(queue.limit)} } ${isNoneUp}`,
  ];
}

function hsts(ms: number): string {
  return `    http-response set-header Strict-Transport-Security max-age=${whole(Math.round(ms / 1000))} if { ssl_fc }`;
}

function check({ check, slots }: ProxyApp): string[] {
  if (check.kind === 'tcp' || slots.length === 0) return [];
  return [
    '    option httpchk',
    `    http-check send meth GET uri ${word('path', check.path)} ver HTTP/1.1 hdr Host localhost`,
    '    http-check expect status 200-399',
  ];
}

function server(slot: Slot, { sticky }: ProxyApp): string {
  const cookie = sticky ? ` cookie ${word('slot', slot.instance)}` : '';
  return `    server ${word('slot', slot.name)} ${address(slot)}${cookie} disabled`;
}
