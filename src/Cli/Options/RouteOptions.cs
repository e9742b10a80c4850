// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Globalization;
using L7Trace.Analysis.Http;

namespace L7Trace.Cli.Options;

/// <summary>What a user calls a route, and how many others there may be. One instance belongs to one verb.</summary>
internal sealed class RouteOptions
{
    private const int MostPatterns = 1000;
    private const int LongestFile = 1024 * 1024;

    private readonly Option<string[]> _routes = new("--route")
    {
        Description = "routes by name: /users/{id}/orders ({name} and * stand for one part, ** at the end for any number); the " +
            "first that fits counts, in front of what is guessed by shape; can be repeated",
        HelpName = "PATTERN",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };

    private readonly Option<string?> _file = new("--routes-from")
    {
        Description = "a file of such routes, one on a line; # begins a comment",
        HelpName = "FILE",
    };

    private readonly Option<long?> _most = new("--max-routes")
    {
        Description = "routes by shape for each host at most; what comes later is {other}; default 500",
        HelpName = "N",
        CustomParser = OptionParsers.Count,
    };

    /// <summary>Adds them to a verb.</summary>
    public void AddTo(Command command)
    {
        command.Add(_routes);
        command.Add(_file);
        command.Add(_most);
    }

    /// <summary>The settings with what was said. Throws <see cref="CliException"/> on nonsense.</summary>
    public TraceSettings Read(ParseResult result, TraceSettings settings)
    {
        var texts = (result.GetValue(_routes) ?? []).Select(static text => (Text: text, From: "--route")).ToList();
        if (result.GetValue(_file) is { } path)
        {
            texts.AddRange(Lines(path));
        }

        if (texts.Count > MostPatterns)
        {
            throw new CliException(ExitCode.Usage, $"there are {texts.Count} routes; {MostPatterns} are the most");
        }

        return settings with
        {
            Routes = texts.Count == 0 ? settings.Routes : [.. texts.Select(static entry => RoutePattern.TryParse(entry.Text, out var error)
                ?? throw new CliException(ExitCode.Usage, $"{entry.From}: '{entry.Text}': {error}"))],
            MaxRoutes = (int)Math.Min(result.GetValue(_most) ?? RouteTable.DefaultRoutesPerHost, int.MaxValue),
        };
    }

    private static IEnumerable<(string Text, string From)> Lines(string path)
    {
        string[] lines;
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > LongestFile })
            {
                throw new CliException(ExitCode.Usage, $"'{path}' is too large for a file of routes");
            }

            lines = File.ReadAllLines(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.Failure, $"can't read '{path}': {exception.Message}");
        }

        return lines.Index().Select(static line => (Text: line.Item.Split('#')[0].Trim(), line.Index)).Where(static line => line.Text.Length > 0)
            .Select(line => (line.Text, string.Create(CultureInfo.InvariantCulture, $"{path}, line {line.Index + 1}")));
    }
}
