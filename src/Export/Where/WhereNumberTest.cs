// SPDX-License-Identifier: Apache-2.0
using L7Trace.Export.Fields;
using L7Trace.Parsers.Model;

namespace L7Trace.Export.Where;

/// <summary>
/// A number against a value. While the number is not known but has a lower bound (the duration of what still runs), what
/// the bound proves is said, and the rest is unknown.
/// </summary>
internal sealed class WhereNumberTest(ExchangeField field, string sign, Int128 value) : WhereNode
{
    public override WhereTruth Test(FieldContext context, Exchange exchange)
    {
        if (field.NumberIn(context, exchange) is { } number)
        {
            return Holds(number) ? WhereTruth.True : WhereTruth.False;
        }

        return field.LowerBoundIn(context, exchange) is { } least ? OfLeast(least) : WhereTruth.Unknown;
    }

    private bool Holds(Int128 number) => sign switch
    {
        "==" => number == value,
        "!=" => number != value,
        "<" => number < value,
        "<=" => number <= value,
        ">" => number > value,
        _ => number >= value,
    };

    private WhereTruth OfLeast(Int128 least) => sign switch
    {
        ">" or "!=" when least > value => WhereTruth.True,
        ">=" when least >= value => WhereTruth.True,
        "<=" or "==" when least > value => WhereTruth.False,
        "<" when least >= value => WhereTruth.False,
        _ => WhereTruth.Unknown,
    };
}

/// <summary>A number is one of several values.</summary>
internal sealed class WhereNumberIn(ExchangeField field, Int128[] values) : WhereNode
{
    public override WhereTruth Test(FieldContext context, Exchange exchange) => field.NumberIn(context, exchange) is not { } number
        ? WhereTruth.Unknown
        : Array.IndexOf(values, number) >= 0 ? WhereTruth.True : WhereTruth.False;
}
