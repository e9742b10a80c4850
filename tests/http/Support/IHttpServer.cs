// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.HttpTests.Support;

/// <summary>A server that runs.</summary>
internal interface IHttpServer : IAsyncDisposable
{
    /// <summary>Its port on loopback.</summary>
    int Port { get; }

    /// <summary>All its processes.</summary>
    IReadOnlyList<int> ProcessIds { get; }

    /// <summary>What its journal says so far; null when it keeps none.</summary>
    IReadOnlyList<JournalEntry>? Journal { get; }
}
