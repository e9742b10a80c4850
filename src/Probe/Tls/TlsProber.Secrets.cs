// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using L7Trace.Parsers.Model;
using L7Trace.Probe.Elf;
using L7Trace.Probe.Interop;
using L7Trace.Probe.KeyLog;

namespace L7Trace.Probe.Tls;

/// <content>For a key log: the function that each OpenSSL gives its secrets to is probed, and nothing else.</content>
internal sealed partial class TlsProber
{
    private const string Program = "openssl_log_secret";
    private const string GetClientRandom = "SSL_get_client_random";

    private readonly IKeyLog? _keyLog;
    private readonly Dictionary<FileIdentity, string> _refused = []; // with the reason; said when a process in scope has it

    private TlsFile? ProbeForSecrets(ElfImage image, string path, FileIdentity identity)
    {
        var offsets = image.FindFunctions([GetClientRandom, .. TlsLibrary.AllRequired]);
        var library = TlsLibrary.All.FirstOrDefault(library =>
            library.IsTls && library.Required.All(offsets.ContainsKey));
        if (library is null)
        {
            return null;
        }

        var reason = $"secrets of {library.Name} are not read";
        var function = library.Source == SegmentSource.OpenSsl
            ? SecretFunctionFinder.Find(image, offsets.TryGetValue(GetClientRandom, out var getter) ? getter : null, out reason)
            : null;
        var errno = 0;
        IReadOnlyList<SafeHandle> links = function is { } found
            ? _bpf.AttachFunctions(Program, false, image.Path, [found.Offset], found.ClientRandom, out errno)
            : [];
        if (links.Count > 0)
        {
            return new TlsFile(path, [library.Name], links, []);
        }

        lock (_gate)
        {
            _refused[identity] = function is null ? reason : "the kernel refused to probe it: " + LibBpfException.DescribeErrno(errno);
        }

        return null;
    }

    // Once: it is of no interest before a process in scope has mapped it.
    private void SayRefused(string path, string shown)
    {
        if (_keyLog is null || FileIdentity.Of(path) is not { } identity)
        {
            return;
        }

        string? reason;
        lock (_gate)
        {
            if (!_refused.Remove(identity, out reason))
            {
                return;
            }
        }

        _keyLog.Refuse(shown, reason);
    }
}
