import http from 'node:http';
import net from 'node:net';
import { type Clock, sleep } from '../kernel/index.ts';

/** How an instance shows that it is ready (design, section 2: `ready`). */
export type ReadyCheck =
  | { kind: 'http'; path: string; port: number }
  | { kind: 'tcp'; port: number }
  | { kind: 'alive'; forMs: number };

/** An app may listen on either loopback address. */
const LOOPBACKS = ['127.0.0.1', '::1'];
/** How often it is asked: what is asked too seldom here makes the instance unavailable for longer. */
const RETRY_MS = 20;
const SLOW_RETRY_MS = 250;
const SLOW_AFTER_MS = 15_000;
const PROBE_TIMEOUT_MS = 2000;

/**
 * Resolves once the check holds; rejects only when the signal aborts it. There is no event for "it listens now", so it
 * is asked again.
 */
export async function untilReady(
  check: ReadyCheck,
  options: { clock: Clock; signal: AbortSignal },
): Promise<void> {
  if (check.kind === 'alive') return await sleep(check.forMs, options);
  const began = options.clock.monotonicMs();
  for (;;) {
    const probes = LOOPBACKS.map((host) =>
      check.kind === 'tcp' ? connects(host, check.port) : answers(host, check),
    );
    if (await anyTrue(probes)) return;
    await sleep(options.clock.monotonicMs() - began < SLOW_AFTER_MS ? RETRY_MS : SLOW_RETRY_MS, options);
  }
}

/** Whether something accepts connections on the port. Before a start that is a stranger, who would count as ready. */
export async function portInUse(port: number): Promise<boolean> {
  return await anyTrue(LOOPBACKS.map((host) => connects(host, port)));
}

function connects(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port, timeout: PROBE_TIMEOUT_MS });
    const end = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket
      .once('connect', () => end(true))
      .once('error', () => end(false))
      .once('timeout', () => end(false));
  });
}

/** A status of 200 to 399 is ready. */
function answers(host: string, check: { path: string; port: number }): Promise<boolean> {
  return new Promise((resolve) => {
    const request = http.get({
      host,
      port: check.port,
      path: check.path,
      timeout: PROBE_TIMEOUT_MS,
      agent: false,
    });
    request
      .once('response', (response) => {
        response.resume();
        request.destroy();
        resolve((response.statusCode ?? 500) < 400);
      })
      .once('error', () => resolve(false))
      .once('timeout', () => {
        request.destroy();
        resolve(false);
      });
  });
}

/** Resolves true at the first true, false when all are false. */
function anyTrue(promises: Promise<boolean>[]): Promise<boolean> {
  return new Promise((resolve) => {
    let left = promises.length;
    for (const promise of promises)
      void promise.then((value) => {
        left--;
        if (value) resolve(true);
        else if (left === 0) resolve(false);
      });
  });
}
