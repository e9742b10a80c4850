// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;

namespace L7Trace.Probe.Go;

/// <summary>The version of Go in a program's build information (debug/buildinfo).</summary>
internal static class GoVersion
{
    private const int HeaderSize = 32;
    private const int MaxText = 64;
    private const byte InlineStrings = 2;

    private static ReadOnlySpan<byte> Magic => [0xff, 0x20, 0x47, 0x6f, 0x20, 0x62, 0x75, 0x69, 0x6c, 0x64, 0x69, 0x6e, 0x66, 0x3a]; // " Go buildinf:"

    /// <summary>
    /// Such as "go1.22.1"; null when there is none, or one in the form of before 1.18, which points to it elsewhere.
    /// </summary>
    internal static string? Read(ReadOnlySpan<byte> buildInfo)
    {
        if (buildInfo.Length <= HeaderSize || !buildInfo.StartsWith(Magic))
        {
            return null;
        }

        if ((buildInfo[15] & InlineStrings) == 0)
        {
            return null;
        }

        // A length of seven bits a byte (varint), then the text.
        var length = buildInfo[HeaderSize];
        return length is > 0 and <= MaxText && HeaderSize + 1 + length <= buildInfo.Length
            ? Encoding.ASCII.GetString(buildInfo.Slice(HeaderSize + 1, length))
            : null;
    }

    /// <summary>
    /// True for versions that pass arguments in registers: 1.17 and later, 1.18 on arm64. One that is not known is taken for such
    /// only if its table of functions is of the layout of 1.18 or later.
    /// </summary>
    internal static bool HasRegisterAbi(string? version, bool isArm64, bool hasOldTable)
    {
        var parts = (version ?? "").Split('.');
        return parts.Length >= 2 && parts[0] == "go1"
            && int.TryParse(new string([.. parts[1].TakeWhile(char.IsAsciiDigit)]), NumberStyles.None, CultureInfo.InvariantCulture, out var minor)
            ? minor >= (isArm64 ? 18 : 17)
            : !hasOldTable;
    }
}
