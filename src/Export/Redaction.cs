// SPDX-License-Identifier: Apache-2.0
using System.Text;
using L7Trace.Analysis.Sql;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.MySql;

namespace L7Trace.Export;

/// <summary>
/// What of captured text may leave the program. By default the shape, not the values: literals of statements, values of
/// query strings and path parameters become "?", error messages (they quote data) and SQL comments are withheld.
/// Authentication bytes never get this far.
/// </summary>
public sealed class Redaction
{
    /// <summary>Values are withheld.</summary>
    public static Redaction Default { get; } = new(showSecrets: false);

    /// <summary>Everything is shown as sent (--show-secrets).</summary>
    public static Redaction Off { get; } = new(showSecrets: true);

    private Redaction(bool showSecrets) => ShowsSecrets = showSecrets;

    /// <summary>True when text is shown as sent.</summary>
    public bool ShowsSecrets { get; }

    /// <summary>The statement as it may be shown; null when the exchange has none.</summary>
    public string? Statement(MySqlExchange exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        return exchange.StatementText is not { } text || ShowsSecrets
            ? exchange.StatementText
            : RedactedText.Of(
                text, exchange.StatementTextMissing > 0, DigestCache.BackslashesAreLiteral(exchange), DigestCache.DialectOf(exchange));
    }

    /// <summary>
    /// The statement with the values of its parameters in place of the markers, where they are known and may be shown;
    /// else as <see cref="Statement"/>.
    /// </summary>
    public string? FilledStatement(MySqlExchange exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        return ShowsSecrets ? FilledText.Of(exchange) : Statement(exchange);
    }

    /// <summary>The server's error message; null when it is withheld or there is none.</summary>
    public string? ErrorMessage(MySqlExchange exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        return ShowsSecrets ? exchange.ErrorMessage : null;
    }

    /// <summary>The query of a URL: names stay, values become "?"; what has no "=" is taken for a value.</summary>
    public string? Query(HttpExchange exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        return exchange.Query is not { } query || ShowsSecrets ? exchange.Query : HideValues(query, '&');
    }

    /// <summary>The path of a URL; values of path parameters (";jsessionid=...") become "?".</summary>
    public string? Path(HttpExchange exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        return exchange.Path is not { } path || ShowsSecrets || !path.Contains(';', StringComparison.Ordinal)
            ? exchange.Path
            : HideParameters(path);
    }

    private static string HideParameters(string path)
    {
        var result = new StringBuilder(path.Length);
        foreach (var range in path.AsSpan().Split('/'))
        {
            var segment = path.AsSpan(range);
            var semicolon = segment.IndexOf(';');
            result.Append(range.Start.Value > 0 ? "/" : "");
            result.Append(semicolon < 0 ? segment : segment[..semicolon]);
            if (semicolon >= 0)
            {
                result.Append(';').Append(HideValues(segment[(semicolon + 1)..], ';'));
            }
        }

        return result.ToString();
    }

    private static string HideValues(ReadOnlySpan<char> text, char separator)
    {
        var result = new StringBuilder(text.Length);
        foreach (var range in text.Split(separator))
        {
            var pair = text[range];
            var equals = pair.IndexOf('=');
            if (range.Start.Value > 0)
            {
                result.Append(separator);
            }

            if (equals > 0)
            {
                result.Append(pair[..(equals + 1)]).Append('?');
            }
            else if (!pair.IsEmpty)
            {
                result.Append('?');
            }
        }

        return result.ToString();
    }
}
