// SPDX-License-Identifier: Apache-2.0
// The client in C, MariaDB Connector/C: c_client HOST PORT USER PASSWORD DATABASE CONVERSATION (see README.md).
// An integer goes as the smallest type that holds it, bytes of more than a kilobyte in pieces (COM_STMT_SEND_LONG_DATA).
#include <mysql.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FIELDS = 64, MAX_STATEMENTS = 256, LONG_DATA = 1024, PIECE = 700 };

struct prepared {
    char *sql;
    MYSQL_STMT *statement;
};

struct value {
    int64_t integer;
    double real;
    float single;
    MYSQL_TIME time;
    unsigned long length;
    char *text;
};

static MYSQL *link_;
static struct prepared prepared[MAX_STATEMENTS];
static int prepared_count;
static char state[SQLSTATE_LENGTH + 1]; // of the last error

static void die(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, mysql_error(link_));
    exit(1);
}

static size_t unescape(char *text)
{
    char *to = text;
    for (const char *from = text; *from; from++) {
        char c = *from;
        if (c == '\\') {
            c = *++from;
            c = c == 't' ? '\t' : c == 'n' ? '\n' : c == '0' ? '\0' : c;
        }
        *to++ = c;
    }
    *to = '\0';
    return (size_t)(to - text);
}

static void bind_integer(MYSQL_BIND *bind, struct value *value, const char *text, bool is_unsigned)
{
    bind->is_unsigned = is_unsigned;
    bind->buffer = &value->integer;
    if (is_unsigned) {
        uint64_t number = strtoull(text, NULL, 10);
        value->integer = (int64_t)number;
        bind->buffer_type = number <= UINT8_MAX    ? MYSQL_TYPE_TINY
                            : number <= UINT16_MAX ? MYSQL_TYPE_SHORT
                            : number <= UINT32_MAX ? MYSQL_TYPE_LONG
                                                   : MYSQL_TYPE_LONGLONG;
        return;
    }
    int64_t number = strtoll(text, NULL, 10);
    value->integer = number;
    bind->buffer_type = number >= INT8_MIN && number <= INT8_MAX     ? MYSQL_TYPE_TINY
                        : number >= INT16_MIN && number <= INT16_MAX ? MYSQL_TYPE_SHORT
                        : number >= INT32_MIN && number <= INT32_MAX ? MYSQL_TYPE_LONG
                                                                     : MYSQL_TYPE_LONGLONG;
}

static void bind_bytes(MYSQL_BIND *bind, struct value *value, const char *hex)
{
    value->length = strlen(hex) / 2;
    value->text = malloc(value->length + 1);
    for (unsigned long i = 0; i < value->length; i++) {
        unsigned byte;
        sscanf(hex + 2 * i, "%2x", &byte);
        value->text[i] = (char)byte;
    }
    bind->buffer_type = value->length > LONG_DATA ? MYSQL_TYPE_LONG_BLOB : MYSQL_TYPE_BLOB;
    bind->buffer = value->text;
    bind->buffer_length = value->length;
    bind->length = &value->length;
}

static void bind_time(MYSQL_BIND *bind, struct value *value, const char *text)
{
    const char *rest = text + 2;
    MYSQL_TIME *time = &value->time;
    bind->buffer = time;
    if (text[0] == 'h') {
        bind->buffer_type = MYSQL_TYPE_TIME;
        time->time_type = MYSQL_TIMESTAMP_TIME;
        time->neg = rest[0] == '-';
        sscanf(rest + time->neg, "%u:%u:%u.%6lu", &time->hour, &time->minute, &time->second, &time->second_part);
        return;
    }
    bind->buffer_type = text[0] == 'y' ? MYSQL_TYPE_DATE : MYSQL_TYPE_DATETIME;
    time->time_type = text[0] == 'y' ? MYSQL_TIMESTAMP_DATE : MYSQL_TIMESTAMP_DATETIME;
    sscanf(rest, "%u-%u-%u %u:%u:%u.%6lu", &time->year, &time->month, &time->day, &time->hour, &time->minute, &time->second,
           &time->second_part);
}

static void bind_value(MYSQL_BIND *bind, struct value *value, char *text, size_t length)
{
    const char *rest = text + 2;
    memset(bind, 0, sizeof *bind);
    memset(value, 0, sizeof *value);
    switch (text[0]) {
    case 'n':
        bind->buffer_type = MYSQL_TYPE_NULL;
        break;
    case 'i':
    case 'u':
        bind_integer(bind, value, rest, text[0] == 'u');
        break;
    case 'f':
        value->single = strtof(rest, NULL);
        bind->buffer_type = MYSQL_TYPE_FLOAT;
        bind->buffer = &value->single;
        break;
    case 'd':
        value->real = strtod(rest, NULL);
        bind->buffer_type = MYSQL_TYPE_DOUBLE;
        bind->buffer = &value->real;
        break;
    case 'b':
        bind_bytes(bind, value, rest);
        break;
    case 't':
    case 'y':
    case 'h':
        bind_time(bind, value, text);
        break;
    default:
        value->length = length - 2;
        bind->buffer_type = text[0] == 'm' ? MYSQL_TYPE_NEWDECIMAL : MYSQL_TYPE_STRING;
        bind->buffer = (void *)rest;
        bind->buffer_length = value->length;
        bind->length = &value->length;
    }
}

static unsigned error_of_link(void)
{
    strcpy(state, mysql_sqlstate(link_));
    return mysql_errno(link_);
}

static unsigned error_of(MYSQL_STMT *statement)
{
    strcpy(state, mysql_stmt_sqlstate(statement));
    return mysql_stmt_errno(statement);
}

