// SPDX-License-Identifier: Apache-2.0
using System.Text;

namespace L7Trace.Probe.Tls;

/// <summary>
/// Libraries that the dynamic loader would find (ldconfig(8)): what a program loads next, known before it does. Only the
/// paths are taken out of the cache file, whose layout has changed over time; the usual folders are looked into besides.
/// </summary>
internal static class LoaderCache
{
    private const string CacheFile = "/etc/ld.so.cache";

    private static readonly string[] s_folders =
        ["/lib64", "/usr/lib64", "/lib", "/usr/lib", "/usr/local/lib", "/usr/local/lib64"];

    /// <summary>Paths of the libraries whose file names begin with one of these, each once.</summary>
    internal static IReadOnlyCollection<string> Find(IReadOnlyCollection<string> prefixes)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        foreach (var path in CachedPaths(prefixes).Concat(s_folders.SelectMany(folder => InFolder(folder, prefixes))))
        {
            found.Add(path);
        }

        return found;
    }

    /// <summary>The paths in the bytes of a cache file.</summary>
    internal static IEnumerable<string> PathsIn(ReadOnlyMemory<byte> cache, IReadOnlyCollection<string> prefixes)
    {
        for (var rest = cache; !rest.IsEmpty;)
        {
            var end = rest.Span.IndexOf((byte)0);
            var text = end < 0 ? rest : rest[..end];
            rest = end < 0 ? default : rest[(end + 1)..];
            // What stands in front of the first path are numbers, which may look like the beginning of a text.
            var start = text.Span.IndexOf((byte)'/');
            if (start >= 0 && Encoding.UTF8.GetString(text.Span[start..]) is var path && IsWanted(path, prefixes))
            {
                yield return path;
            }
        }
    }

    private static IEnumerable<string> CachedPaths(IReadOnlyCollection<string> prefixes) =>
        PathsIn(SafeFile.ReadBytes(CacheFile), prefixes);

    private static List<string> InFolder(string folder, IReadOnlyCollection<string> prefixes)
    {
        try
        {
            return [.. prefixes.SelectMany(prefix => Directory.GetFiles(folder, prefix + "*"))];
        }
        catch (Exception e) when (SafeFile.IsExpected(e))
        {
            return [];
        }
    }

    private static bool IsWanted(string path, IReadOnlyCollection<string> prefixes)
    {
        var name = Path.GetFileName(path.AsSpan());
        foreach (var prefix in prefixes)
        {
            if (name.StartsWith(prefix, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }
}
