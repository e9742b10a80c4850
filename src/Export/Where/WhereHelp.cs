// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Export.Where;

/// <summary>How an expression is written, in short; docs/where.md says it at length.</summary>
public static class WhereHelp
{
    /// <summary>A few lines.</summary>
    public const string Text = """
        An expression for --where:
          duration > 50ms && db.query.text ~ "orders"     == != < <= > >= compare, ~ and !~ take a regular expression
          protocol == http and not tls                    && and, || or, ! not, parentheses; a boolean stands alone
          db.response.status_code in (1062, 1213)         one of several; also: not in (...)
          has(db.namespace)                               the field is known
        Values: 50ms 1.5s 200us (a duration needs its unit), 4096 64KiB 1MiB, 2026-11-23T03:15:09Z, text bare or in '..' or "..".
        Durations may also be named with their unit, as in the JSON lines: duration_ns. Text is compared exactly, letter case
        included; (?i) at the beginning of a regular expression ignores it. A comparison with a field that is not known never
        holds, and neither does its opposite. Literals are ? in what --where sees, unless --show-secrets.
        """;
}