static unsigned run_text(const char *sql, size_t length, unsigned long *rows, long long *affected)
{
    if (mysql_real_query(link_, sql, length))
        return error_of_link();
    for (;;) {
        MYSQL_RES *result = mysql_store_result(link_);
        if (result) {
            *rows += mysql_num_rows(result);
            mysql_free_result(result);
        } else if (mysql_field_count(link_) == 0) {
            *affected = (long long)mysql_affected_rows(link_);
        }
        int more = mysql_next_result(link_);
        if (more > 0)
            return error_of_link();
        if (more < 0)
            return 0;
    }
}

static MYSQL_STMT *find_statement(const char *sql, size_t length, unsigned *error)
{
    for (int i = 0; i < prepared_count; i++)
        if (strcmp(prepared[i].sql, sql) == 0)
            return prepared[i].statement;
    MYSQL_STMT *statement = mysql_stmt_init(link_);
    if (mysql_stmt_prepare(statement, sql, length)) {
        *error = error_of(statement);
        mysql_stmt_close(statement);
        return NULL;
    }
    if (prepared_count == MAX_STATEMENTS)
        die("too many statements");
    prepared[prepared_count++] = (struct prepared){strdup(sql), statement};
    return statement;
}

static unsigned read_results(MYSQL_STMT *statement, bool cursor, unsigned long *rows, long long *affected)
{
    for (;;) {
        if (mysql_stmt_field_count(statement) > 0) {
            if (!cursor)
                mysql_stmt_store_result(statement);
            int status;
            while ((status = mysql_stmt_fetch(statement)) == 0 || status == MYSQL_DATA_TRUNCATED)
                ++*rows;
            if (status == 1)
                return error_of(statement);
        } else {
            *affected = (long long)mysql_stmt_affected_rows(statement);
        }
        if (cursor || mysql_stmt_next_result(statement) != 0)
            break;
    }
    mysql_stmt_free_result(statement);
    return 0;
}

static unsigned run_prepared(char **fields, const size_t *lengths, int count, bool cursor, unsigned long *rows, long long *affected)
{
    unsigned error = 0;
    MYSQL_STMT *statement = find_statement(fields[1], lengths[1], &error);
    if (!statement)
        return error;
    unsigned long type = cursor ? CURSOR_TYPE_READ_ONLY : CURSOR_TYPE_NO_CURSOR, prefetch = 3;
    mysql_stmt_attr_set(statement, STMT_ATTR_CURSOR_TYPE, &type);
    mysql_stmt_attr_set(statement, STMT_ATTR_PREFETCH_ROWS, &prefetch);
    MYSQL_BIND binds[MAX_FIELDS];
    struct value values[MAX_FIELDS];
    for (int i = 2; i < count; i++)
        bind_value(&binds[i - 2], &values[i - 2], fields[i], lengths[i]);
    if (count > 2 && mysql_stmt_bind_param(statement, binds))
        die("mysql_stmt_bind_param");
    for (int i = 0; i < count - 2; i++)
        if (binds[i].buffer_type == MYSQL_TYPE_LONG_BLOB)
            for (unsigned long at = 0; at < values[i].length; at += PIECE)
                mysql_stmt_send_long_data(statement, (unsigned)i, values[i].text + at,
                                          values[i].length - at < PIECE ? values[i].length - at : PIECE);
    if (mysql_stmt_execute(statement))
        error = error_of(statement);
    else
        error = read_results(statement, cursor, rows, affected);
    for (int i = 0; i < count - 2; i++)
        free(values[i].text);
    return error;
}

int main(int argc, char **argv)
{
    if (argc != 7)
        return 2;
    link_ = mysql_init(NULL);
    if (getenv("TLS_CA"))
        mysql_ssl_set(link_, NULL, NULL, getenv("TLS_CA"), NULL, NULL);
    if (!mysql_real_connect(link_, argv[1], argv[3], argv[4], argv[5], (unsigned)atoi(argv[2]), NULL,
                            CLIENT_MULTI_STATEMENTS | CLIENT_MULTI_RESULTS))
        die("connect");
    mysql_set_character_set(link_, "utf8mb4");
    FILE *steps = fopen(argv[6], "r");
    if (!steps)
        return 1;
    char *line = NULL;
    size_t capacity = 0;
    ssize_t read;
    for (int number = 0; (read = getline(&line, &capacity, steps)) > 0; number++) {
        if (line[read - 1] == '\n')
            line[read - 1] = '\0';
        char *fields[MAX_FIELDS];
        size_t lengths[MAX_FIELDS];
        int count = 0;
        for (char *next = line; next && count < MAX_FIELDS;)
            fields[count++] = strsep(&next, "\t");
        for (int i = 0; i < count; i++)
            lengths[i] = unescape(fields[i]);
        unsigned long rows = 0;
        long long affected = -1;
        unsigned error = strcmp(fields[0], "text") == 0
                             ? run_text(fields[1], lengths[1], &rows, &affected)
                             : run_prepared(fields, lengths, count, strcmp(fields[0], "cursor") == 0, &rows, &affected);
        if (rows > 0 || error || affected < 0)
            printf("%d\t%lu\t-\t%u\t%s\n", number, error ? 0 : rows, error, error ? state : "-");
        else
            printf("%d\t%lu\t%lld\t%u\t-\n", number, rows, affected, error);
    }
    free(line);
    fclose(steps);
    for (int i = 0; i < prepared_count; i++) {
        mysql_stmt_close(prepared[i].statement);
        free(prepared[i].sql);
    }
    mysql_close(link_);
    return 0;
}
