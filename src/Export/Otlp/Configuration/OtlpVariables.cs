// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace L7Trace.Export.Otlp.Configuration;

/// <summary>
/// Reads variables of one kind each ("OpenTelemetry Environment Variable Specification"): one that is empty counts as not
/// set; one that makes no sense is an error here, where an SDK would go on with a warning, because a tracer that sends
/// nothing is found out too late.
/// </summary>
internal sealed class OtlpVariables(Func<string, string?> variable)
{
    private const string Exporter = "OTEL_EXPORTER_OTLP_";

    /// <summary>A value; null when not set.</summary>
    public string? Text(string name) => variable(name) is { } value && value.Trim() is { Length: > 0 } text ? text : null;

    /// <summary>The value for traces, else the one for all signals, with the name of whichever is set.</summary>
    public (string Name, string Value)? OfExporter(string name) =>
        Text(Exporter + "TRACES_" + name) is { } own ? (Exporter + "TRACES_" + name, own)
        : Text(Exporter + name) is { } general ? (Exporter + name, general)
        : null;

    /// <summary>"true" or "false" in any case; null when not set.</summary>
    public bool? Boolean(string name) => Text(name) is { } value ? Boolean(name, value) : null;

    /// <summary>The same of a value at hand.</summary>
    public static bool Boolean(string name, string value) =>
        value.Equals("true", StringComparison.OrdinalIgnoreCase) ||
        (value.Equals("false", StringComparison.OrdinalIgnoreCase)
            ? false
            : throw Wrong(name, value, "is neither true nor false"));

    /// <summary>A number between two; null when not set.</summary>
    public int? Number(string name, int least, int most) => Text(name) is not { } value ? null
        : int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw Wrong(name, value, string.Create(CultureInfo.InvariantCulture, $"is not a number from {least} to {most}"));

    /// <summary>Milliseconds; null when not set.</summary>
    public static TimeSpan Milliseconds(string name, string value, int least) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least
            ? TimeSpan.FromMilliseconds(number)
            : throw Wrong(name, value, "is not a number of milliseconds" + (least > 0 ? " above zero" : ""));

    /// <summary>
    /// "key=value,key2=value2" as W3C baggage writes it, values percent-decoded; a key that comes twice has its last value.
    /// </summary>
    public static List<KeyValuePair<string, string>> Pairs(string name, string text)
    {
        var pairs = new List<KeyValuePair<string, string>>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                // The value may be a credential: it is not repeated.
                throw new OtlpConfigurationException($"{name} is not a list of key=value,key=value");
            }

            var key = part[..equals].TrimEnd();
            pairs.RemoveAll(pair => pair.Key.Equals(key, StringComparison.Ordinal));
            pairs.Add(new(key, Uri.UnescapeDataString(part[(equals + 1)..].TrimStart())));
        }

        return pairs;
    }

    /// <summary>The error for a value that can't be meant.</summary>
    public static OtlpConfigurationException Wrong(string name, string value, string why) => new($"{name}: '{value}' {why}");
}
