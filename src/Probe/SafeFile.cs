// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe;

/// <summary>Reads small files of /proc and /sys, which may vanish or be forbidden at any moment.</summary>
internal static class SafeFile
{
    /// <summary>The whole text; null when it can't be read.</summary>
    internal static string? ReadText(string path) => ReadText(path, out _);

    /// <summary>The same.</summary>
    /// <param name="path">Where.</param>
    /// <param name="isDenied">It may not be read.</param>
    internal static string? ReadText(string path, out bool isDenied)
    {
        isDenied = false;
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (IsExpected(e))
        {
            isDenied = e is UnauthorizedAccessException;
            return null;
        }
    }

    /// <summary>The whole content; null when it can't be read.</summary>
    internal static byte[]? ReadBytes(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (IsExpected(e))
        {
            return null;
        }
    }

    /// <summary>What a symbolic link says (a namespace's "net:[4026531833]"); null when it can't be read.</summary>
    internal static string? LinkTarget(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception e) when (IsExpected(e))
        {
            return null;
        }
    }

    /// <summary>Failures that a file of another process gives in ordinary life.</summary>
    internal static bool IsExpected(Exception e) => e is IOException or UnauthorizedAccessException;
}
