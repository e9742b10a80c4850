// SPDX-License-Identifier: Apache-2.0
using L7Trace.Cli.Options;
using L7Trace.Export.Fields;
using L7Trace.Export.Otlp.Configuration;
using L7Trace.Export.Where;
using L7Trace.Parsers.Model;

namespace L7Trace.Cli.Hosting;

/// <summary>
/// Which exchanges are shown: not those of l7trace with its collector, and of the others all of <c>--protocol</c>, <c>--tls-only</c>,
/// <c>--min-latency</c> and <c>--where</c> must hold. Sides are the
/// merger's business. Not thread-safe.
/// </summary>
internal sealed class ExchangeFilter
{
    private readonly IReadOnlyList<Protocol> _protocols;
    private readonly long? _minLatency;
    private readonly bool _tlsOnly;
    private readonly WhereExpression? _where;
    private readonly OtlpSettings? _otlp;
    private readonly FieldContext _fields;

    /// <summary>Makes one.</summary>
    /// <param name="settings">What is asked for.</param>
    /// <param name="minLatency">What took less is left out, nanoseconds; null for none.</param>
    public ExchangeFilter(TraceSettings settings, long? minLatency)
    {
        _protocols = settings.Protocols;
        _tlsOnly = settings.TlsOnly;
        _minLatency = minLatency;
        _otlp = settings.Otlp;
        _where = settings.Where;
        _fields = new FieldContext(settings.Redaction, routes: settings.Routes.Count > 0 ? settings.NewRouteTable() : null) { ContainerOf = settings.ContainerOf };
    }

    /// <summary>Finished exchanges that <c>--where</c> left out.</summary>
    public long LeftOut { get; private set; }

    /// <summary>Those of them that it could not judge, because a field that it needs is not known.</summary>
    public long Undecided { get; private set; }

    /// <summary>True when it is to be shown. Running ones are measured by <paramref name="now"/>.</summary>
    public bool Shows(Exchange exchange, long now) =>
        (_protocols.Count == 0 || _protocols.Contains(exchange.Protocol)) && (exchange.Tls || !_tlsOnly) &&
        (_minLatency is not { } least ||
            (exchange.State == ExchangeState.Running ? exchange.Age(now) : exchange.Duration) >= least) &&
        _otlp?.IsOwn(exchange) != true &&
        (_where is null || Holds(_where, exchange, now));

    private bool Holds(WhereExpression where, Exchange exchange, long now)
    {
        _fields.Now = now;
        var truth = where.Test(_fields, exchange);
        if (truth != WhereTruth.True && exchange.State != ExchangeState.Running)
        {
            LeftOut++;
            Undecided += truth == WhereTruth.Unknown ? 1 : 0;
        }

        return truth == WhereTruth.True;
    }
}
