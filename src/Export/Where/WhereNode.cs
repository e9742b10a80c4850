// SPDX-License-Identifier: Apache-2.0
using L7Trace.Export.Fields;
using L7Trace.Parsers.Model;

namespace L7Trace.Export.Where;

/// <summary>A part of an expression.</summary>
internal abstract class WhereNode
{
    /// <summary>What it says of an exchange.</summary>
    public abstract WhereTruth Test(FieldContext context, Exchange exchange);
}

internal sealed class WhereAnd(WhereNode left, WhereNode right) : WhereNode
{
    public override WhereTruth Test(FieldContext context, Exchange exchange)
    {
        var first = left.Test(context, exchange);
        return first == WhereTruth.False ? first : Min(first, right.Test(context, exchange));
    }

    private static WhereTruth Min(WhereTruth a, WhereTruth b) => a < b ? a : b;
}

internal sealed class WhereOr(WhereNode left, WhereNode right) : WhereNode
{
    public override WhereTruth Test(FieldContext context, Exchange exchange)
    {
        var first = left.Test(context, exchange);
        return first == WhereTruth.True ? first : Max(first, right.Test(context, exchange));
    }

    private static WhereTruth Max(WhereTruth a, WhereTruth b) => a > b ? a : b;
}

/// <summary>The opposite; what is not known stays so.</summary>
internal sealed class WhereNot(WhereNode inner) : WhereNode
{
    public override WhereTruth Test(FieldContext context, Exchange exchange) => WhereTruth.True - (byte)inner.Test(context, exchange);
}

/// <summary>Whether a field is known: the one test that always has an answer.</summary>
internal sealed class WhereHas(ExchangeField field) : WhereNode
{
    public override WhereTruth Test(FieldContext context, Exchange exchange)
    {
        Span<char> buffer = stackalloc char[ExchangeField.BufferSize];
        return field.TryText(context, exchange, buffer, out _) || field.ListIn(context, exchange)?.Any() == true ? WhereTruth.True : WhereTruth.False;
    }
}

/// <summary>A boolean field equals a value.</summary>
internal sealed class WhereFlag(ExchangeField field, bool wanted) : WhereNode
{
    public override WhereTruth Test(FieldContext context, Exchange exchange) => field.FlagIn(context, exchange) is not { } flag
        ? WhereTruth.Unknown
        : flag == wanted ? WhereTruth.True : WhereTruth.False;
}
