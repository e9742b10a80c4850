// SPDX-License-Identifier: Apache-2.0
using L7Trace.Cli.Options;
using L7Trace.Probe;
using L7Trace.Probe.Captures.Recording;

namespace L7Trace.Cli.Commands;

/// <summary>Opening a file for writing empties it, so it must not be one that is to be read.</summary>
internal static class OutputCheck
{
    private const string StandardInput = "/dev/stdin";

    /// <summary>
    /// Throws <see cref="CliException"/> when what is written is one of the files that are read, whatever it is called: by
    /// another path, a symbolic link, a hard link, as standard input.
    /// </summary>
    public static void RefuseInput(TraceSettings settings, IReadOnlyList<string> paths)
    {
        var written = settings.Recording is RecordingFiles files ? files.Current : settings.WriteTo;
        if (written is not (null or "-") && FileIdentity.Of(written) is { } identity &&
            paths.Any(path => FileIdentity.Of(path == "-" ? StandardInput : path) == identity))
        {
            throw new CliException(ExitCode.Usage, $"-w '{written}' is a file that is read; name another one");
        }
    }
}
