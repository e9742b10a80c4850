// SPDX-License-Identifier: Apache-2.0
using System.Text;

namespace L7Trace.IntegrationTests.Support;

/// <summary>Bytes as the trace shows them (docs/json.md, `db.query.parameter`).</summary>
internal static class ShownBytes
{
    private static readonly UTF8Encoding s_strict = new(false, throwOnInvalidBytes: true);

    /// <summary>The text when they are UTF-8, else "0x" and upper-case digits.</summary>
    public static string Of(byte[] bytes)
    {
        try
        {
            return s_strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return "0x" + Convert.ToHexString(bytes);
        }
    }
}
