// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.RegularExpressions;
using L7Trace.Analysis.Checks;
using L7Trace.Export.Where;

namespace L7Trace.Cli.Options;

/// <summary>The rules of <c>check</c>.</summary>
internal sealed class CheckOptions
{
    private readonly Option<long?> _maxP95 = new("--max-p95")
    {
        Description = "the 95th percentile of no statement (by digest) may be above this: 50ms",
        HelpName = "TIME",
        CustomParser = OptionParsers.Duration,
    };

    private readonly Option<long?> _maxTime = new("--max-time")
    {
        Description = "no single statement may take longer: 500ms",
        HelpName = "TIME",
        CustomParser = OptionParsers.Duration,
    };

    private readonly Option<long?> _maxStatements = new("--max-statements")
    {
        Description = "at most so many statements in all, without set-up (SET, SHOW, transactions, DDL, migrations)",
        HelpName = "N",
        CustomParser = OptionParsers.Count,
    };

    private readonly Option<int?> _noNPlusOne = new("--no-n-plus-one")
    {
        Description = "no statement (by digest) may run more than K times in a row on a connection; default 4",
        HelpName = "K",
        Arity = ArgumentArity.ZeroOrOne,
        CustomParser = Repeats,
    };

    private readonly Option<bool> _noErrors = new("--no-errors")
    {
        Description = "no statement or command may fail, COMMIT and logins too, and no HTTP request: status 500 and above, a gRPC status but OK, no response",
    };

    private readonly Option<bool> _noWriteWithoutWhere = new("--no-write-without-where")
    {
        Description = "no UPDATE or DELETE without a WHERE of its own; what CALL, EXECUTE and PREPARE run is not looked into",
    };

    private readonly Option<string[]> _ignore = new("--ignore")
    {
        Description = "statements (by digest) and routes that match this regular expression don't count; can be repeated",
        HelpName = "PATTERN",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };

    private readonly Option<string?> _junit = new("--junit")
    {
        Description = "write the results to this file as JUnit XML, a test for each rule",
        HelpName = "FILE",
    };

    /// <summary>Adds them to the verb.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in (ReadOnlySpan<Option>)[_maxP95, _maxTime, _maxStatements, _noNPlusOne, _noErrors, _noWriteWithoutWhere, _ignore, _junit])
        {
            command.Add(option);
        }
    }

    /// <summary>What was said; throws <see cref="CliException"/> when no rule is, or a pattern is none.</summary>
    public CheckSettings Read(ParseResult result)
    {
        var rules = new CheckRules
        {
            MaxP95 = result.GetValue(_maxP95),
            MaxTime = result.GetValue(_maxTime),
            MaxStatements = result.GetValue(_maxStatements),
            MaxRepeats = result.GetResult(_noNPlusOne) is { Implicit: false } ? result.GetValue(_noNPlusOne) ?? CheckRules.DefaultMaxRepeats : null,
            NoErrors = result.GetValue(_noErrors),
            NoWriteWithoutWhere = result.GetValue(_noWriteWithoutWhere),
        };
        return rules.IsEmpty
            ? throw new CliException(ExitCode.Usage, "say what to check:",
                "--max-p95, --max-time, --max-statements, --no-n-plus-one, --no-errors, --no-write-without-where")
            : new CheckSettings(rules, [.. (result.GetValue(_ignore) ?? []).Select(Pattern)], result.GetValue(_junit));
    }

    private static Regex Pattern(string text) =>
        WherePattern.TryMake(text, out var error) ?? throw new CliException(ExitCode.Usage, $"--ignore '{text}': {error}");

    private static int? Repeats(ArgumentResult result)
    {
        if (result.Tokens.Count == 0)
        {
            return CheckRules.DefaultMaxRepeats;
        }

        if (int.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0)
        {
            return count;
        }

        result.AddError($"--no-n-plus-one: '{result.Tokens[0].Value}' is not a number above 0");
        return null;
    }
}
