// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;

namespace L7Trace.Cli.Options;

/// <summary><c>-r/--read</c>: files instead of the kernel. One instance belongs to one verb.</summary>
internal sealed class ReadOption
{
    private readonly Option<string[]> _read = new("--read", "-r")
    {
        Description = "read these files instead of tracing: pcap, pcapng, also gzip-compressed; - is standard input; " +
            "several are merged by time; needs no root",
        HelpName = "FILE...",
        AllowMultipleArgumentsPerToken = true,
        Arity = ArgumentArity.OneOrMore,
    };

    /// <summary>Adds it to a verb.</summary>
    public void AddTo(Command command) => command.Add(_read);

    /// <summary>The files; empty for a live trace.</summary>
    public IReadOnlyList<string> Read(ParseResult result) => result.GetValue(_read) ?? [];
}
