// SPDX-License-Identifier: Apache-2.0
using static L7Trace.Probe.Events.EventLayout;

namespace L7Trace.Probe.Events;

/// <summary>A data record whose lengths have been checked. Points into the ring: valid as long as the record is.</summary>
internal ref struct DataRecord
{
    /// <summary>The fixed part.</summary>
    internal L7DataEvent Event;

    /// <summary>Bytes from the call's beginning.</summary>
    internal ReadOnlySpan<byte> Head;

    /// <summary>Bytes from the call's end.</summary>
    internal ReadOnlySpan<byte> Tail;
}
