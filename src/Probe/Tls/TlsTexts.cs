// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using System.Text;
using L7Trace.Probe.Elf;

namespace L7Trace.Probe.Tls;

/// <summary>
/// What a file's constants say of the TLS library in it: version texts that libraries carry for their own use, and names of
/// source files in messages. The file may be anyone's: so much is read of it, and texts are cut to digits and dots.
/// </summary>
/// <param name="OpenSsl">"3.0.19" of "OpenSSL 3.0.19 27 Jan 2026"; null without.</param>
/// <param name="LibreSsl">The same of "LibreSSL 3.8.2".</param>
/// <param name="IsBoringSsl">It names BoringSSL.</param>
/// <param name="GnuTls">The version of GnuTLS.</param>
/// <param name="Nss">The version of NSS, which may have two numbers.</param>
/// <param name="Rustls">The version of the crate.</param>
/// <param name="HasOpenSslCode">It names source files of OpenSSL's or BoringSSL's TLS (not of its cryptography).</param>
internal sealed record TlsTexts(
    string? OpenSsl, string? LibreSsl, bool IsBoringSsl, string? GnuTls, string? Nss, string? Rustls, bool HasOpenSslCode)
{
    /// <summary>Nothing is said.</summary>
    internal static TlsTexts None { get; } = new(null, null, false, null, null, null, false);

    private static readonly SearchValues<byte> s_number = SearchValues.Create("0123456789."u8);

    // Not as they are looked for: this program would find itself.
    private static readonly byte[] s_openSslFile = Encoding.ASCII.GetBytes("ssl|statem|statem_lib.c".Replace('|', '/'));
    private static readonly byte[] s_boringSslFile = Encoding.ASCII.GetBytes("ssl|ssl_lib.cc".Replace('|', '/'));

    private const ulong MaxBytes = 128UL * 1024 * 1024;
    private const int Chunk = 1024 * 1024;
    private const int Overlap = 64; // of two chunks: no text that is looked for is longer
    private const int MaxVersion = 16;

    /// <summary>Reads them from the file's constants.</summary>
    internal static TlsTexts Read(ElfImage image)
    {
        if (image.FindSection(".rodata") is not { } section)
        {
            return None;
        }

        var found = None;
        var size = Math.Min(section.Size, MaxBytes);
        var buffer = new byte[(int)Math.Min(size, Chunk)];
        for (ulong at = 0; at < size;)
        {
            var part = buffer.AsSpan(0, (int)Math.Min((ulong)buffer.Length, size - at));
            if (!image.Read(section.Offset + at, part))
            {
                break;
            }

            found = found.With(part);
            at += (ulong)part.Length;
            at -= at < size ? (ulong)Math.Min(Overlap, part.Length - 1) : 0;
        }

        return found;
    }

    /// <summary>With what stands in these bytes.</summary>
    internal TlsTexts With(ReadOnlySpan<byte> bytes) => new(
        OpenSsl ?? VersionAfter(bytes, "OpenSSL "u8),
        LibreSsl ?? VersionAfter(bytes, "LibreSSL "u8),
        IsBoringSsl || bytes.IndexOf("BoringSSL"u8) >= 0,
        GnuTls ?? VersionAfter(bytes, "GnuTLS "u8),
        Nss ?? VersionAfter(bytes, "Version: NSS "u8, 1),
        Rustls ?? VersionAfter(bytes, "/rustls-"u8),
        HasOpenSslCode || bytes.IndexOf(s_openSslFile) >= 0 || bytes.IndexOf(s_boringSslFile) >= 0);

    private static string? VersionAfter(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> name, int leastDots = 2)
    {
        while (bytes.IndexOf(name) is var at and >= 0)
        {
            bytes = bytes[(at + name.Length)..];
            var text = bytes[..Math.Min(bytes.Length, MaxVersion)];
            var length = text.IndexOfAnyExcept(s_number) is var other and >= 0 ? other : text.Length;
            // OpenSSL before 3 counts its patches by letters.
            if (length > 0 && length < text.Length && char.IsAsciiLetterLower((char)text[length]) && (length + 1 == text.Length || !char.IsAsciiLetterOrDigit((char)text[length + 1])))
            {
                length++;
            }

            // "OpenSSL 3.0 legacy provider" is a name; a version has three numbers.
            if (length > 0 && text[..length].Count((byte)'.') >= leastDots && char.IsAsciiDigit((char)text[0]))
            {
                return Encoding.ASCII.GetString(text[..length]).TrimEnd('.');
            }
        }

        return null;
    }
}
