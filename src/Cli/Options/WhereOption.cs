// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.CommandLine.Parsing;
using L7Trace.Export.Where;

namespace L7Trace.Cli.Options;

/// <summary><c>--where</c>: only exchanges of which an expression holds. One instance belongs to one verb.</summary>
internal sealed class WhereOption
{
    /// <summary>The option's name.</summary>
    public const string Name = "--where";

    private const string AskForHelp = "help";

    private readonly Option<WhereExpression?> _where = new(Name)
    {
        Description = "only exchanges of which this holds: 'duration > 50ms && db.query.text ~ \"orders\"'; " +
            "--where help lists the fields; several must all hold",
        HelpName = "EXPRESSION",
        CustomParser = Parse,
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };

    /// <summary>Adds it to a verb.</summary>
    public void AddTo(Command command) => command.Add(_where);

    /// <summary>The expression, all must hold when there are several; null when there is none.</summary>
    public WhereExpression? Read(ParseResult result, bool showSecrets)
    {
        var where = result.GetValue(_where);
        var hidden = showSecrets ? null : where?.Fields.FirstOrDefault(static field => field.NeedsSecrets);
        return hidden is null ? where : throw new CliException(ExitCode.Usage,
            $"{Name}: {hidden.Name} is not known without --show-secrets, so nothing would ever match");
    }

    /// <summary>True when the value is the word help: a question, and no expression.</summary>
    public static bool AsksForHelp(ParseResult result) => result.CommandResult.Children.OfType<OptionResult>()
        .Any(static option => option.Option.Name == Name && option.Tokens.Any(static token => token.Value == AskForHelp));

    private static WhereExpression? Parse(ArgumentResult result)
    {
        WhereExpression? all = null;
        foreach (var token in result.Tokens)
        {
            if (token.Value == AskForHelp)
            {
                return null;
            }

            if (WhereExpression.TryParse(token.Value, out var error) is not { } expression)
            {
                result.AddError($"{Name}: {error!.Show(token.Value)}");
                return null;
            }

            all = all is null ? expression : all.And(expression);
        }

        return all;
    }
}
