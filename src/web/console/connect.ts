import { API_PREFIX, TERMINAL_PATH } from '../../api/pages/index.ts';
import type { Connection } from '../models/console/index.ts';

/** A WebSocket to the agent that served this page. */
export function connect(listeners: {
  onOpen: () => void;
  onText: (text: string) => void;
  onBytes: (bytes: Uint8Array) => void;
  onClose: () => void;
}): Connection {
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
  const socket = new WebSocket(`${scheme}://${location.host}${API_PREFIX}${TERMINAL_PATH}`);
  socket.binaryType = 'arraybuffer';
  socket.addEventListener('open', listeners.onOpen);
  socket.addEventListener('message', ({ data }: MessageEvent<string | ArrayBuffer>) => {
    if (typeof data === 'string') listeners.onText(data);
    else listeners.onBytes(new Uint8Array(data));
  });
  socket.addEventListener('close', listeners.onClose);
  return {
    send(data) {
      if (socket.readyState === WebSocket.OPEN) socket.send(data);
    },
    close: () => socket.close(),
  };
}
