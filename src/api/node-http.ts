/**
 * Node's HTTP module, without `import 'node:http'`: that reads all its exports, WebSocket among them, and so loads
 * undici, which costs 40 ms and 13 MB of resident memory and is used by nothing here.
 */
export const http = process.getBuiltinModule('node:http');
