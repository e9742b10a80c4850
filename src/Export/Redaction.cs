// SPDX-License-Identifier: Apache-2.0
using L7Trace.Analysis.Sql;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.MySql;

namespace L7Trace.Export;

/// <summary>
/// What of captured text may leave the program. By default the shape, not the values: literals of statements, values of
/// query strings, path parameters and headers become "?", error messages (they quote data) and SQL comments are withheld.
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
        return exchange.Query is not { } query || ShowsSecrets ? exchange.Query : UrlRedaction.Values(query, '&');
    }

    /// <summary>The path of a URL; values of path parameters (";jsessionid=...") become "?".</summary>
    public string? Path(HttpExchange exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        return exchange.Path is not { } path || ShowsSecrets ? exchange.Path : UrlRedaction.Path(path);
    }

    /// <summary>Host header or authority; a user's name and password in front of it become "?".</summary>
    public string? Host(HttpExchange exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        return exchange.Host is not { } host || ShowsSecrets ? exchange.Host : UrlRedaction.Authority(host);
    }

    /// <summary>The target where it is no path: the authority of CONNECT, the asterisk of OPTIONS.</summary>
    public string? Target(HttpExchange exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        return exchange.Target is not { } target || ShowsSecrets ? exchange.Target
            : exchange.Path is null ? UrlRedaction.Authority(target)
            : UrlRedaction.Of(target);
    }

    /// <summary>
    /// The value of a header or trailer. Known ones that say how, not what or who, stay; credentials, cookies and everything that
    /// is not known becomes "?", as far as it says more than a shape.
    /// </summary>
    public string Header(string name, string value)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(value);
        return ShowsSecrets ? value : HeaderRedaction.ValueOf(name, value);
    }
}
