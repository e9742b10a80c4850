// SPDX-License-Identifier: Apache-2.0
// Prepared statements as only the C library sends them: long data in chunks, a cursor with its fetches, many rows in one
// bulk execution. mysql_values SOCKET USER PASSWORD DATABASE
#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static MYSQL *connection;

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    exit(1);
}

static void query(const char *text)
{
    if (mysql_query(connection, text))
        fail(text, mysql_error(connection));
}

static MYSQL_STMT *prepare(const char *text, const void *cursor_rows)
{
    MYSQL_STMT *statement = mysql_stmt_init(connection);
    if (cursor_rows) {
        unsigned long type = CURSOR_TYPE_READ_ONLY;
        mysql_stmt_attr_set(statement, STMT_ATTR_CURSOR_TYPE, &type);
        mysql_stmt_attr_set(statement, STMT_ATTR_PREFETCH_ROWS, cursor_rows);
    }
    if (mysql_stmt_prepare(statement, text, strlen(text)))
        fail(text, mysql_stmt_error(statement));
    return statement;
}

static void check(MYSQL_STMT *statement, int failed)
{
    if (failed)
        fail("statement", mysql_stmt_error(statement));
}

static void long_data(void)
{
    MYSQL_STMT *statement = prepare("INSERT INTO long_values VALUES (?, ?)", NULL);
    MYSQL_BIND bind[2];
    int id = 1;
    memset(bind, 0, sizeof bind);
    bind[0].buffer_type = MYSQL_TYPE_LONG;
    bind[0].buffer = &id;
    bind[1].buffer_type = MYSQL_TYPE_BLOB;
    check(statement, mysql_stmt_bind_param(statement, bind));
    check(statement, mysql_stmt_send_long_data(statement, 1, "one ", 4));
    check(statement, mysql_stmt_send_long_data(statement, 1, "two ", 4));
    check(statement, mysql_stmt_send_long_data(statement, 1, "three", 5));
    check(statement, mysql_stmt_execute(statement));
    mysql_stmt_close(statement);
}

static void cursor(void)
{
    unsigned long rows = 3;
    MYSQL_STMT *statement = prepare("SELECT seq FROM seq_1_to_100 WHERE seq <= ?", &rows);
    MYSQL_BIND bind, result;
    int limit = 10, value = 0;
    memset(&bind, 0, sizeof bind);
    memset(&result, 0, sizeof result);
    bind.buffer_type = result.buffer_type = MYSQL_TYPE_LONG;
    bind.buffer = &limit;
    result.buffer = &value;
    check(statement, mysql_stmt_bind_param(statement, &bind));
    check(statement, mysql_stmt_execute(statement));
    check(statement, mysql_stmt_bind_result(statement, &result));
    int seen = 0;
    while (mysql_stmt_fetch(statement) == 0) {
        seen++;
        if (seen % 3 == 0)
            usleep(100000); // thinks before it fetches on
    }
    if (seen != limit)
        fail("cursor", "other rows than asked for");
    mysql_stmt_close(statement);
}

static void bulk(void)
{
    MYSQL_STMT *statement = prepare("INSERT INTO long_values VALUES (?, ?)", NULL);
    MYSQL_BIND bind[2];
    int ids[] = {10, 11, 12, 13};
    const char *texts[] = {"ten", NULL, "twelve", "thirteen"};
    unsigned long lengths[] = {3, 0, 6, 8};
    char indicators[] = {STMT_INDICATOR_NONE, STMT_INDICATOR_NULL, STMT_INDICATOR_NONE, STMT_INDICATOR_NONE};
    unsigned int rows = 4;
    memset(bind, 0, sizeof bind);
    bind[0].buffer_type = MYSQL_TYPE_LONG;
    bind[0].buffer = ids;
    bind[1].buffer_type = MYSQL_TYPE_STRING;
    bind[1].buffer = texts;
    bind[1].length = lengths;
    bind[1].u.indicator = indicators;
    mysql_stmt_attr_set(statement, STMT_ATTR_ARRAY_SIZE, &rows);
    check(statement, mysql_stmt_bind_param(statement, bind));
    check(statement, mysql_stmt_execute(statement));
    mysql_stmt_close(statement);
}

int main(int argc, char **argv)
{
    if (argc != 5)
        fail("mysql_values", "SOCKET USER PASSWORD DATABASE");
    connection = mysql_init(NULL);
    if (!mysql_real_connect(connection, NULL, argv[2], argv[3], argv[4], 0, argv[1], 0))
        fail("connect", mysql_error(connection));
    query("CREATE TABLE long_values (id INT PRIMARY KEY, text LONGTEXT)");
    long_data();
    cursor();
    bulk();
    query("DROP TABLE long_values");
    mysql_close(connection);
    return 0;
}
