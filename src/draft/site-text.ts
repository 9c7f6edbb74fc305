import type { Project } from './project.ts';

export function siteText(project: Project): string {
  const { name, file, repository, isLaravel } = project;
  const url = repository ?? `https://example.com/${name}.git`;
  const change = repository === null ? '   # change it to yours' : '';
  return `  # Found: ${file}${isLaravel ? ', artisan' : ''}
  - name: ${name}
    kind: site
    root: /srv/${name}             # the web server shows ${isLaravel ? 'current/public' : 'current'} in it
    source:
      type: git
      url: ${JSON.stringify(url)}${change}
      # branch: main
    auto: false                 # true: what is pushed goes live by itself
    # user: deployer            # whom hooks and workers run as; without it, the agent's own user
    owner: keep                 # or www-data:deployer
    # health: { url: "http://127.0.0.1/", expect: 200 }
${isLaravel ? LARAVEL : file === 'composer.json' ? PHP : STATIC}`;
}

const LARAVEL = `    type: laravel
    auto_install_composer: true
    auto_artisan_migrations: true
    shared: [node_modules, vendor]          # kept from release to release; storage and logs always are
    # reload: systemctl reload php8.2-fpm
    workers:
      - { name: queue, command: php artisan queue:work, replicas: 1 }
    cron:
      - { name: schedule, schedule: "* * * * *", command: php artisan schedule:run }
    # Hooks are files of the repository, run where they are there: .slipway/before.deploy, .slipway/after.deploy, ...
`;

const PHP = `    auto_install_composer: true
    shared: [node_modules, vendor]          # kept from release to release
    # reload: systemctl reload php8.2-fpm
`;

const STATIC = `    shared: [node_modules]                  # kept from release to release
    # Hooks are files of the repository, run where they are there. To build: .slipway/after.pull
`;
