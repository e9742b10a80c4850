// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Protocols.MySql.Payloads;

/// <summary>
/// First payload of a result set: the number of columns and, when OPTIONAL_RESULTSET_METADATA or MariaDB's
/// CACHE_METADATA was negotiated, whether their definitions follow. (The server writes the count first, the flag
/// behind it.)
/// </summary>
internal readonly record struct ColumnCountPayload(int Columns, bool MetadataFollows)
{
    /// <summary>A table of either server has 4,096 columns at most; a join may have more.</summary>
    public const int MaxColumns = 65535;

    /// <summary>Reads one; the payload must end where it ends.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out ColumnCountPayload count)
    {
        count = default;
        var reader = new PayloadReader(payload);
        if (!reader.TryReadLengthEncoded(out var columns) || columns is 0 or > MaxColumns)
        {
            return false;
        }

        var follows = true;
        if (reader.TryReadByte(out var flag))
        {
            if (flag > 1)
            {
                return false;
            }

            follows = flag == 1;
        }

        count = new ColumnCountPayload((int)columns, follows);
        return reader.IsEmpty;
    }
}
