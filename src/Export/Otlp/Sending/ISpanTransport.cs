// SPDX-License-Identifier: Apache-2.0
using L7Trace.Export.Otlp.Messages;

namespace L7Trace.Export.Otlp.Sending;

/// <summary>Brings one request to a collector, once.</summary>
internal interface ISpanTransport : IDisposable
{
    /// <summary>
    /// Tries it. What goes wrong with the collector or on the way is an answer, not an exception; only the caller's own
    /// cancellation throws.
    /// </summary>
    Task<SendAnswer> SendAsync(ExportTraceServiceRequest request, CancellationToken cancellation);
}
