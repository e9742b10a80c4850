// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe.Tls;

/// <summary>
/// Programs that have a TLS library inside of them and that other programs start by name: they are probed before one runs, as
/// the loader's libraries are.
/// </summary>
internal static class KnownPrograms
{
    private static readonly string[] s_names = ["node", "nodejs"];
    private static readonly string[] s_folders = ["/usr/local/bin", "/usr/bin"];

    /// <summary>Paths of those that are installed.</summary>
    internal static IEnumerable<string> Find() =>
        s_folders.SelectMany(static folder => s_names, Path.Combine).Where(File.Exists);
}
