// SPDX-License-Identifier: Apache-2.0
// Numbered statements over many connections at once, as only the C library sends them: text, several results of one text,
// prepared, by cursor, and a text while a cursor is open. Each number n has so many rows as its count says, and every answer
// is checked here. mysql_numbers PORT USER PASSWORD DATABASE COUNT CONNECTIONS
#include <mysql.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KINDS = 5, PREFETCH = 7, TEXT = 300 };

static char **arguments;
static long count, connections;

static void fail(long n, const char *why)
{
    fprintf(stderr, "%ld: %s\n", n, why);
    exit(1);
}

static long rows_of(long n) { return n * 7919 % 97; }

// Rows of all results of one text.
static void run_text(MYSQL *link, long n, long wanted, const char *text)
{
    long rows = 0;
    if (mysql_query(link, text))
        fail(n, mysql_error(link));
    do {
        MYSQL_RES *result = mysql_store_result(link);
        if (!result)
            fail(n, mysql_error(link));
        rows += (long)mysql_num_rows(result);
        mysql_free_result(result);
    } while (mysql_next_result(link) == 0);
    if (rows != wanted)
        fail(n, "other rows than asked for");
}

static void run_prepared(MYSQL *link, long n, int by_cursor, int with_text)
{
    char text[TEXT], between[TEXT];
    unsigned long type = CURSOR_TYPE_READ_ONLY, prefetch = PREFETCH;
    int limit = (int)rows_of(n), value = 0;
    long seen = 0;
    MYSQL_BIND bind, result;
    MYSQL_STMT *statement = mysql_stmt_init(link);
    memset(&bind, 0, sizeof bind);
    memset(&result, 0, sizeof result);
    bind.buffer_type = result.buffer_type = MYSQL_TYPE_LONG;
    bind.buffer = &limit;
    result.buffer = &value;
    if (by_cursor) {
        mysql_stmt_attr_set(statement, STMT_ATTR_CURSOR_TYPE, &type);
        mysql_stmt_attr_set(statement, STMT_ATTR_PREFETCH_ROWS, &prefetch);
    }
    snprintf(text, sizeof text, "SELECT /* n=%ld */ v FROM hundred WHERE v <= ?", n);
    snprintf(between, sizeof between, "SELECT /* n=%ld between */ v FROM hundred WHERE v <= %ld", n, 96 - rows_of(n));
    if (mysql_stmt_prepare(statement, text, strlen(text)) || mysql_stmt_bind_param(statement, &bind) ||
        mysql_stmt_execute(statement) || mysql_stmt_bind_result(statement, &result))
        fail(n, mysql_stmt_error(statement));
    if (!by_cursor && mysql_stmt_store_result(statement))
        fail(n, mysql_stmt_error(statement));
    while (mysql_stmt_fetch(statement) == 0) {
        seen++;
        if (with_text && seen == PREFETCH)
            run_text(link, n, 96 - rows_of(n), between);
    }
    if (seen != limit)
        fail(n, "other rows than asked for");
    mysql_stmt_close(statement);
}

static void *run(void *first)
{
    MYSQL *link = mysql_init(NULL);
    if (!mysql_real_connect(link, "127.0.0.1", arguments[2], arguments[3], arguments[4], (unsigned)atoi(arguments[1]), NULL,
                            CLIENT_MULTI_STATEMENTS))
        fail(0, mysql_error(link));
    for (long n = (long)first; n <= count; n += connections) {
        char text[TEXT];
        long half = rows_of(n) / 2;
        switch (n % KINDS) {
        case 0:
            snprintf(text, sizeof text, "SELECT /* n=%ld */ v FROM hundred WHERE v <= %ld", n, rows_of(n));
            run_text(link, n, rows_of(n), text);
            break;
        case 1:
            snprintf(text, sizeof text, "SELECT /* n=%ld */ v FROM hundred WHERE v <= %ld; SELECT v FROM hundred WHERE v <= %ld",
                     n, half, rows_of(n) - half);
            run_text(link, n, rows_of(n), text);
            break;
        default:
            run_prepared(link, n, n % KINDS > 2, n % KINDS == 4);
        }
    }
    mysql_close(link);
    mysql_thread_end();
    return NULL;
}

int main(int argc, char **argv)
{
    if (argc != 7)
        fail(0, "PORT USER PASSWORD DATABASE COUNT CONNECTIONS");
    arguments = argv;
    count = atol(argv[5]);
    connections = atol(argv[6]);
    mysql_library_init(0, NULL, NULL);
    pthread_t *threads = calloc((size_t)connections, sizeof *threads);
    for (long i = 0; i < connections; i++)
        pthread_create(&threads[i], NULL, run, (void *)(i + 1));
    for (long i = 0; i < connections; i++)
        pthread_join(threads[i], NULL);
    free(threads);
    return 0;
}
