// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;

namespace L7Trace.Export;

/// <summary>
/// A place where exchanges go. Called on one thread. What it throws is caught and counted by <see cref="SinkFanout"/>.
/// </summary>
public interface IExchangeSink
{
    /// <summary>Takes one exchange, finished or (for some verbs) still running; must not change it.</summary>
    void Write(Exchange exchange);

    /// <summary>Hands on what was buffered.</summary>
    void Flush();
}
