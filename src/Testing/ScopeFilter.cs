// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.Analysis.Sql;

namespace L7Trace.Testing;

/// <summary>
/// What belongs to a scope besides its time, so that tests that run at once can share a server: one client's port, one user, one
/// connection, or a tag in a comment of the statement. Two scopes at the same time need filters of the same kind with different
/// values.
/// </summary>
public sealed class ScopeFilter
{
    private readonly Func<TracedStatement, bool?> _statement;
    private readonly Func<TracedRequest, bool?> _request;

    private ScopeFilter(string kind, string value, Func<TracedStatement, bool?> statement, Func<TracedRequest, bool?> request) =>
        (Kind, Value, _statement, _request) = (kind, value, statement, request);

    internal string Kind { get; }

    internal string Value { get; }

    /// <summary>
    /// Statements and requests from this port of the client, as the traced end sees it: behind a published port of a container that
    /// may be another one than the client's own.
    /// </summary>
    public static ScopeFilter ClientPort(int port) =>
        new("client port", port.ToString(CultureInfo.InvariantCulture), x => Is(x.Client?.Port, port), x => Is(x.Client?.Port, port));

    /// <summary>Statements of this MySQL user. Its connections must have been opened while the trace ran.</summary>
    public static ScopeFilter User(string name) => new("user", name, x => x.User is { } user ? user == name : null, static _ => false);

    /// <summary>
    /// Statements of this connection: CONNECTION_ID(), which MySqlConnector has as <c>ServerThread</c>. It must have been opened
    /// while the trace ran.
    /// </summary>
    public static ScopeFilter Connection(long id) =>
        new("connection", id.ToString(CultureInfo.InvariantCulture), x => Is(x.ConnectionId, id), static _ => false);

    /// <summary>Statements with this text as a word of its own in a comment, as Entity Framework's <c>TagWith</c> and sqlcommenter put it there.</summary>
    public static ScopeFilter Tag(string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        return new("tag", text, x => x.Text is { } sql && SqlComments.Any(sql, text) ? true : x.Text is null || x.Doubt is not null ? null : false, static _ => false);
    }

    /// <summary>Null for a statement of which what is asked for is not known. Other commands are left out where it is not.</summary>
    internal bool? Has(TracedStatement statement) => _statement(statement) ?? (statement is { IsStatement: true, Noise: SetupNoise.None } ? null : false);

    internal bool? Has(TracedRequest request) => _request(request);

    internal bool IsApartFrom(ScopeFilter other) => Kind == other.Kind && Value != other.Value;

    /// <inheritdoc/>
    public override string ToString() => $"{Kind} {Value}";

    private static bool? Is<T>(T? known, T wanted)
        where T : struct, IEquatable<T> => known is { } value ? value.Equals(wanted) : null;
}
