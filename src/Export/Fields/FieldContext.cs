// SPDX-License-Identifier: Apache-2.0
using L7Trace.Analysis.Http;
using L7Trace.Analysis.Sql;

namespace L7Trace.Export.Fields;

/// <summary>What reading the fields of an exchange needs beside the exchange. Not thread-safe.</summary>
public sealed class FieldContext
{
    private readonly RouteTable? _routes;

    /// <summary>Makes one.</summary>
    /// <param name="redaction">What is withheld.</param>
    /// <param name="digests">Digests, shared with others on this thread; its own when null.</param>
    /// <param name="routes">Bounds the routes of a host; null for no bound.</param>
    public FieldContext(Redaction redaction, DigestCache? digests = null, RouteTable? routes = null)
    {
        ArgumentNullException.ThrowIfNull(redaction);
        Redaction = redaction;
        Digests = digests ?? new DigestCache();
        _routes = routes;
    }

    /// <summary>What is withheld.</summary>
    public Redaction Redaction { get; }

    /// <summary>The container of a process of this machine; null for none, and for what is not of this machine.</summary>
    public Func<uint, ContainerFacts?>? ContainerOf { get; init; }

    /// <summary>Digests of statements that were met before.</summary>
    public DigestCache Digests { get; }

    /// <summary>The time, nanoseconds since the Unix epoch: what still runs is as old as that.</summary>
    public long Now { get; set; }

    /// <summary>The route of a path on a host.</summary>
    public string RouteOf(string host, string path) => _routes is null ? RouteTemplate.Of(path) : _routes.Of(host, path);
}
