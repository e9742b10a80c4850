// SPDX-License-Identifier: Apache-2.0
using L7Trace.Export.Fields;
using L7Trace.Parsers.Model;

namespace L7Trace.Export.Where;

/// <summary>
/// A filter over the fields of exchanges, as <c>--where</c> takes it (docs/where.md). Parsed once; testing allocates
/// nothing unless a text must be made that the exchange does not hold.
/// </summary>
public sealed class WhereExpression
{
    /// <summary>Characters that an expression may have.</summary>
    public const int MaxLength = 4000;

    private readonly WhereNode _tree;

    private WhereExpression(string text, WhereNode tree, IReadOnlyCollection<ExchangeField> fields)
    {
        Text = text;
        _tree = tree;
        Fields = fields;
    }

    /// <summary>The expression as it was written.</summary>
    public string Text { get; }

    /// <summary>The fields that it names.</summary>
    public IReadOnlyCollection<ExchangeField> Fields { get; }

    /// <summary>True when time alone may change what it says of an exchange that still runs.</summary>
    public bool DependsOnTime => Fields.Any(static known => known.Name is "duration_ns" or "age_ns");

    /// <summary>Parses one. Any text gives an expression or an error; it never throws.</summary>
    public static WhereExpression? TryParse(string text, out WhereError? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > MaxLength)
        {
            error = new WhereError(MaxLength, $"an expression has at most {MaxLength} characters");
            return null;
        }

        if (new WhereLexer(text).Read(out error) is not { } tokens)
        {
            return null;
        }

        var parser = new WhereParser(tokens);
        var tree = parser.Parse();
        error = parser.Error;
        return tree is null || error is not null ? null : new WhereExpression(text, tree, parser.Fields);
    }

    /// <summary>One that holds where both hold.</summary>
    public WhereExpression And(WhereExpression other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new WhereExpression($"({Text}) && ({other.Text})", new WhereAnd(_tree, other._tree), [.. Fields.Union(other.Fields)]);
    }

    /// <summary>What it says of an exchange; what still runs is as old as <see cref="FieldContext.Now"/> says.</summary>
    public WhereTruth Test(FieldContext context, Exchange exchange)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(exchange);
        return _tree.Test(context, exchange);
    }
}
