// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Probe.Elf;
using L7Trace.Probe.Go;

namespace L7Trace.Probe.Tls;

/// <summary>What of TLS is in one file.</summary>
/// <param name="Is32Bit">It is a program for 32 bits.</param>
/// <param name="OpenSsl">Functions of OpenSSL's kind that are probed in it; 0 when it is none.</param>
/// <param name="GnuTls">The same of GnuTLS.</param>
/// <param name="Nss">The same of NSS.</param>
/// <param name="Nspr">The same of NSPR, which NSS's plaintext goes through.</param>
/// <param name="Go">Places of Go's crypto/tls that are probed.</param>
/// <param name="GoVersion">Version of Go, of any Go program; null when it is none or does not say.</param>
/// <param name="IsGoWithTls">It is a Go program and names crypto/tls, probed or not.</param>
/// <param name="Texts">What its constants say.</param>
internal sealed record TlsFileFacts(
    bool Is32Bit, int OpenSsl, int GnuTls, int Nss, int Nspr, int Go, string? GoVersion, bool IsGoWithTls, TlsTexts Texts)
{
    private const int InformationBytes = 128;
    private const ulong MaxTable = 512UL * 1024 * 1024;

    /// <summary>Reads them; null when the file is no program or can't be read.</summary>
    internal static TlsFileFacts? Read(string path)
    {
        using var image = ElfImage.Open(path);
        if (image is null)
        {
            return Is32BitProgram(path) ? new TlsFileFacts(true, 0, 0, 0, 0, 0, null, false, TlsTexts.None) : null;
        }

        var offsets = image.FindFunctions(TlsLibrary.AllNames, TlsLibrary.Telling);
        var goVersion = VersionOfGo(image);
        var go = GoTls.Find(image);
        return new TlsFileFacts(
            false,
            CountOf(SegmentSource.OpenSsl, "SSL_read", offsets),
            CountOf(SegmentSource.GnuTls, "gnutls_record_recv", offsets),
            CountOf(SegmentSource.Nss, "SSL_ImportFD", offsets),
            CountOf(SegmentSource.Nss, "PR_Recv", offsets),
            go?.Sum(static entry => entry.Offsets.Length) ?? 0,
            goVersion,
            go is not null || (image.FindSection(".gopclntab") is { Size: <= MaxTable } table && Names(image, table, "crypto/tls.(*Conn).Read"u8)),
            TlsTexts.Read(image));
    }

    private static int CountOf(SegmentSource source, string required, Dictionary<string, ulong> offsets) =>
        TlsLibrary.All.FirstOrDefault(library => library.Source == source && library.Required.Contains(required)) is { } library
            && library.Required.All(offsets.ContainsKey)
                ? library.Functions.Count(function => offsets.ContainsKey(function.Name))
                : 0;

    private static string? VersionOfGo(ElfImage image)
    {
        Span<byte> information = stackalloc byte[InformationBytes];
        return image.FindSection(".go.buildinfo") is { } section
            && information[..(int)Math.Min(section.Size, InformationBytes)] is var part && image.Read(section.Offset, part)
                ? L7Trace.Probe.Go.GoVersion.Read(part)
                : null;
    }

    private static bool Names(ElfImage image, (ulong Address, ulong Offset, ulong Size) table, ReadOnlySpan<byte> name)
    {
        var bytes = new byte[table.Size];
        return image.Read(table.Offset, bytes) && bytes.AsSpan().IndexOf(name) >= 0;
    }

    private static bool Is32BitProgram(string path)
    {
        try
        {
            using var file = File.OpenHandle(path);
            Span<byte> start = stackalloc byte[5];
            return RandomAccess.Read(file, start, 0) == start.Length && start.SequenceEqual("\u007fELF\u0001"u8);
        }
        catch (Exception e) when (SafeFile.IsExpected(e) || e is NotSupportedException)
        {
            return false;
        }
    }
}
