// SPDX-License-Identifier: Apache-2.0
using System.Text.RegularExpressions;
using L7Trace.Export.Fields;
using L7Trace.Parsers.Model;

namespace L7Trace.Export.Where;

/// <summary>An entry of a list is one of several values, or has a regular expression in it. No entry of an empty list is.</summary>
internal sealed class WhereListTest(ExchangeField field, string[] values, Regex? pattern) : WhereNode
{
    public override WhereTruth Test(FieldContext context, Exchange exchange)
    {
        if (field.ListIn(context, exchange) is not { } list)
        {
            return WhereTruth.Unknown;
        }

        foreach (var entry in list)
        {
            if (pattern is null ? Array.IndexOf(values, entry) >= 0 : pattern.IsMatch(entry))
            {
                return WhereTruth.True;
            }
        }

        return WhereTruth.False;
    }
}
