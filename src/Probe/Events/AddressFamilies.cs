// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe.Events;

/// <summary>Values of l7_open_event.family.</summary>
internal static class AddressFamilies
{
    internal const ushort Unix = 1;
    internal const ushort Inet = 2;
    internal const ushort Inet6 = 10;
}
