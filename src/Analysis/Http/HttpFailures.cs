// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.Grpc;

namespace L7Trace.Analysis.Http;

/// <summary>Failed calls of a route by kind and by name, for a bounded number of names. Not thread-safe.</summary>
public sealed class HttpFailures
{
    /// <summary>The name of <see cref="HttpFailureKind.Closed"/>, as error.type has it.</summary>
    public const string Closed = "connection_closed";

    /// <summary>The same where one end is known to have broken the connection off.</summary>
    public const string Reset = "connection_reset";

    private const int MaxNames = 64;

    private readonly long[] _kinds = new long[Enum.GetValues<HttpFailureKind>().Length];
    private readonly Dictionary<string, long> _names = new(StringComparer.Ordinal);

    /// <summary>Failed calls whose name had no room.</summary>
    public long Others { get; private set; }

    /// <summary>Failed calls.</summary>
    public long Total => _kinds.Sum();

    /// <summary>Failed calls of a kind.</summary>
    public long this[HttpFailureKind kind] => _kinds[(int)kind];

    /// <summary>Kind and name of a failure (status code, gRPC's status, error of the reset); null when nothing failed.</summary>
    public static (HttpFailureKind Kind, string Name)? Of(HttpExchange exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        return exchange switch
        {
            { Grpc.StatusCode: > GrpcStatus.Ok and var code } => (HttpFailureKind.Grpc, GrpcStatus.NameOf(code)),
            { IsReset: true } => (HttpFailureKind.Reset, exchange.ResetError ?? "_OTHER"),
            { StatusCode: >= 500 and var status } => (HttpFailureKind.Server, status.ToString(CultureInfo.InvariantCulture)),
            { StatusCode: >= 400 and var status } => (HttpFailureKind.Client, status.ToString(CultureInfo.InvariantCulture)),
            { State: ExchangeState.Aborted, IsCutOffByReset: true } => (HttpFailureKind.Closed, Reset),
            { State: ExchangeState.Aborted } => (HttpFailureKind.Closed, Closed),
            _ => null,
        };
    }

    /// <summary>The names and their calls, the most calls first.</summary>
    public IReadOnlyList<(string Name, long Count)> Sorted() => [.. _names
        .OrderByDescending(static entry => entry.Value).ThenBy(static entry => entry.Key, StringComparer.Ordinal)
        .Select(static entry => (entry.Key, entry.Value))];

    internal void Add(HttpExchange exchange)
    {
        if (Of(exchange) is not var (kind, name))
        {
            return;
        }

        _kinds[(int)kind]++;
        if (_names.TryGetValue(name, out var count))
        {
            _names[name] = count + 1;
        }
        else if (_names.Count < MaxNames)
        {
            _names.Add(name, 1);
        }
        else
        {
            Others++;
        }
    }
}
