// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;

namespace L7Trace.Export.Otlp.Spans;

/// <summary>
/// Which spans are sent: the samplers of OTEL_TRACES_SAMPLER (OpenTelemetry's "Trace SDK", Sampling). The decision for
/// a call that carries a traceparent is that of its trace unless another sampler is asked for.
/// </summary>
public sealed class SpanSampler
{
    private readonly bool _heedsParent;
    private readonly double _ratio;

    private SpanSampler(bool heedsParent, double ratio) => (_heedsParent, _ratio) = (heedsParent, ratio);

    /// <summary>parentbased_always_on.</summary>
    public static SpanSampler Default { get; } = new(heedsParent: true, ratio: 1);

    /// <summary>The sampler of that name; null when there is none.</summary>
    /// <param name="name">As OTEL_TRACES_SAMPLER has it.</param>
    /// <param name="ratio">From 0 to 1, for those that take one.</param>
    public static SpanSampler? Find(string name, double ratio) => name switch
    {
        "always_on" => new SpanSampler(heedsParent: false, 1),
        "always_off" => new SpanSampler(heedsParent: false, 0),
        "traceidratio" => new SpanSampler(heedsParent: false, ratio),
        "parentbased_always_on" => Default,
        "parentbased_always_off" => new SpanSampler(heedsParent: true, 0),
        "parentbased_traceidratio" => new SpanSampler(heedsParent: true, ratio),
        _ => null,
    };

    /// <summary>True when the span is to be sent.</summary>
    /// <param name="traceId">16 bytes.</param>
    /// <param name="isParentSampled">The sampled flag of its parent; null when it has none.</param>
    public bool Takes(ReadOnlySpan<byte> traceId, bool? isParentSampled) =>
        _heedsParent && isParentSampled is { } sampled ? sampled
        : _ratio >= 1 || (_ratio > 0 && (BinaryPrimitives.ReadUInt64BigEndian(traceId[8..]) & long.MaxValue) < (ulong)(_ratio * long.MaxValue));
}
