<?php
// SPDX-License-Identifier: Apache-2.0
// The client in PHP: php_client.php mysqli|pdo HOST PORT USER PASSWORD DATABASE CONVERSATION (see README.md).
ini_set('precision', '-1'); // PDO sends a double as text: all its digits
[, $driver, $host, $port, $user, $password, $database, $path] = $argv;

function unescape(string $text): string
{
    return strtr($text, ['\\\\' => '\\', '\\t' => "\t", '\\n' => "\n", '\\0' => "\0"]);
}

function value(string $text)
{
    $rest = substr($text, 2);
    return match ($text[0]) {
        'n' => null,
        'i' => (int) $rest,
        'f', 'd' => (float) $rest,
        'b' => hex2bin($rest),
        default => $rest,
    };
}

final class MysqliClient
{
    private mysqli $link;
    private array $statements = [];

    public function __construct($host, $port, $user, $password, $database)
    {
        mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);
        $this->link = mysqli_init();
        $ca = getenv('TLS_CA');
        if ($ca !== false) {
            $this->link->ssl_set(null, null, $ca, null, null);
        }
        $this->link->real_connect($host, $user, $password, $database, (int) $port, null, $ca === false ? 0 : MYSQLI_CLIENT_SSL);
        $this->link->set_charset('utf8mb4');
    }

    public function text(string $sql): array
    {
        $rows = 0;
        $affected = '-';
        $this->link->multi_query($sql);
        do {
            if ($result = $this->link->store_result()) {
                $rows += $result->num_rows;
                $result->free();
            } elseif ($this->link->field_count === 0 && $this->link->affected_rows >= 0) {
                $affected = $this->link->affected_rows;
            }
        } while ($this->link->more_results() && $this->link->next_result());
        return [$rows, $affected];
    }

    public function prepared(string $sql, array $values, bool $cursor): array
    {
        $key = ($cursor ? 'c' : '') . $sql;
        $statement = $this->statements[$key] ??= $this->link->prepare($sql);
        if ($cursor) {
            $statement->attr_set(MYSQLI_STMT_ATTR_CURSOR_TYPE, MYSQLI_CURSOR_TYPE_READ_ONLY);
        }
        if ($values) {
            $types = implode('', array_map(fn ($x) => is_int($x) ? 'i' : (is_float($x) ? 'd' : 's'), $values));
            $statement->bind_param($types, ...$values);
        }
        $statement->execute();
        $rows = 0;
        $affected = '-';
        do {
            if ($statement->field_count > 0) {
                if ($cursor) {
                    $row = array_fill(0, $statement->field_count, null);
                    $statement->bind_result(...$row);
                    while ($statement->fetch()) {
                        $rows++;
                    }
                } else {
                    $rows += $statement->get_result()->num_rows;
                }
            } elseif ($rows === 0) {
                $affected = $statement->affected_rows;
            }
        } while (!$cursor && $statement->more_results() && $statement->next_result());
        $statement->free_result();
        return [$rows, $affected];
    }

    public function code(Throwable $error): array
    {
        return [$error->getCode(), $error->getSqlState()];
    }

    public function close(): void
    {
        $this->link->close();
    }
}

final class PdoClient
{
    private ?PDO $link;
    private array $statements = [];

    public function __construct($host, $port, $user, $password, $database)
    {
        $this->link = new PDO("mysql:host=$host;port=$port;dbname=$database;charset=utf8mb4", $user, $password, [
            PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
            PDO::ATTR_EMULATE_PREPARES => false,
            PDO::MYSQL_ATTR_MULTI_STATEMENTS => true,
        ] + (getenv('TLS_CA') === false ? [] : [PDO::MYSQL_ATTR_SSL_CA => getenv('TLS_CA')]));
    }

    public function text(string $sql): array
    {
        $this->link->setAttribute(PDO::ATTR_EMULATE_PREPARES, true);
        try {
            return $this->results($this->link->query($sql));
        } finally {
            $this->link->setAttribute(PDO::ATTR_EMULATE_PREPARES, false);
        }
    }

    public function prepared(string $sql, array $values, bool $cursor): array
    {
        $statement = $this->statements[$sql] ??= $this->link->prepare($sql);
        foreach ($values as $i => $value) {
            $type = is_int($value) ? PDO::PARAM_INT : ($value === null ? PDO::PARAM_NULL : PDO::PARAM_STR);
            $statement->bindValue($i + 1, $value, $type);
        }
        $statement->execute();
        return $this->results($statement);
    }

    public function code(Throwable $error): array
    {
        return [$error->errorInfo[1], $error->errorInfo[0]];
    }

    public function close(): void
    {
        $this->statements = [];
        $this->link = null;
    }

    private function results(PDOStatement $statement): array
    {
        $rows = 0;
        $affected = '-';
        do {
            if ($statement->columnCount() > 0) {
                $rows += count($statement->fetchAll(PDO::FETCH_NUM));
            } else {
                $affected = $statement->rowCount();
            }
        } while ($statement->nextRowset());
        $statement->closeCursor();
        return [$rows, $affected];
    }
}

$client = $driver === 'pdo'
    ? new PdoClient($host, $port, $user, $password, $database)
    : new MysqliClient($host, $port, $user, $password, $database);
foreach (explode("\n", rtrim(file_get_contents($path), "\n")) as $number => $line) {
    $fields = array_map('unescape', explode("\t", $line));
    $values = array_map('value', array_slice($fields, 2));
    [$error, $state] = [0, '-'];
    try {
        [$rows, $affected] = $fields[0] === 'text'
            ? $client->text($fields[1])
            : $client->prepared($fields[1], $values, $fields[0] === 'cursor');
    } catch (mysqli_sql_exception | PDOException $failure) {
        [$rows, $affected, $error, $state] = [0, '-', ...$client->code($failure)];
    }
    echo implode("\t", [$number, $rows, $rows > 0 ? '-' : $affected, $error, $state]), "\n";
}
$client->close();
