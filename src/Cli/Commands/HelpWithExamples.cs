// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace L7Trace.Cli.Commands;

/// <summary>The library's help, with examples and exit codes below.</summary>
internal sealed class HelpWithExamples : SynchronousCommandLineAction
{
    private const string Examples = """
        Examples:
          l7trace run -- mysql -h 127.0.0.1 -e "SELECT 1"    start a program and trace it
          sudo l7trace watch --port 3306,8080                live exchanges on these ports
          sudo l7trace report --name mysqld --for 60s        where the time goes, per statement
          sudo l7trace slow --pid 1234 --min-latency 100ms   what is slow, also while it still runs
          sudo l7trace record --port 3306 -w trace.pcapng    plaintext for Wireshark, and for later
          l7trace watch -r a.pcap --where 'duration > 50ms'  by any field: see l7trace fields
          sudo l7trace tls -- curl -s https://example.org/   the plaintext inside of TLS as it flows
          sudo l7trace ps                                    which TLS library each process uses
          l7trace doctor                                     can this machine do it?
        """;

    private const string ExitCodes = """
        Exit codes:
          0  done (also when interrupted, or at --for or --count)
          1  failed while running
          2  wrong usage
          3  this machine or user can't capture: see l7trace doctor
          4  the process, cgroup, user or (follow) id asked for does not exist
          run answers with the command's own code (128 + signal if it was killed),
          125 when l7trace itself failed, 126 not executable, 127 not found
        """;

    private readonly HelpAction _inner;

    /// <summary>Makes one around the library's.</summary>
    public HelpWithExamples(HelpAction inner) => _inner = inner;

    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        var verb = parseResult.CommandResult.Command;
        var output = parseResult.InvocationConfiguration.Output;
        var text = new StringWriter();
        parseResult.InvocationConfiguration.Output = text;
        var code = _inner.Invoke(parseResult);
        parseResult.InvocationConfiguration.Output = output;

        // The command of "run" is no argument to the library: it is split off before anything is parsed.
        output.Write(verb.Name == TlsCommand.Name
            ? text.ToString().Replace("l7trace tls [options]", "l7trace tls [options] [-- COMMAND [ARGUMENTS]]", StringComparison.Ordinal)
            : verb.Name == RunCommand.Name
            ? text.ToString().Replace("l7trace run [options]", "l7trace run [options] -- COMMAND [ARGUMENTS]", StringComparison.Ordinal)
            : text.ToString());
        output.WriteLine(verb is RootCommand ? Examples : VerbExamples.For(verb.Name));
        output.WriteLine();
        output.WriteLine(ExitCodes);
        return code;
    }
}
