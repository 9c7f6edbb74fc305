import http from 'node:http';
import { onTestFinished } from 'vitest';
import { request } from './haproxy.ts';

/** Asks the program `web` for its version through a proxy all the time, on kept connections, until it is ended. */
export function proxyLoad(port: number, { host, connections = 8 }: { host: string; connections?: number }) {
  /** The version, or what came in its place. */
  const answers: string[] = [];
  let isOver = false;
  const askOn = async () => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    while (!isOver)
      answers.push(
        await request(port, host, { agent }).then(
          ({ status, body }) => (status === 200 ? String(JSON.parse(body).version) : `${status} ${body}`),
          async (error: NodeJS.ErrnoException) => {
            await new Promise(setImmediate);
            return `${error.code}`;
          },
        ),
      );
    agent.destroy();
  };
  const asking = Array.from({ length: connections }, askOn);
  const end = async () => {
    isOver = true;
    await Promise.all(asking);
    return answers;
  };
  onTestFinished(async () => void (await end()));
  return { answers, end };
}
