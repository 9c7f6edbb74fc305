import http from 'node:http';

export interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: unknown;
}

/** Asks as curl would, on the socket or on a port of this host. */
export function ask(
  target: { socketPath: string } | { port: number },
  options: {
    path: string;
    method?: string;
    body?: string | Buffer;
    headers?: http.OutgoingHttpHeaders;
  },
): Promise<Answer> {
  const { path, method = 'GET', body, headers = {} } = options;
  const at = 'port' in target ? { port: target.port, host: '127.0.0.1' } : { socketPath: target.socketPath };
  return new Promise((resolve, reject) => {
    const request = http.request({ ...at, path, method, headers }, async (response) => {
      let text = '';
      for await (const chunk of response) text += chunk;
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: JSON.parse(text) });
    });
    request.on('error', reject);
    request.end(body);
  });
}
