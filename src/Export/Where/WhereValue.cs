// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Net;
using L7Trace.Export.Fields;
using L7Trace.Export.Json;
using L7Trace.Export.Text;

namespace L7Trace.Export.Where;

/// <summary>Reads a value as the field that it is compared with has it: the field decides, not the quotes.</summary>
internal static class WhereValue
{
    /// <summary>A number of the field's kind; false with what is wrong with it.</summary>
    public static bool TryNumber(ExchangeField field, string text, out Int128 value, out string error)
    {
        error = "";
        value = 0;
        switch (field.Kind)
        {
            case FieldKind.Duration:
                if (Durations.TryParse(text, out var nanoseconds, out var fault))
                {
                    value = nanoseconds;
                    return true;
                }

                error = Whole(text, out _)
                    ? $"a duration needs a unit, as in {text}ms; units are ns, us, ms, s, m, h"
                    : $"{field.ShortName ?? field.Name} is a duration, and '{text}' {fault}";
                return false;
            case FieldKind.Bytes:
                if (ByteSizes.TryParse(text, out var bytes))
                {
                    value = bytes;
                    return true;
                }

                error = $"{field.Name} is a size, and '{text}' is none; write for example 4096, 64KiB or 10MiB";
                return false;
            case FieldKind.Time:
                if (Timestamp.Parse(text) is { } time)
                {
                    value = time;
                    return true;
                }

                error = $"{field.Name} is a time, and '{text}' is none; write for example 2026-11-23T03:15:09Z or 2026-11-23T04:15:09.25+01:00";
                return false;
            default:
                if (Whole(text, out value))
                {
                    return true;
                }

                error = $"{field.Name} is a whole number, and '{text}' is none";
                return false;
        }
    }

    /// <summary>Text as the field has it: words in any case, addresses in their usual form.</summary>
    public static bool TryText(ExchangeField field, string text, out string value, out string error)
    {
        value = text;
        error = "";
        if (field.Kind is FieldKind.Word or FieldKind.List)
        {
            if (field.Words.FirstOrDefault(word => word.Equals(text, StringComparison.OrdinalIgnoreCase)) is { } known)
            {
                value = known;
                return true;
            }

            error = $"{field.Name} is never '{text}'; it is {(field.Kind == FieldKind.List ? "some" : "one")} of {string.Join(", ", field.Words)}" +
                (NearestName.Of(text, field.Words) is { } nearest ? $"; did you mean '{nearest}'?" : "");
            return false;
        }

        if (field.Name.EndsWith(".address", StringComparison.Ordinal) && text.Contains(':', StringComparison.Ordinal) &&
            IPAddress.TryParse(text, out var address))
        {
            value = (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();
        }

        return true;
    }

    private static bool Whole(string text, out Int128 value) =>
        Int128.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
}
