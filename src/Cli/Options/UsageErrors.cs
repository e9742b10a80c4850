// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;

namespace L7Trace.Cli.Options;

/// <summary>Says in our words what is wrong with a command line, and what may have been meant.</summary>
internal static class UsageErrors
{
    /// <summary>One sentence per mistake, at least one.</summary>
    public static IReadOnlyList<string> Explain(ParseResult parsed, RootCommand root)
    {
        var verb = parsed.CommandResult.Command;
        var sentences = new List<string>();
        var behindUnknownOption = false;
        foreach (var token in parsed.UnmatchedTokens)
        {
            // What follows an unknown option is most likely its value: one mistake, one sentence.
            var isOption = token.StartsWith('-');
            if (isOption || !behindUnknownOption)
            {
                sentences.Add(Unknown(token, verb, ReferenceEquals(verb, root)));
            }

            behindUnknownOption = isOption;
        }

        foreach (var error in parsed.Errors)
        {
            // The library's sentence for an unknown token quotes it; ours is above. "Required command" follows from it.
            if (!parsed.UnmatchedTokens.Any(token => error.Message.Contains($"'{token}'", StringComparison.Ordinal)) &&
                !(sentences.Count > 0 && ReferenceEquals(error.SymbolResult?.GetType(), parsed.CommandResult.GetType())))
            {
                sentences.Add(error.Message);
            }
        }

        if (sentences.Count == 0 || (ReferenceEquals(verb, root) && parsed.UnmatchedTokens.Count == 0))
        {
            return ["say what to do: " + string.Join(", ", Verbs(root))];
        }

        return sentences;
    }

    private static string Unknown(string token, Command verb, bool isRoot)
    {
        if (token.StartsWith('-'))
        {
            var name = token.Split('=', 2)[0];
            var known = verb.Options.Where(static option => !option.Hidden).Select(static option => option.Name);
            return $"unknown option '{name}'" + Meant(NearestName.Of(name, known));
        }

        if (isRoot)
        {
            return $"unknown verb '{token}'" + (NearestName.Of(token, Verbs(verb)) is { } meant
                ? Meant(meant)
                : "; there are " + string.Join(", ", Verbs(verb)));
        }

        return verb.Name == Commands.RunCommand.Name
            ? $"'{token}' is no option; put -- before the command: l7trace run -- {token} ..."
            : $"'{token}' is no option";
    }

    private static IEnumerable<string> Verbs(Command root) =>
        root.Subcommands.Where(static verb => !verb.Hidden).Select(static verb => verb.Name);

    private static string Meant(string? name) => name is null ? "" : $"; did you mean '{name}'?";
}
