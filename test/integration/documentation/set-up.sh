#!/bin/bash
# Makes a booted machine the host that the pages tell of; /srv has what its apps come from.
# `session FILE`: runs the commands of a page there, in a folder that has the files which examples name.
set -euo pipefail

main() {
  mkdir -p /etc/slipway
  people
  web_server
  cp /srv/slipway.yaml /etc/slipway/
  (umask 077 && openssl rand -hex 32 >/etc/slipway/shop.webhook)
  systemctl daemon-reload
  systemctl enable --quiet --now slipway
}

session() {
  local folder
  folder=$(mktemp -d)
  cd "$folder"
  echo '<?php echo "sent";' >index.php
  # Its worker has to come up.
  # shellcheck disable=SC2016  # PHP expands it
  echo '<?php while (($argv[1] ?? "") === "queue:work") sleep(1);' >artisan
  tar -czf site.tar.gz index.php artisan
  cp site.tar.gz /tmp/site.tar.gz
  for name in deployex-config.json deployex.yaml; do
    cp "/opt/slipway/test/fixtures/deployex/$name"* .
  done
  mv deployex-config.json.txt deployex-config.json
  cp /opt/slipway/test/fixtures/deployex/deployex.service /etc/systemd/system/
  mkdir -p /srv/backups
  mkdir webshop
  echo '{ "name": "shop" }' | tee webshop/composer.json >package.json
  export SLIPWAY_SIGNING_PASSWORD_FILE=$folder/password.txt
  zip --quiet site.zip index.php artisan
  printf 'APP_NAME=shop\n' | tee .env.production >production.env
  echo 'as secret as can be' | tee token.txt >password.txt
  HOME=$(getent passwd 0 | cut -d: -f6)
  mkdir -p /etc/bash_completion.d ~/.config/fish/completions
  export HOME LANG=C.UTF-8 NODE_EXTRA_CA_CERTS=/etc/nginx/tls.crt COMPOSER_ALLOW_SUPERUSER=1
  set +u
  # shellcheck disable=SC1090,SC1091
  . /srv/person
  # shellcheck disable=SC1090
  . "$1"
}

people() {
  git config --system user.name Ada
  git config --system user.email ada@example.com
  groupadd --system deployer
  useradd --system --gid deployer --create-home --shell /usr/sbin/nologin --groups www-data deployer
  useradd --create-home ada
  chown -R root:root /srv/git /srv/releases
}

# HTTPS for the names that the examples have, by a certificate that this machine trusts.
web_server() {
  local names=DNS:deploy.example.com,DNS:shop.example.com,DNS:example.com
  echo "127.0.0.1 $(hostname) deploy.example.com shop.example.com example.com" >>/etc/hosts
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=example.com \
    -addext "subjectAltName=$names" -keyout /etc/nginx/tls.key -out /etc/nginx/tls.crt 2>/dev/null
  cat /etc/nginx/tls.crt >>/etc/ssl/certs/ca-certificates.crt
  cp /etc/nginx/tls.crt /etc/ssl/releases.crt
  cp /etc/nginx/tls.key /etc/ssl/releases.key
  rm -f /etc/nginx/sites-enabled/default
  cat >/etc/nginx/conf.d/deploy.conf <<'NGINX'
server {
  listen 443 ssl;
  server_name deploy.example.com;
  ssl_certificate /etc/nginx/tls.crt;
  ssl_certificate_key /etc/nginx/tls.key;
  location / {
    proxy_pass http://127.0.0.1:5001;
    proxy_set_header Host $host;
    proxy_set_header X-Forwarded-For $remote_addr;
  }
}
NGINX
  mkdir -p /var/lib/nginx /var/log/nginx
  systemctl start nginx php8.2-fpm
}

if [ "${1:-}" = session ]; then session "$2"; else main; fi
