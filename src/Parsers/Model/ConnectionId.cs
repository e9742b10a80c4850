// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Model;

/// <summary>
/// Identity of one socket for the whole of its life: the kernel's socket cookie, which survives dup, fork and the
/// reuse of descriptor numbers. For packets it is a number given by the reader of the capture.
/// </summary>
public readonly record struct ConnectionId(ulong Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value.ToString("x", System.Globalization.CultureInfo.InvariantCulture);
}
