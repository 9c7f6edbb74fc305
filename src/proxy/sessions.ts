/** Requests that are being answered, by `<backend>/<slot>`: reads `show stat`. */
export function parseSessions(text: string): Map<string, number> {
  const [header = '', ...lines] = text.split('\n');
  const columns = header.replace(/^# /, '').split(',');
  const [backend, slot, current, type] = ['pxname', 'svname', 'scur', 'type'].map((name) =>
    columns.indexOf(name),
  );
  const sessions = new Map<string, number>();
  for (const line of lines) {
    const values = line.split(',');
    // 0: frontend, 1: backend, 2: server, 3: socket.
    if (values[type ?? -1] !== '2') continue;
    sessions.set(`${values[backend ?? -1]}/${values[slot ?? -1]}`, Number(values[current ?? -1]) || 0);
  }
  return sessions;
}
