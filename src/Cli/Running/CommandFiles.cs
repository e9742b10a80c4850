// SPDX-License-Identifier: Apache-2.0
using System.Text;

namespace L7Trace.Cli.Running;

/// <summary>
/// The files that a command will execute: itself and, if it is a script, its interpreter (execve(2)). A TLS library that is
/// inside of one must be probed before it runs.
/// </summary>
internal static class CommandFiles
{
    private const int LongestLine = 256; // BINPRM_BUF_SIZE
    private const int DeepestScript = 4;

    /// <summary>Their paths.</summary>
    /// <param name="program">The file of the command.</param>
    /// <param name="path">PATH, for <c>#!/usr/bin/env NAME</c>.</param>
    public static IReadOnlyList<string> Of(string program, string? path)
    {
        var files = new List<string> { program };
        while (files.Count <= DeepestScript && Interpreter(files[^1]) is { } line)
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0)
            {
                break;
            }

            files.Add(Path.GetFileName(words[0]) == "env" ? Find(words, path) ?? words[0] : words[0]);
        }

        return files;
    }

    private static string? Interpreter(string file)
    {
        try
        {
            using var stream = File.OpenRead(file);
            Span<byte> start = stackalloc byte[LongestLine];
            start = start[..stream.ReadAtLeast(start, LongestLine, throwOnEndOfStream: false)];
            if (!start.StartsWith("#!"u8))
            {
                return null;
            }

            var end = start.IndexOf((byte)'\n');
            return Encoding.UTF8.GetString(end < 0 ? start[2..] : start[2..end]).Replace('\t', ' ');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return null;
        }
    }

    // env's own options and NAME=VALUE stand in front of the command.
    private static string? Find(string[] words, string? path)
    {
        var name = words.Skip(1).FirstOrDefault(static word => !word.StartsWith('-') && !word.Contains('='));
        try
        {
            return name is null ? null : CommandPath.Resolve(name, path);
        }
        catch (CliException)
        {
            return null;
        }
    }
}
