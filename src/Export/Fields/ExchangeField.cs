// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json;
using L7Trace.Export.Json;
using L7Trace.Parsers.Model;

namespace L7Trace.Export.Fields;

/// <summary>
/// One field of an exchange: its name, what it means, and how to read it. The JSON lines, docs/json.md,
/// <c>l7trace fields</c> and <c>--where</c> all take it from <see cref="ExchangeFields"/>.
/// </summary>
public sealed class ExchangeField
{
    /// <summary>Characters that the buffer of <see cref="TryText"/> needs.</summary>
    public const int BufferSize = 64;

    /// <summary>Stands in the name of a family of fields for the names of its members.</summary>
    public const string MemberMark = "<name>";

    private const string NanosecondSuffix = "_ns";

    private readonly JsonEncodedText _jsonName;
    private readonly byte[] _member;

    internal ExchangeField(string name, FieldKind kind, string unit, string present, string origin)
    {
        Name = name;
        Kind = kind;
        Unit = unit;
        Present = present;
        Origin = origin;
        _jsonName = JsonEncodedText.Encode(name, JsonText.Encoder);
        _member = JsonLine.Member(_jsonName);
        ShortName = kind == FieldKind.Duration && name.EndsWith(NanosecondSuffix, StringComparison.Ordinal)
            ? name[..^NanosecondSuffix.Length]
            : null;
    }

    /// <summary>Its name in the JSON lines.</summary>
    public string Name { get; }

    /// <summary>The name without the unit, where <see cref="Name"/> has one: <c>duration</c>; else null.</summary>
    public string? ShortName { get; }

    /// <summary>What its value is.</summary>
    public FieldKind Kind { get; }

    /// <summary>Unit of the value in the JSON lines; empty for none.</summary>
    public string Unit { get; }

    /// <summary>When it is there, and what it means beyond its name; Markdown.</summary>
    public string Present { get; }

    /// <summary>Who gave it its name; Markdown.</summary>
    public string Origin { get; }

    /// <summary>All values that it can have; empty when they are not limited.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>What it is may have been replaced by "?" unless secrets are shown.</summary>
    public bool IsRedacted { get; init; }

    /// <summary>It is there only when secrets are shown.</summary>
    public bool NeedsSecrets { get; init; }

    /// <summary>What it is known together with.</summary>
    internal FieldGroup Group { get; private set; }

    internal Func<FieldContext, Exchange, string?>? Text { get; init; }

    internal FormattedOf? Formatted { get; init; }

    internal Func<FieldContext, Exchange, IEnumerable<string>?>? List { get; init; }

    /// <summary>A number; what is below zero counts as not known.</summary>
    internal Func<FieldContext, Exchange, long?>? Number { get; init; }

    /// <summary>A number that needs all 64 bits.</summary>
    internal Func<FieldContext, Exchange, ulong?>? Unsigned { get; init; }

    internal Func<FieldContext, Exchange, bool?>? Flag { get; init; }

    /// <summary>Of a boolean, false is known but not written.</summary>
    internal bool WritesTrueOnly { get; init; }

    /// <summary>
    /// Set for a family of fields, whose members are fields of their own: of a name that is there more than once the last
    /// counts; a null text is SQL's NULL.
    /// </summary>
    internal Func<FieldContext, Exchange, IReadOnlyList<KeyValuePair<string, string?>>?>? Members { get; init; }

    /// <summary>The least that the number can be while it is not known.</summary>
    internal Func<FieldContext, Exchange, long?>? AtLeast { get; init; }

    /// <summary>True for numbers: integers, sizes, durations, times and codes.</summary>
    public bool IsNumber => Kind is FieldKind.Integer or FieldKind.Bytes or FieldKind.Duration or FieldKind.Time or FieldKind.Code;

    /// <summary>The number; null when it is not known or the field has none.</summary>
    public ulong? NumberIn(FieldContext context, Exchange exchange) => Unsigned is not null
        ? Unsigned(context, exchange)
        : Number?.Invoke(context, exchange) is >= 0 and { } number ? (ulong)number : null;

    /// <summary>What the number is at least while <see cref="NumberIn"/> does not know it; null when that is not known either.</summary>
    public ulong? LowerBoundIn(FieldContext context, Exchange exchange) =>
        AtLeast?.Invoke(context, exchange) is >= 0 and { } number ? (ulong)number : null;

    /// <summary>Whether it is so; null when that is not known or the field is no boolean.</summary>
    public bool? FlagIn(FieldContext context, Exchange exchange) => Flag?.Invoke(context, exchange);

