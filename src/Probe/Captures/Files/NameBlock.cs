// SPDX-License-Identifier: Apache-2.0
using System.Net;

namespace L7Trace.Probe.Captures.Files;

/// <summary>Name resolution block of pcapng (draft-ietf-opsawg-pcapng, section 4.5): addresses with their names.</summary>
internal static class NameBlock
{
    /// <summary>The block's type.</summary>
    public const uint Type = 4;

    /// <summary>Ends the records.</summary>
    public const ushort EndRecord = 0;

    /// <summary>Record of an IPv4 address.</summary>
    public const ushort Ip4Record = 1;

    /// <summary>Record of an IPv6 address.</summary>
    public const ushort Ip6Record = 2;

    /// <summary>
    /// Takes the names out of the records: an address, then names that end with a zero. What a record claims beyond the
    /// block is not there; records of other kinds and the options behind them (who resolved the names) are passed over.
    /// </summary>
    public static void Read(ReadOnlySpan<byte> records, bool isBigEndian, AddressNames names)
    {
        ushort type;
        while (CaptureOptions.TryTake(ref records, isBigEndian, out type, out var value))
        {
            var length = type switch { Ip4Record => 4, Ip6Record => 16, _ => 0 };
            if (length == 0)
            {
                continue;
            }

            if (value.Length < length)
            {
                names.LeaveOut();
                continue;
            }

            var address = new IPAddress(value[..length]);
            for (value = value[length..]; !value.IsEmpty;)
            {
                var end = value.IndexOf((byte)0);
                if (end < 0)
                {
                    names.LeaveOut(); // cut off
                    break;
                }

                names.Add(address, value[..end]);
                value = value[(end + 1)..];
            }
        }

        if (type != EndRecord)
        {
            names.LeaveOut(); // it claims more than the block has
        }
    }
}
