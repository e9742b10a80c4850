#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the official mysql and mariadb images do with these variables, as far as the tests need it: MYSQL_DATABASE, MYSQL_USER,
# MYSQL_PASSWORD, MYSQL_ROOT_PASSWORD. The server that answers on TCP has them all: the one that sets up has no network.
set -eu
data=/var/lib/mysql
socket=/run/mysqld/mysqld.sock
mkdir -p "$data" /run/mysqld
chown nobody "$data" /run/mysqld

if command -v mariadbd >/dev/null; then
    server=mariadbd
    [ -d "$data/mysql" ] || mariadb-install-db --no-defaults --user=nobody --datadir="$data" --auth-root-authentication-method=normal >/dev/null
else
    server=mysqld
    [ -d "$data/mysql" ] || mysqld --no-defaults --user=nobody --initialize-insecure --datadir="$data" --innodb-redo-log-capacity=16M
fi

if [ ! -e "$data/.set-up" ]; then
    "$server" --no-defaults --user=nobody --datadir="$data" --socket="$socket" --skip-networking &
    pid=$!
    until mysql --no-defaults --user=root --socket="$socket" --execute='DO 0' 2>/dev/null; do
        kill -0 "$pid"
        sleep 0.1
    done
    # Names and passwords are the tests' own: no quotes in them.
    mysql --no-defaults --user=root --socket="$socket" <<END
CREATE DATABASE IF NOT EXISTS \`${MYSQL_DATABASE:-test}\`;
$([ "${MYSQL_USER:-root}" = root ] || echo "CREATE USER '$MYSQL_USER'@'%' IDENTIFIED BY '$MYSQL_PASSWORD'; GRANT ALL ON *.* TO '$MYSQL_USER'@'%';")
CREATE USER 'root'@'%' IDENTIFIED BY '${MYSQL_ROOT_PASSWORD:-}'; GRANT ALL ON *.* TO 'root'@'%';
END
    kill "$pid"
    wait "$pid" || true
    touch "$data/.set-up"
fi

# A certificate of its own, as MySQL makes one by itself and MariaDB before 11.4 does not.
tls=
if [ "$server" = mariadbd ]; then
    [ -e "$data/key.pem" ] || openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=mariadb -keyout "$data/key.pem" -out "$data/cert.pem" 2>/dev/null
    chown nobody "$data/key.pem" "$data/cert.pem"
    tls="--ssl-key=$data/key.pem --ssl-cert=$data/cert.pem"
fi
# shellcheck disable=SC2086 # a list of options
exec "$server" --no-defaults --user=nobody --datadir="$data" --socket="$socket" --bind-address=0.0.0.0 --skip-name-resolve $tls "$@"
