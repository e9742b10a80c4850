// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using L7Trace.IntegrationTests.Support;

namespace L7Trace.LanguageTests.Support;

/// <summary>A value of a step, as the client was given it (programs/README.md has the kinds).</summary>
internal readonly struct BoundValue(string parameter)
{
    private char Kind => parameter[0];

    private string Rest => parameter[2..];

    /// <summary>The bytes as they are stored, of text and of bytes.</summary>
    public byte[] Bytes => Kind == 'b' ? Convert.FromHexString(Rest) : Encoding.UTF8.GetBytes(Rest);

    /// <summary>True when the trace's parameter is this value.</summary>
    public bool IsShownAs(string? shown) => Kind == 'b' ? shown == ShownBytes.Of(Bytes) : Equals(shown);

    /// <summary>True when the trace's parameter is the beginning of this value, and so many bytes are missing behind it.</summary>
    public bool BeginsWith(string? shown, long? missing)
    {
        if (shown is not { Length: > 2 })
        {
            return false;
        }

        byte[] bytes = shown.StartsWith("0x", StringComparison.Ordinal) ? Convert.FromHexString(shown[2..]) : Encoding.UTF8.GetBytes(shown);
        return Bytes.AsSpan().StartsWith(bytes) && Bytes.Length == bytes.Length + missing;
    }

    /// <summary>
    /// True when a literal (see <see cref="LoggedLiterals.ValueOf"/>) of a query that the trace shows is this value. What is no
    /// UTF-8 is replaced in a query's text.
    /// </summary>
    public bool IsWrittenAs(string? literal) => Kind == 'b'
        ? literal == Encoding.UTF8.GetString(Bytes) || literal == "0x" + Convert.ToHexString(Bytes) || (literal?.Length == 0 && Bytes.Length == 0)
        : Equals(literal);

    private bool Equals(string? text)
    {
        if (text is null || Kind == 'n')
        {
            return text is null && Kind == 'n';
        }

        string rest = Rest;
        return Kind switch
        {
            'i' or 'u' or 'm' => Number(text) is { } number && number == Number(rest),
            'f' => Real(text) is { } real && (float)real == (float)Real(rest)!.Value,
            'd' => Real(text) is { } real && real.Equals(Real(rest)),
            'y' => text == rest || text == rest + " 00:00:00",
            't' or 'h' => LoggedLiterals.WithoutZeroFraction(text) is var time && (time == rest || "0" + time == rest),
            _ => text == rest,
        };
    }

    private static decimal? Number(string text) =>
        decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal value) ? value : null;

    private static double? Real(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : null;
}
