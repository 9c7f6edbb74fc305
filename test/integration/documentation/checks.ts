import type { Block } from './blocks.ts';
import type { BlockClass } from './classes.ts';

/**
 * How a block of a class is checked by the program that reads it: lines of bash, run on the documented host in a folder
 * that has the block as `block`, and fail where it is wrong.
 */
export const CHECKS: Partial<Record<BlockClass, string>> = {
  nginx: `
    { echo "events {} http { error_log stderr; access_log off;"; if grep -q '^server' block; then cat block; else
      echo "server { listen 8081;"; cat block; echo "}"; fi; echo "}"; } >nginx.conf
    cp /etc/nginx/fastcgi_params .
    nginx -t -q -p "$PWD" -c "$PWD/nginx.conf"`,
  // Ubuntu 22.04 has none: there it is to have as many ends as beginnings.
  caddy: `
    if command -v caddy >/dev/null; then caddy validate --adapter caddyfile --config block
    else [ "$(tr -cd '{' <block | wc -c)" = "$(tr -cd '}' <block | wc -c)" ]; fi`,
  apache: `
    modules=(mpm_event authz_core alias rewrite headers proxy proxy_fcgi mime dir)
    { for name in "\${modules[@]}"; do echo "LoadModule \${name}_module /usr/lib/apache2/modules/mod_$name.so"; done
      echo "ServerName localhost"; echo "ErrorLog /dev/stderr"; echo "Listen 8082"; cat block; } >apache.conf
    mkdir -p /webroot/current/public
    apache2 -t -f "$PWD/apache.conf"`,
  unit: `
    if grep -q '^\\[Unit\\]' block; then cp block block.service
    else { cat block; printf '[Service]\\nExecStart=/bin/true\\n'; } >block.service; fi
    systemd-analyze verify "$PWD/block.service"`,
  'php-fpm': `
    { echo "[global]"; cat block; printf '[www]\\nlisten = %s/php.sock\\nuser = www-data\\npm = static\\npm.max_children = 1\\n' "$PWD"; } >php.conf
    "$(compgen -c php-fpm | head -n 1)" -t -y "$PWD/php.conf"`,
  erlang: `erl -noshell -eval '{ok, [_]} = file:consult("block"), halt().'`,
  elixir: `elixir -e 'Code.string_to_quoted!(File.read!("block"))'`,
  'release script': `sh -eu block`,
  'vm.args': `erl -args_file block -noshell -eval 'halt().'`,
};

/** Runs all of them, side by side; prints the blocks that are wrong with what was said. */
export function checkScript(blocks: { block: Block; lines: string }[]): string {
  const parts = blocks.map(
    ({ block, lines }, index) => `
(
  mkdir ${index}; cd ${index}
  cat >block <<'BLOCK'
${block.text}BLOCK
  if ! (set -e; ${lines}
  ) >output 2>&1; then echo "${block.page}:${block.line}"; cat output; fi
) &`,
  );
  return `cd "$(mktemp -d)"\n${parts.join('\n')}\nwait\n`;
}
