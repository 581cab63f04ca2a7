#!/bin/bash
# Runs once, when the volume is empty: a database and a role for each service that keeps data, and no way from one to
# another's. Text sorts and changes case by PostgreSQL's builtin locale, as in every other installation of Quire.
set -euo pipefail

create() {
    ROLE_NAME=$1 ROLE_PASSWORD=$2 psql -X -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d postgres <<'SQL'
\getenv name ROLE_NAME
\getenv password ROLE_PASSWORD
CREATE ROLE :"name" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name" TEMPLATE template0 ENCODING 'UTF8'
    LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8';
REVOKE CONNECT, TEMPORARY ON DATABASE :"name" FROM PUBLIC;
SQL
}

create auth "$AUTH_DATABASE_PASSWORD"
create books "$BOOK_DATABASE_PASSWORD"
create orders "$ORDER_DATABASE_PASSWORD"

psql -X -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d postgres \
    -c 'REVOKE CONNECT, TEMPORARY ON DATABASE postgres, template1 FROM PUBLIC'
