// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Protocols.MySql.Payloads;

/// <summary>COM_STMT_PREPARE_OK: statement id, numbers of result columns and of parameters, warnings.</summary>
internal readonly record struct PrepareOkPayload(
    uint StatementId, ushort Columns, ushort Parameters, ushort Warnings, bool MetadataFollows)
{
    public const byte Header = 0x00;

    /// <summary>Its length, without the flag of OPTIONAL_RESULTSET_METADATA.</summary>
    public const int Length = 12;

    /// <summary>Reads one; false when it is malformed.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out PrepareOkPayload ok)
    {
        ok = default;
        var reader = new PayloadReader(payload);
        if (payload.Length is < Length or > Length + 1 ||
            !reader.TryReadByte(out var header) || header != Header ||
            !reader.TryReadUInt32(out var id) || !reader.TryReadUInt16(out var columns) ||
            !reader.TryReadUInt16(out var parameters) || !reader.TryReadByte(out var filler) || filler != 0 ||
            !reader.TryReadUInt16(out var warnings))
        {
            return false;
        }

        var follows = !reader.TryReadByte(out var flag) || flag != 0;
        ok = new PrepareOkPayload(id, columns, parameters, warnings, follows);
        return true;
    }
}
