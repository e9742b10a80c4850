// SPDX-License-Identifier: Apache-2.0
using System.Text.RegularExpressions;
using L7Trace.Export.Fields;
using L7Trace.Parsers.Model;

namespace L7Trace.Export.Where;

/// <summary>A text is one of several values, exactly.</summary>
internal sealed class WhereTextIn(ExchangeField field, string[] values) : WhereNode
{
    public override WhereTruth Test(FieldContext context, Exchange exchange)
    {
        Span<char> buffer = stackalloc char[ExchangeField.BufferSize];
        if (!field.TryText(context, exchange, buffer, out var text))
        {
            return WhereTruth.Unknown;
        }

        foreach (var value in values)
        {
            if (text.SequenceEqual(value))
            {
                return WhereTruth.True;
            }
        }

        return WhereTruth.False;
    }
}

/// <summary>A regular expression is found in a text.</summary>
internal sealed class WhereMatch(ExchangeField field, Regex pattern) : WhereNode
{
    public override WhereTruth Test(FieldContext context, Exchange exchange)
    {
        Span<char> buffer = stackalloc char[ExchangeField.BufferSize];
        return !field.TryText(context, exchange, buffer, out var text) ? WhereTruth.Unknown
            : pattern.IsMatch(text) ? WhereTruth.True
            : WhereTruth.False;
    }
}
