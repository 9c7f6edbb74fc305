/**
 * What HAProxy is to do on this host. Plain, and compared as a whole: what is not in here does not change it. Paths of files
 * are relative to the folder that HAProxy is started in (`ProxyFolder`).
 */
export interface ProxyDescription {
  /** Whom its worker becomes; null: it stays who it is, and does not chroot. */
  account: { user: string; group: string } | null;
  http: Address | null;
  https: Address | null;
  /** Networks of those who say by the PROXY protocol whom they speak for. */
  proxyProtocol: readonly string[];
  /** PEM files, each a certificate with its key. */
  certificates: readonly Certificate[];
  /** Whether what an authority asks for is answered, by HTTP-01 of ACME. */
  challenges: boolean;
  apps: readonly ProxyApp[];
}

export interface Address {
  /** An IP address; `*`: all of them. */
  host: string;
  port: number;
}

export interface Certificate {
  file: string;
  /** Of its content: tells whether it has changed. */
  digest: string;
}

export interface ProxyApp {
  id: string;
  domains: readonly Domain[];
  /** `/`, or a prefix: `/shop` takes `/shop` and what is below. */
  path: string;
  /** Where requests go to. They are in maintenance until told otherwise. */
  slots: readonly Slot[];
  check: { kind: 'http'; path: string } | { kind: 'tcp' };
  /** A new release may be given a share of the requests, and is then told so. */
  canary: boolean;
  /** A visitor stays with an instance, by a cookie. */
  sticky: boolean;
  /** How long requests may go on in a process that is replaced. */
  drainMs: number;
  /** How long an instance may be silent that was asked. */
  answerMs: number;
  /** Requests that wait while no instance is up, and how long each does. */
  queue: { limit: number; waitMs: number };
  /** Larger requests are refused; null: of any size. */
  maxBodyBytes: number | null;
  compress: boolean;
  /** IP addresses and networks; null: everybody. */
  allow: readonly string[] | null;
  /** The password as a crypt(3) hash; null: nobody is asked. */
  basicAuth: { user: string; hash: string } | null;
  /** How long browsers are to come by https alone; null: it is not said. */
  hstsMs: number | null;
  /** HTML files of its own; null: a plain sentence. */
  pages: { maintenance: string | null; error: string | null };
}

export interface Domain {
  /** `api.example.com`, `*.api.example.com`. */
  host: string;
  /** Requests are sent on to this name. */
  redirect: string | null;
  /** There is a certificate: http is redirected to https. */
  secure: boolean;
}

export interface Slot {
  /** `1`, and `1b`, the other slot of instance 1. */
  name: string;
  /** Which instance it is of: what a sticky cookie says. */
  instance: string;
  host: string;
  port: number;
}

/**
 * What a slot is told to be. `maintenance`: no request begins there; those that have begun end. `trial`: only those begin there
 * that a canary sends to it.
 */
export type SlotState = 'ready' | 'trial' | 'maintenance';

/** What HAProxy calls an app: `api:staging`. Its names have no `@`. */
export function backendOf(app: string): string {
  return app.replace('@', ':');
}

export function appOf(backend: string): string {
  return backend.replace(':', '@');
}

/** `api:staging/1b`. */
export function serverOf(app: string, slot: string): string {
  return `${backendOf(app)}/${slot}`;
}
