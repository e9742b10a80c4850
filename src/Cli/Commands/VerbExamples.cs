// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Cli.Commands;

/// <summary>The examples below the help of one verb.</summary>
internal static class VerbExamples
{
    /// <summary>The text, heading included.</summary>
    public static string For(string verb) => verb switch
    {
        RunCommand.Name => """
            Examples:
              l7trace run -- curl -s http://127.0.0.1:8080/
              l7trace run -o jsonl -w trace.jsonl -- ./app --serve
              sudo l7trace run --min-latency 10ms -- php artisan migrate

            The command's stdin, stdout and stderr are its own; the trace goes to stderr, or to the file of -w.
            The trace ends with the command: what it leaves running behind it is not waited for.
            """,
        CheckCommand.Name => """
            Examples:
              sudo l7trace check --no-n-plus-one --no-errors -- ./run-tests
              sudo l7trace check --container shop-db --max-p95 50ms --max-statements 2000 --junit sql.xml -- npm test
              sudo l7trace check --no-write-without-where --ignore 'DELETE FROM `sessions`' -- pytest tests/api

            The traffic is that of the command and its children, or of the scope that is given. The exit code is the
            command's when that is not 0, else 5 when a rule is broken, or when something was lost so that it can't be
            said. Set-up (SET, SHOW, transactions, DDL, migrations) does not count as statements.
            """,
        "watch" => """
            Examples:
              sudo l7trace watch --pid 1234
              sudo l7trace watch --name php-fpm8.2 --protocol mysql --min-latency 5ms
              sudo l7trace watch --port 3306 -o jsonl | jq .
              l7trace watch -r day.pcapng.gz --protocol mysql
              sudo l7trace watch --port 3306 --where 'db.response.status_code != 0 && duration > 50ms'
              sudo l7trace watch --name nginx --otlp=http://collector:4318
              ssh host tcpdump -U -s0 -w - port 3306 | l7trace watch -r -
            """,
        "report" => """
            Examples:
              sudo l7trace report --port 3306 --for 60s
              sudo l7trace report --name nginx,mysqld
              sudo l7trace report --pid 1234 --for 5m -o jsonl -w report.jsonl
              sudo l7trace report mysql --port 3306 --for 60s
              sudo l7trace report http --port 80 --for 60s --route '/users/{id}/orders' --routes-from routes.txt
              l7trace report mysql -r day.pcapng --order-by p95 --limit 10
              sudo l7trace report --port 80 --for 60s --where 'url.template == "/orders/{id}"'
              l7trace report -r a.pcap b.pcap              (captures, merged by time)
              l7trace report --read trace.jsonl            (written by: l7trace watch -o jsonl -w trace.jsonl)
            """,
        "slow" => """
            Examples:
              sudo l7trace slow --port 3306 --min-latency 100ms
              sudo l7trace slow --name mysqld --min-latency 2s -o jsonl
              l7trace slow -r day.pcapng --min-latency 1s
              sudo l7trace slow --port 3306 -o slowlog -w slow.log
              sudo l7trace slow --name mysqld --where 'db.user == shop && !(db.query.text ~ "^SELECT SLEEP")'

            What failed is shown too, however fast it was. What has not finished when it crosses the
            threshold is shown at that moment as running, and again when it is done.
            """,
        FollowCommand.Name => """
            Examples:
              l7trace follow -r trace.pcapng                       (every exchange, one after the other)
              l7trace follow 2a-3e8 -r trace.pcapng                (one exchange, by the id that -o jsonl has)
              l7trace follow 2a -r trace.pcapng --show-secrets     (a whole connection, bodies and all)
              l7trace follow -r day.pcapng --where 'http.response.status_code >= 500' --count 3
              sudo l7trace follow --port 8080 --where 'url.path ~ "^/orders"' --capture-limit 256KiB

            "=" begins an exchange, ">" what the client sent, "<" what the server sent, "*" what l7trace says of
            it. Bodies are decoded (gzip, deflate, br, zstd). Without --show-secrets there is their shape: JSON
            and forms without values. A connection is followed in the order in which exchanges end.
            """,
        RecordCommand.Name => """
            Examples:
              sudo l7trace record --port 3306 -w trace.pcapng
              sudo l7trace record --name nginx,mysqld -w trace.pcapng --rotate-size 100M --for 1h
              sudo l7trace record --port 80 -w - | tshark -r -
              l7trace watch -r trace.pcapng                (the same exchanges again, without root)

            The file has what was sent, passwords in statements and cookies in requests included; nothing in it
            is redacted. With --rotate-... FILE.pcapng becomes FILE-00001.pcapng, FILE-00002.pcapng and so on.
            """,
        KeyLogCommand.Name => """
            Examples:
              sudo l7trace keylog --name curl,nginx -w keys.log
              sudo tcpdump -i any -w trace.pcap 'port 443'        (meanwhile, in another terminal)
              tshark -r trace.pcap -o tls.keylog_file:keys.log -Y http

            It reads OpenSSL 3 (TLS 1.2 and 1.3), in a program's own file too, where its code shows for certain what
            is read; else it says that it can't. Connections made before it began have no secrets in the file.
            """,
        ExportCommand.Name => """
            Examples:
              l7trace export -r trace.pcapng --to jsonl
              l7trace export -r trace.pcapng --to slowlog -w slow.log && pt-query-digest slow.log
              l7trace export -r trace.pcapng --to har --where 'http.response.status_code >= 500'
              l7trace export -r trace-00001.pcapng trace-00002.pcapng --to jsonl -w trace.jsonl
              l7trace export -r day.pcap.gz --port 3306 --to pcapng -w mysql.pcapng

            A slow query log has Query_time and Rows_sent. Lock_time and Rows_examined can't be seen from outside
            the server and are 0 in it. pcapng has the connections that the options choose, whole and with payloads
            as they were sent; in the other formats values are withheld unless --show-secrets says otherwise.
            """,
        TlsCommand.Name => """
            Examples:
              sudo l7trace tls -- curl -s https://example.org/
              sudo l7trace tls --name nginx --max-bytes 200
              sudo l7trace tls --pid 1234 --hex
              sudo l7trace tls --name mariadbd -w plain.pcapng      (Wireshark shows it as plaintext)
              sudo l7trace tls --pid 1234 -o jsonl | jq -r .text

            "->" is what the process sent, "<-" what it received; the peer is shown with how it was proven. Text is safe
            for the terminal, and what is no text is dumped in hexadecimal. It is PAYLOAD: bodies, statements and rows
            are shown as sent. Withheld unless --show-secrets: values of headers and of URL queries in the heads of
            HTTP/1, header blocks of HTTP/2, and what a MySQL client sends to log in.
            """,
        "ps" => """
            Examples:
              sudo l7trace ps                              (every process that has a TLS library)
              sudo l7trace ps --name nginx,mariadbd        (these, TLS or not)
              sudo l7trace ps --port 443 -o jsonl

            READ says whether the plaintext is read and, if it is not, why. PROBES counts the functions of the file that a
            trace probes. Nothing is attached by this verb; what it may not look at for lack of rights it counts.
            """,
        "fields" => """
            Examples:
              l7trace fields
              l7trace fields | grep mysql
            """,
        _ => """
            Examples:
              l7trace doctor
              l7trace doctor -o jsonl
              sudo l7trace doctor --bundle l7trace.txt    (to attach to a bug report)

            The exit code is 0 when l7trace can run here and 3 when it can't. Programs are loaded and attached for a moment,
            with nothing in their scope.
            """,
    };
}
