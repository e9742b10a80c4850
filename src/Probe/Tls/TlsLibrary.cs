// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;

namespace L7Trace.Probe.Tls;

/// <summary>
/// A family of TLS libraries: the functions by which a file is recognised as one of it and what is probed there. To read
/// another library, add a row to <see cref="All"/> and, if its calls have a new shape, a program to bpf/.
/// </summary>
/// <param name="Name">What people call it.</param>
/// <param name="Source">What its plaintext is marked with.</param>
/// <param name="Required">Functions that a file must have to be one of it.</param>
/// <param name="Functions">What is probed, where a file has it.</param>
/// <param name="FilePrefixes">How the names of its files begin, for those that are probed before anyone maps them.</param>
/// <param name="IsTls">False for what TLS goes through and other things do as well: a process that has it alone has no TLS that is read.</param>
/// <param name="IsAlwaysRead">False when programs may use the library in a way that is not seen.</param>
internal sealed record TlsLibrary(
    string Name,
    SegmentSource Source,
    IReadOnlyList<string> Required,
    IReadOnlyList<TlsFunction> Functions,
    IReadOnlyList<string> FilePrefixes,
    bool IsTls = true,
    bool IsAlwaysRead = true)
{
    private const string Return = "tls_return";

    /// <summary>
    /// The functions of OpenSSL 1.1 and 3 that move plaintext, those that move ciphertext, and those that begin and end an
    /// object (ssl.h). BoringSSL and LibreSSL have them too.
    /// </summary>
    private static readonly TlsLibrary s_openSsl = new(
        "OpenSSL",
        SegmentSource.OpenSsl,
        ["SSL_read", "SSL_write"],
        [
            new("SSL_new", null, "openssl_new_return"),
            new("SSL_free", "openssl_free"),
            new("SSL_clear", "openssl_clear"),
            new("SSL_up_ref", "openssl_up_ref"),
            new("SSL_set_bio", "openssl_set_bio"),
            new("SSL_set0_wbio", "openssl_set_bio"),
            new("SSL_set_fd", "openssl_set_bio"),
            new("SSL_set_wfd", "openssl_set_bio"),
            new("SSL_do_handshake", "openssl_context", Return),
            new("SSL_shutdown", "openssl_context", Return),
            new("SSL_peek", "openssl_context", Return),
            new("SSL_peek_ex", "openssl_context", Return),
            new("SSL_read", "openssl_read", Return),
            new("SSL_read_ex", "openssl_read_ex", Return),
            new("SSL_read_early_data", "openssl_read_early", Return),
            new("SSL_write", "openssl_write", Return),
            new("SSL_write_ex", "openssl_write_ex", Return),
            new("SSL_write_ex2", "openssl_write_ex2", Return),
            new("SSL_write_early_data", "openssl_write_early", Return),
            new("SSL_get_early_data_status", "openssl_early_status", Return),
            new("SSL_sendfile", "openssl_sendfile", Return),
        ],
        ["libssl.so"]);

    /// <summary>Where OpenSSL's ciphertext goes to and comes from when no socket call is inside (bio.h).</summary>
    private static readonly TlsLibrary s_openSslBio = new(
        "OpenSSL's BIO",
        SegmentSource.OpenSsl,
        ["BIO_read", "BIO_write"],
        [
            new("BIO_write", "openssl_bio_write"),
            new("BIO_read", "openssl_bio_read", "openssl_bio_read_return"),
        ],
        ["libcrypto.so"],
        IsTls: false);

    /// <summary>GnuTLS 3 (gnutls.h).</summary>
    private static readonly TlsLibrary s_gnuTls = new(
        "GnuTLS",
        SegmentSource.GnuTls,
        ["gnutls_record_recv", "gnutls_record_send"],
        [
            new("gnutls_init", "gnutls_init_enter", "gnutls_init_return"),
            new("gnutls_deinit", "gnutls_free"),
            new("gnutls_handshake", "gnutls_context", Return),
            new("gnutls_bye", "gnutls_context", Return),
            new("gnutls_record_uncork", "gnutls_context", Return),
            new("gnutls_record_recv", "gnutls_read", Return),
            new("gnutls_record_recv_seq", "gnutls_read", Return),
            new("gnutls_record_recv_early_data", "gnutls_read", Return),
            new("gnutls_record_recv_packet", "gnutls_read_packet", Return),
            new("gnutls_record_send_file", "gnutls_send_file", Return),
            new("gnutls_record_send", "gnutls_write", Return),
            new("gnutls_record_send2", "gnutls_write", Return),
            new("gnutls_record_send_range", "gnutls_write", Return),
            new("gnutls_record_send_early_data", "gnutls_write_early"),
        ],
        ["libgnutls.so"]);

    /// <summary>NSS 3 (ssl.h): which descriptors have its TLS.</summary>
    private static readonly TlsLibrary s_nss = new(
        "NSS",
        SegmentSource.Nss,
        ["SSL_ImportFD", "SSL_ForceHandshake"],
        [
            new("SSL_ImportFD", null, "nss_import_return"),
            new("SSL_ForceHandshake", "nss_context", Return),
            new("SSL_ForceHandshakeWithTimeout", "nss_context", Return),
        ],
        ["libssl3.so"],
        IsAlwaysRead: false);

    /// <summary>NSPR 4 (prio.h), by whose functions programs move NSS's plaintext, and what else they read and write.</summary>
    private static readonly TlsLibrary s_nspr = new(
        "NSPR",
        SegmentSource.Nss,
        ["PR_Read", "PR_Write", "PR_Recv", "PR_Send", "PR_Close"],
        [
            new("PR_Accept", null, "nss_accept_return"),
            new("PR_Close", "nss_close"),
            new("PR_Read", "nss_read", Return),
            new("PR_Recv", "nss_receive", Return),
            new("PR_Write", "nss_write", Return),
            new("PR_Send", "nss_write", Return),
            new("PR_Writev", "nss_write_vectors", Return),
        ],
        ["libnspr4.so"],
        IsTls: false);

    /// <summary>All of them.</summary>
    internal static IReadOnlyList<TlsLibrary> All { get; } = [s_openSsl, s_openSslBio, s_gnuTls, s_nss, s_nspr];

    /// <summary>True when a path's file has the name of a library that is probed.</summary>
    internal static bool IsNamedLike(string path)
    {
        var name = Path.GetFileName(path);
        return All.Any(library => library.FilePrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)));
    }

    /// <summary>What tells whether a file is one of any.</summary>
    internal static IReadOnlyList<string> AllRequired { get; } = [.. All.SelectMany(static library => library.Required)];

    /// <summary>The names of the functions of all.</summary>
    internal static IReadOnlyList<string> AllNames { get; } =
        [.. All.SelectMany(static library => library.Functions).Select(static function => function.Name).Distinct()];

    /// <summary>A file that exports one of these exports the others too that its library has.</summary>
    internal static IReadOnlyList<string> Telling { get; } = ["SSL_read", "gnutls_record_recv", "SSL_ImportFD", "PR_Recv"];
}
