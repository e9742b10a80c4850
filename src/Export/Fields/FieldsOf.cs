// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;

namespace L7Trace.Export.Fields;

/// <summary>Makes fields of one kind of exchange: a line each. Other exchanges don't have them.</summary>
/// <typeparam name="T">The kind of exchange.</typeparam>
internal static class FieldsOf<T>
    where T : Exchange
{
    /// <summary>Text that may be redacted or computed.</summary>
    public static ExchangeField Text(
        string name, string present, string origin, Func<FieldContext, T, string?> value, bool isRedacted = false, bool needsSecrets = false) =>
        new(name, FieldKind.Text, "", present, origin)
        {
            Text = FieldGetters.Of<string?>(value),
            IsRedacted = isRedacted,
            NeedsSecrets = needsSecrets,
        };

    /// <summary>Text as the exchange has it.</summary>
    public static ExchangeField Text(string name, string present, string origin, Func<T, string?> value) =>
        new(name, FieldKind.Text, "", present, origin) { Text = FieldGetters.Of<string?>(value) };

    /// <summary>Text that is put together in a buffer, where a string would cost an allocation.</summary>
    public static ExchangeField Formatted(string name, string present, string origin, FormattedOf value) =>
        new(name, FieldKind.Text, "", present, origin) { Formatted = value };

    /// <summary>One of a few words.</summary>
    public static ExchangeField Word(string name, string present, string origin, string[] words, Func<T, string?> value) =>
        new(name, FieldKind.Word, "", present, origin)
        {
            Text = FieldGetters.Of<string?>(value),
            Words = words,
        };

    /// <summary>Some of a few words; an empty list is known and not written.</summary>
    public static ExchangeField List(string name, string present, string origin, string[] words, Func<T, IEnumerable<string>?> value) =>
        new(name, FieldKind.List, "", present, origin)
        {
            List = FieldGetters.Of<IEnumerable<string>?>(value),
            Words = words,
        };

    /// <summary>A whole number of the given unit; what is below zero counts as not known.</summary>
    public static ExchangeField Integer(string name, string present, string origin, Func<T, long?> value, string unit = "", Func<FieldContext, Exchange, long?>? atLeast = null) =>
        new(name, FieldKind.Integer, unit, present, origin)
        {
            Number = FieldGetters.Of<long?>(value),
            AtLeast = atLeast,
        };

    /// <summary>A whole number that depends on what may be shown.</summary>
    public static ExchangeField SecretInteger(string name, string present, string origin, Func<FieldContext, T, long?> value) =>
        new(name, FieldKind.Integer, "", present, origin)
        {
            Number = FieldGetters.Of<long?>(value),
            NeedsSecrets = true,
        };

    /// <summary>A size, shown with the values that it is of.</summary>
    public static ExchangeField SecretBytes(string name, string present, string origin, Func<FieldContext, T, long?> value) =>
        new(name, FieldKind.Bytes, "bytes", present, origin)
        {
            Number = FieldGetters.Of<long?>(value),
            NeedsSecrets = true,
        };

    /// <summary>A whole number that needs all 64 bits.</summary>
    public static ExchangeField Unsigned(string name, string present, string origin, Func<T, ulong?> value, string unit = "") =>
        new(name, FieldKind.Integer, unit, present, origin) { Unsigned = FieldGetters.Of<ulong?>(value) };

    /// <summary>A size in bytes; what is below zero counts as not known.</summary>
    public static ExchangeField Bytes(string name, string present, string origin, Func<T, long?> value) =>
        Number(name, FieldKind.Bytes, "bytes", present, origin, value);

    /// <summary>A duration in nanoseconds.</summary>
    public static ExchangeField Duration(
        string name, string present, string origin, Func<FieldContext, T, long?> value, Func<FieldContext, Exchange, long?>? atLeast = null) =>
        new(name, FieldKind.Duration, "nanoseconds", present, origin)
        {
            Number = FieldGetters.Of<long?>(value),
            AtLeast = atLeast,
        };

    /// <summary>A moment, nanoseconds since the Unix epoch.</summary>
    public static ExchangeField Time(string name, string present, string origin, Func<T, long?> value) =>
        Number(name, FieldKind.Time, "RFC 3339, UTC, 9 digits", present, origin, value);

    /// <summary>A number that is written as text.</summary>
    public static ExchangeField Code(string name, string present, string origin, Func<T, long?> value) =>
        Number(name, FieldKind.Code, "", present, origin, value);

    /// <summary>True or false.</summary>
    public static ExchangeField Boolean(string name, string present, string origin, Func<T, bool?> value) =>
        new(name, FieldKind.Boolean, "", present, origin) { Flag = FieldGetters.Of<bool?>(value) };

    /// <summary>True or false, of which the JSON lines write only the first.</summary>
    public static ExchangeField True(string name, string present, string origin, Func<T, bool?> value) =>
        new(name, FieldKind.Boolean, "", present, origin)
        {
            Flag = FieldGetters.Of<bool?>(value),
            WritesTrueOnly = true,
        };

    /// <summary>A text for each of many names; the name ends in a dot and stands before them.</summary>
    public static ExchangeField Family(
        string prefix, string present, string origin, Func<FieldContext, T, IReadOnlyList<KeyValuePair<string, string?>>?> members, bool needsSecrets) =>
        new(prefix + ExchangeField.MemberMark, FieldKind.Text, "", present, origin)
        {
            Members = FieldGetters.Of<IReadOnlyList<KeyValuePair<string, string?>>?>(members),
            NeedsSecrets = needsSecrets,
        };

    private static ExchangeField Number(
        string name, FieldKind kind, string unit, string present, string origin, Func<T, long?> value) =>
        new(name, kind, unit, present, origin)
        {
            Number = FieldGetters.Of<long?>(value),
        };
}