    /// <summary>The words of a list; null when they are not known or the field is none.</summary>
    public IEnumerable<string>? ListIn(FieldContext context, Exchange exchange) => List?.Invoke(context, exchange);

    /// <summary>The value as text, as the JSON lines have it; false when it is not known.</summary>
    /// <param name="context">What is withheld, and the time.</param>
    /// <param name="exchange">The exchange.</param>
    /// <param name="buffer">At least <see cref="BufferSize"/> characters.</param>
    /// <param name="text">The text, in the buffer or not.</param>
    public bool TryText(FieldContext context, Exchange exchange, Span<char> buffer, out ReadOnlySpan<char> text)
    {
        text = default;
        if (Members is not null || List is not null)
        {
            return false; // only one of its members, or entries, has a text
        }

        if (Text is not null)
        {
            var value = Text(context, exchange);
            text = value;
            return value is not null;
        }

        if (Formatted is not null)
        {
            text = Formatted(exchange, buffer);
            return !text.IsEmpty;
        }

        if (Flag is not null)
        {
            var flag = Flag(context, exchange);
            text = flag == true ? "true" : "false";
            return flag is not null;
        }

        if (NumberIn(context, exchange) is not { } number)
        {
            return false;
        }

        if (Kind == FieldKind.Time)
        {
            text = Timestamp.Format((long)number, buffer);
        }
        else
        {
            number.TryFormat(buffer, out var length, default, CultureInfo.InvariantCulture);
            text = buffer[..length];
        }

        return true;
    }

    /// <summary>Puts it into a group.</summary>
    internal ExchangeField In(FieldGroup group)
    {
        Group = group;
        return this;
    }

    /// <summary>The field of one member of a family; null when this is no family or not of that name.</summary>
    internal ExchangeField? Member(string name)
    {
        if (Members is not { } members || !name.StartsWith(Name.AsSpan(0, Name.Length - MemberMark.Length), StringComparison.Ordinal))
        {
            return null;
        }

        var key = name[(Name.Length - MemberMark.Length)..];
        return key.Length == 0 ? null : new ExchangeField(name, Kind, Unit, Present, Origin)
        {
            Text = (context, exchange) => members(context, exchange)?.LastOrDefault(member => member.Key == key).Value,
            NeedsSecrets = NeedsSecrets,
        };
    }

    /// <summary>Writes name and value; nothing when the value is not known.</summary>
    internal void Write(JsonLine json, FieldContext context, Exchange exchange)
    {
        if (Text is not null)
        {
            if (Text(context, exchange) is { } text)
            {
                json.WriteString(_member, text);
            }
        }
        else if (Flag is not null)
        {
            if (Flag(context, exchange) is { } flag && (flag || !WritesTrueOnly))
            {
                json.WriteBoolean(_member, flag);
            }
        }
        else if (Number is not null && Kind is not (FieldKind.Time or FieldKind.Code))
        {
            if (Number(context, exchange) is { } number and >= 0)
            {
                json.WriteNumber(_member, number);
            }
        }
        else
        {
            WriteOther(json, context, exchange);
        }
    }

    private void WriteOther(JsonLine json, FieldContext context, Exchange exchange)
    {
        if (Unsigned is not null)
        {
            if (Unsigned(context, exchange) is { } number)
            {
                json.WriteNumber(_member, number);
            }
        }
        else if (Members is not null)
        {
            WriteMembers(json, context, exchange);
        }
        else if (List is not null)
        {
            if (List(context, exchange) is { } list && list.Any())
            {
                json.WriteStrings(_jsonName, list);
            }
        }
        else
        {
            Span<char> buffer = stackalloc char[BufferSize];
            if (TryText(context, exchange, buffer, out var text))
            {
                json.WriteString(_member, text);
            }
        }
    }

    private void WriteMembers(JsonLine json, FieldContext context, Exchange exchange)
    {
        if (Members!(context, exchange) is not { } members)
        {
            return;
        }

        var lastOf = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < members.Count; i++)
        {
            lastOf[members[i].Key] = i;
        }

        for (var i = 0; i < members.Count; i++)
        {
            if (lastOf[members[i].Key] != i)
            {
                continue;
            }

            var name = JsonEncodedText.Encode(Name[..^MemberMark.Length] + members[i].Key);
            if (members[i].Value is { } value)
            {
                JsonText.Write(json, name, value);
            }
            else
            {
                json.WriteNull(name);
            }
        }
    }
}
