// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace L7Trace.Parsers.Protocols.MySql;

/// <summary>
/// A value that the client bound to a parameter marker, or a query attribute. The bytes are the wire's: MySQL source
/// documentation, "Binary Protocol Value".
/// </summary>
/// <param name="Type">Type that the client sent.</param>
/// <param name="IsUnsigned">Integers: it has no sign.</param>
/// <param name="State">What is known of it.</param>
/// <param name="Bytes">The value, without a length in front; the beginning of one that was cut.</param>
/// <param name="Length">Bytes of the whole value.</param>
/// <param name="Name">Name of a query attribute; null for a parameter of the statement.</param>
public readonly record struct MySqlParameter(
    MySqlFieldType Type, bool IsUnsigned, MySqlParameterState State, ReadOnlyMemory<byte> Bytes, long Length, string? Name)
{
    private static readonly UTF8Encoding s_strict = new(false, throwOnInvalidBytes: true);

    /// <summary>True when only the beginning of the value was kept.</summary>
    public bool IsCut => State == MySqlParameterState.Value && Bytes.Length < Length;

    /// <summary>True when the text is a number as SQL writes it.</summary>
    public bool IsNumber => State == MySqlParameterState.Value && (Type is MySqlFieldType.Tiny or MySqlFieldType.Short or
        MySqlFieldType.Long or MySqlFieldType.LongLong or MySqlFieldType.Int24 or MySqlFieldType.Year or
        MySqlFieldType.Float or MySqlFieldType.Double);

    /// <summary>
    /// The value as characters: numbers in decimal (the shortest that is the same value), dates and times as
    /// "2026-11-25 23:59:59.999999" and "-838:59:59", strings as they are. Null when there is no value, or when its bytes
    /// are not UTF-8.
    /// </summary>
    public string? Text => State != MySqlParameterState.Value ? null : Type switch
    {
        MySqlFieldType.Tiny or MySqlFieldType.Short or MySqlFieldType.Year or MySqlFieldType.Long or MySqlFieldType.Int24 or
            MySqlFieldType.LongLong => Integer(Bytes.Span, IsUnsigned),
        MySqlFieldType.Float => BinaryPrimitives.ReadSingleLittleEndian(Bytes.Span).ToString("R", CultureInfo.InvariantCulture),
        MySqlFieldType.Double => BinaryPrimitives.ReadDoubleLittleEndian(Bytes.Span).ToString("R", CultureInfo.InvariantCulture),
        MySqlFieldType.Date or MySqlFieldType.NewDate => TemporalValue.Date(Bytes.Span),
        MySqlFieldType.DateTime or MySqlFieldType.Timestamp => TemporalValue.DateTime(Bytes.Span),
        MySqlFieldType.Time => TemporalValue.Time(Bytes.Span),
        _ => Decode(),
    };

    /// <summary>
    /// <see cref="Text"/>, or the bytes as "0x" and hexadecimal digits; "NULL", "DEFAULT", "IGNORE", and "?" for what is not
    /// known.
    /// </summary>
    public override string ToString() => State switch
    {
        MySqlParameterState.Value => Text ?? "0x" + Convert.ToHexString(Bytes.Span),
        MySqlParameterState.Null => "NULL",
        MySqlParameterState.Default => "DEFAULT",
        MySqlParameterState.Ignore => "IGNORE",
        _ => "?",
    };

    private string? Decode()
    {
        try
        {
            return s_strict.GetString(IsCut ? Utf8Cut.TrimPartialCharacter(Bytes.Span) : Bytes.Span);
        }
        catch (DecoderFallbackException)
        {
            return null; // another character set, or no text at all
        }
    }

    private static string Integer(ReadOnlySpan<byte> bytes, bool isUnsigned)
    {
        ulong value = 0;
        for (var i = bytes.Length - 1; i >= 0; i--)
        {
            value = (value << 8) | bytes[i];
        }

        var unused = 64 - (8 * bytes.Length);
        return isUnsigned
            ? value.ToString(CultureInfo.InvariantCulture)
            : ((long)(value << unused) >> unused).ToString(CultureInfo.InvariantCulture);
    }
}
