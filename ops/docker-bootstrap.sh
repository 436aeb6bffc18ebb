#!/usr/bin/env bash
# Run once by the Postgres image, when it makes its cluster (docker-compose.yml): makes what needs a superuser. psql
# takes the passwords from the environment itself, so that no process list ever shows them.
set -euo pipefail

psql -X -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" <<'SQL'
\getenv migrator_password TRAVELER_MIGRATOR_PASSWORD
\getenv service_password TRAVELER_SERVICE_PASSWORD
\getenv worker_password TRAVELER_WORKER_PASSWORD
\getenv backup_password TRAVELER_BACKUP_PASSWORD
\i /usr/share/traveler/bootstrap.sql
SQL
