/** The page of sites that bring none of their own: it has nothing to load, whatever is down. */
export const maintenancePage = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="robots" content="noindex">
    <title>Down for maintenance</title>
    <style>
      :root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --paper: #ffffff; }
      @media (prefers-color-scheme: dark) { :root { --ink: #eceff2; --soft: #a3adb8; --paper: #14171a; } }
      body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--paper); color: var(--ink);
        font: 1.125rem/1.6 system-ui, sans-serif; }
      main { max-width: 32rem; padding: 2rem; }
      h1 { margin: 0 0 .5rem; font-size: 1.75rem; line-height: 1.25; }
      p { margin: 0; color: var(--soft); }
    </style>
  </head>
  <body>
    <main>
      <h1>Down for maintenance</h1>
      <p>This site is being worked on and will be back soon. Please try again in a few minutes.</p>
    </main>
  </body>
</html>
`;
