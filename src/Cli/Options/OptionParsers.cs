// SPDX-License-Identifier: Apache-2.0
using System.CommandLine.Parsing;
using System.Globalization;
using L7Trace.Parsers.Model;

namespace L7Trace.Cli.Options;

/// <summary>Turns option values into typed ones; what is wrong goes to the result as a whole sentence.</summary>
internal static class OptionParsers
{
    /// <summary>Process ids, comma lists allowed.</summary>
    public static uint[] ProcessIds(ArgumentResult result) => List(result, static (string text, out uint pid) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out pid) && pid is > 0 and <= int.MaxValue
            ? null
            : "is not a process id (for a command name use --name)");

    /// <summary>Ports, comma lists allowed.</summary>
    public static ushort[] Ports(ArgumentResult result) => List(result, static (string text, out ushort port) =>
        ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port != 0
            ? null
            : "is not a port (1 to 65535)");

    /// <summary>Names or paths, comma lists allowed.</summary>
    public static string[] Texts(ArgumentResult result) => List(result, static (string text, out string value) =>
    {
        value = text;
        return null;
    });

    /// <summary>Protocols, comma lists allowed.</summary>
    public static Protocol[] Protocols(ArgumentResult result) =>
        [.. List(result, static (string text, out Protocol[] protocols) =>
        {
            protocols = text.ToLowerInvariant() switch
            {
                "mysql" or "mariadb" => [Protocol.MySql],
                "http" => [Protocol.Http1, Protocol.Http2],
                "http1" => [Protocol.Http1],
                "http2" => [Protocol.Http2],
                "websocket" => [Protocol.WebSocket],
                _ => [],
            };
            return protocols.Length > 0 ? null : "is no protocol that l7trace knows; it knows mysql, http, http1, http2, websocket";
        }).SelectMany(static protocols => protocols).Distinct()];

    /// <summary>A duration above zero, nanoseconds.</summary>
    public static long? Duration(ArgumentResult result)
    {
        var text = result.Tokens[^1].Value;
        if (!Durations.TryParse(text, out var nanoseconds, out var error))
        {
            result.AddError($"{Name(result)}: '{text}' {error}");
            return null;
        }

        if (nanoseconds == 0)
        {
            result.AddError($"{Name(result)}: '{text}' must be more than zero");
            return null;
        }

        return nanoseconds;
    }

    /// <summary>A count above zero.</summary>
    public static long? Count(ArgumentResult result)
    {
        var text = result.Tokens[^1].Value;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0)
        {
            return count;
        }

        result.AddError($"{Name(result)}: '{text}' is not a number above zero");
        return null;
    }

    /// <summary>A size in bytes within bounds.</summary>
    public static long? Size(ArgumentResult result, long smallest, long largest)
    {
        var text = result.Tokens[^1].Value;
        if (ByteSizes.TryParse(text, out var bytes) && bytes >= smallest && bytes <= largest)
        {
            return bytes;
        }

        result.AddError(
            $"{Name(result)}: '{text}' is not a size from {ByteSizes.Format(smallest)} to {ByteSizes.Format(largest)}");
        return null;
    }

    /// <summary>One word of a fixed set.</summary>
    public static T Choice<T>(ArgumentResult result, params ReadOnlySpan<(string Word, T Value)> words)
    {
        var text = result.Tokens[^1].Value;
        foreach (var (word, value) in words)
        {
            if (string.Equals(word, text, StringComparison.OrdinalIgnoreCase))
            {
                return value;
            }
        }

        var known = new List<string>();
        foreach (var (word, _) in words)
        {
            known.Add(word);
        }

        var nearest = NearestName.Of(text, known);
        result.AddError($"{Name(result)}: '{text}' is none of {string.Join(", ", known)}" +
            (nearest is null ? "" : $"; did you mean '{nearest}'?"));
        return words[0].Value;
    }

    private delegate string? ItemParser<T>(string text, out T value);

    private static T[] List<T>(ArgumentResult result, ItemParser<T> parse)
    {
        var items = new List<T>();
        foreach (var token in result.Tokens)
        {
            foreach (var text in token.Value.Split(',', StringSplitOptions.TrimEntries))
            {
                if (text.Length == 0)
                {
                    result.AddError($"{Name(result)}: '{token.Value}' has an empty entry");
                    return [];
                }

                if (parse(text, out var value) is { } error)
                {
                    result.AddError($"{Name(result)}: '{text}' {error}");
                    return [];
                }

                items.Add(value);
            }
        }

        return [.. items];
    }

    private static string Name(ArgumentResult result) =>
        result.Parent is OptionResult option ? option.Option.Name : result.Argument.Name;
}
