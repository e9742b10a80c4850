// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe.Captures.Files;

/// <summary>
/// Turns an interface's timestamps into nanoseconds since the Unix epoch (if_tsresol and if_tsoffset of
/// draft-ietf-opsawg-pcapng, section 4.2). What doesn't fit is kept between 0 and <see cref="Latest"/>, so that sums
/// and differences of times from a hostile file can't overflow.
/// </summary>
internal readonly struct TimestampUnit
{
    /// <summary>The latest time that is told apart: in the year 2116.</summary>
    public const long Latest = 1L << 62;

    private const long Second = 1_000_000_000;

    private readonly ulong _multiplier;
    private readonly ulong _divisor;
    private readonly int _shift;
    private readonly Int128 _offset;

    /// <summary>Makes one.</summary>
    /// <param name="resolution">if_tsresol: a power of ten, or of two when the highest bit is set; 6 by default.</param>
    /// <param name="offsetSeconds">if_tsoffset: seconds to add.</param>
    public TimestampUnit(byte resolution, long offsetSeconds)
    {
        _offset = (Int128)offsetSeconds * Second;
        _multiplier = 1;
        _divisor = 1;
        var exponent = resolution & 0x7F;
        if ((resolution & 0x80) != 0)
        {
            _multiplier = Second;
            _shift = exponent;
        }
        else if (exponent <= 9)
        {
            _multiplier = PowerOfTen(9 - exponent);
        }
        else
        {
            // From 10^-29 on, the whole 64 bits are less than a nanosecond.
            _divisor = exponent - 9 > 19 ? 0 : PowerOfTen(exponent - 9);
        }
    }

    /// <summary>Microseconds, the default of pcapng.</summary>
    public static TimestampUnit Microseconds { get; } = new(6, 0);

    /// <summary>The time of a timestamp.</summary>
    public long ToNanoseconds(ulong units)
    {
        var whole = _divisor == 0 ? default : ((UInt128)units * _multiplier / _divisor) >> _shift;
        var time = (Int128)whole + _offset;
        return time < 0 ? 0 : time > Latest ? Latest : (long)time;
    }

    private static ulong PowerOfTen(int exponent)
    {
        ulong power = 1;
        for (var i = 0; i < exponent; i++)
        {
            power *= 10;
        }

        return power;
    }
}
