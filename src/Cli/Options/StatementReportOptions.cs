// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using L7Trace.Analysis.SlowSql;
using L7Trace.Parsers.Model;

namespace L7Trace.Cli.Options;

/// <summary>The word mysql behind <c>report</c>, and the options that belong to it.</summary>
internal sealed class StatementReportOptions
{
    private const string Word = "mysql";
    private const string HttpWord = "http";

    private readonly Argument<string?> _kind = new("mysql|http")
    {
        Description = "mysql: everything about the statements; http: the routes and their failures by class (as --protocol http); without a " +
            "word, a table of statements and one of routes",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<StatementOrder> _order = new("--order-by")
    {
        Description = "report mysql: total (time, the default), calls, avg, p95, p99, max, vm (variance to mean), rows, " +
            "affected, bytes or errors; the largest comes first",
        HelpName = "WHAT",
        CustomParser = static result => OptionParsers.Choice(result,
            ("total", StatementOrder.Total), ("calls", StatementOrder.Calls), ("avg", StatementOrder.Average),
            ("p95", StatementOrder.P95), ("p99", StatementOrder.P99), ("max", StatementOrder.Max),
            ("vm", StatementOrder.VarianceToMean), ("rows", StatementOrder.Rows), ("affected", StatementOrder.Affected),
            ("bytes", StatementOrder.Bytes), ("errors", StatementOrder.Errors)),
    };

    private readonly Option<StatementLimit?> _limit = new("--limit")
    {
        Description = "report mysql: rows that are shown, 20; those that make up a share, 95%; or both, 95%:20. The rest is " +
            "the row MISC. Default: 95%:20 as text, 100 on the page, all as jsonl",
        HelpName = "N|95%:N",
        CustomParser = static result =>
        {
            if (StatementLimit.TryParse(result.Tokens[^1].Value, out var limit))
            {
                return limit;
            }

            result.AddError($"--limit: '{result.Tokens[^1].Value}' is neither a number of rows (20) nor a share (95% or 95%:20)");
            return null;
        },
    };

    private readonly Option<StatementGrouping> _group = new("--group-by")
    {
        Description = "report mysql: digest (with the schema, the default), user, client or schema",
        HelpName = "WHAT",
        CustomParser = static result => OptionParsers.Choice(result,
            ("digest", StatementGrouping.Digest), ("user", StatementGrouping.User), ("client", StatementGrouping.Client),
            ("schema", StatementGrouping.Schema)),
    };

    /// <summary>Adds them to the verb.</summary>
    public void AddTo(Command command)
    {
        command.Add(_kind);
        command.Add(_order);
        command.Add(_limit);
        command.Add(_group);
    }

    /// <summary>The settings, narrowed to HTTP by the word http.</summary>
    public TraceSettings Narrow(ParseResult result, TraceSettings settings) =>
        !IsHttp(result) ? settings
        : settings.Protocols.Count == 0 ? settings with { Protocols = [Protocol.Http1, Protocol.Http2] }
        : settings.IsHttpOnly ? settings
        : throw new CliException(ExitCode.Usage, $"report {HttpWord} shows one protocol; drop --protocol");

    /// <summary>What was asked for; null for the tables of both protocols. Throws <see cref="CliException"/> on nonsense.</summary>
    public StatementReportSettings? Read(ParseResult result, TraceSettings settings)
    {
        var kind = result.GetValue(_kind);
        if (kind is null || IsHttp(result))
        {
            foreach (var option in (ReadOnlySpan<Option>)[_order, _limit, _group])
            {
                if (result.GetResult(option) is { Implicit: false })
                {
                    throw new CliException(ExitCode.Usage, $"{option.Name} is for: l7trace report {Word}");
                }
            }

            return null;
        }

        if (!kind.Equals(Word, StringComparison.OrdinalIgnoreCase) && !kind.Equals("mariadb", StringComparison.OrdinalIgnoreCase))
        {
            throw new CliException(ExitCode.Usage, $"'{kind}' has no report of its own; there are: l7trace report {Word} and l7trace report {HttpWord}");
        }

        if (settings.Protocols.Any(static protocol => protocol != Protocol.MySql))
        {
            throw new CliException(ExitCode.Usage, $"report {Word} shows one protocol; drop --protocol");
        }

        return new StatementReportSettings(result.GetValue(_group), result.GetValue(_order), result.GetValue(_limit));
    }

    private bool IsHttp(ParseResult result) => HttpWord.Equals(result.GetValue(_kind), StringComparison.OrdinalIgnoreCase);
}
