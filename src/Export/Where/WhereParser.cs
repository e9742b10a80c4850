// SPDX-License-Identifier: Apache-2.0
using L7Trace.Export.Fields;
using L7Trace.Export.Text;

namespace L7Trace.Export.Where;

/// <summary>
/// Tokens into a tree. "or" binds least, then "and", then "not", then a comparison of a field with a value. The first
/// error ends it.
/// </summary>
internal sealed class WhereParser(List<WhereToken> tokens)
{
    private const int MaxDepth = 100;

    private int _next;
    private int _depth;

    /// <summary>What is wrong; null when nothing is.</summary>
    public WhereError? Error { get; private set; }

    /// <summary>Fields that the expression names.</summary>
    public HashSet<ExchangeField> Fields { get; } = [];

    /// <summary>The tree; null with <see cref="Error"/>.</summary>
    public WhereNode? Parse()
    {
        var tree = Or();
        if (tree is not null && Peek.Kind != WhereTokenKind.End)
        {
            return Fail(Peek, Peek.Kind == WhereTokenKind.Close ? "nothing is open here" : "write && or || between two tests");
        }

        return tree;
    }

    private WhereToken Peek => tokens[_next];

    private WhereToken Take() => tokens[_next].Kind == WhereTokenKind.End ? tokens[_next] : tokens[_next++];

    private bool Takes(WhereTokenKind kind)
    {
        if (Peek.Kind != kind)
        {
            return false;
        }

        _next++;
        return true;
    }

    private WhereNode? Fail(WhereToken token, string message)
    {
        Error ??= new WhereError(token.Position, message);
        return null;
    }

    private WhereNode? Or()
    {
        var left = And();
        while (left is not null && Takes(WhereTokenKind.Or))
        {
            left = And() is { } right ? new WhereOr(left, right) : null;
        }

        return left;
    }

    private WhereNode? And()
    {
        var left = Not();
        while (left is not null && Takes(WhereTokenKind.And))
        {
            left = Not() is { } right ? new WhereAnd(left, right) : null;
        }

        return left;
    }

    private WhereNode? Not()
    {
        var token = Peek;
        if (token.Kind is not (WhereTokenKind.Not or WhereTokenKind.Open))
        {
            return Test();
        }

        if (++_depth > MaxDepth)
        {
            return Fail(token, $"parentheses and ! go at most {MaxDepth} deep");
        }

        _next++;
        WhereNode? inner;
        if (token.Kind == WhereTokenKind.Not)
        {
            inner = Not() is { } negated ? new WhereNot(negated) : null;
        }
        else
        {
            inner = Or();
            if (inner is not null && !Takes(WhereTokenKind.Close))
            {
                inner = Fail(Peek, "a ) is missing");
            }
        }

        _depth--;
        return inner;
    }

    private WhereNode? Test()
    {
        var name = Take();
        if (name.Kind != WhereTokenKind.Word)
        {
            return Fail(name, name.Kind == WhereTokenKind.End
                ? "a test is missing here, as in duration > 50ms"
                : "a test begins with a field, as in duration > 50ms");
        }

        if (name.Text.Equals("has", StringComparison.OrdinalIgnoreCase) && Takes(WhereTokenKind.Open))
        {
            return Field(Take()) is not { } known ? null
                : Takes(WhereTokenKind.Close) ? new WhereHas(known)
                : Fail(Peek, "has() takes one field: has(db.namespace)");
        }

        if (Field(name) is not { } field)
        {
            return null;
        }

        if (Takes(WhereTokenKind.In))
        {
            return In(field);
        }

        if (Peek.Kind == WhereTokenKind.Not && tokens[_next + 1].Kind == WhereTokenKind.In)
        {
            _next += 2;
            return In(field) is { } inner ? new WhereNot(inner) : null;
        }

        if (Peek.Kind != WhereTokenKind.Compare)
        {
            return field.Kind == FieldKind.Boolean
                ? new WhereFlag(field, true)
                : Fail(Peek, $"what shall {field.Name} be? Write == != < <= > >= ~ !~ or in behind it, or has({field.Name})");
        }

        var sign = Take();
        var value = Take();
        return value.Kind is WhereTokenKind.Word or WhereTokenKind.Quoted
            ? Compare(field, sign, value)
            : Fail(value, $"a value is missing behind {sign.Text}");
    }

    private ExchangeField? Field(WhereToken token)
    {
        if (token.Kind == WhereTokenKind.Word && ExchangeFields.Find(token.Text) is { } field)
        {
            Fields.Add(field);
            return field;
        }

        if (token.Kind != WhereTokenKind.Word || char.IsAsciiDigit(token.Text[0]) || token.Text[0] is '-' or '+')
        {
            Fail(token, "a field stands here, on the left: duration > 50ms");
            return null;
        }

        var near = NearestName.Of(token.Text, ExchangeFields.Names) is { } nearest
            ? [nearest]
            : ExchangeFields.All.Select(static known => known.Name)
                .Where(known => known.Contains(token.Text, StringComparison.OrdinalIgnoreCase)).Take(3).ToArray();
        Fail(token, $"unknown field '{token.Text}'" + (near.Length > 0
            ? $"; did you mean {string.Join(" or ", near.Select(static known => $"'{known}'"))}?"
            : "; l7trace fields lists them"));
        return null;
    }

    private WhereNode? In(ExchangeField field)
    {
        if (!Takes(WhereTokenKind.Open))
        {
            return Fail(Peek, "values in parentheses belong behind in: in (1, 2, 3)");
        }

        var values = new List<WhereToken>();
        do
        {
            var value = Take();
            if (value.Kind is not (WhereTokenKind.Word or WhereTokenKind.Quoted))
            {
                return Fail(value, "a value is missing here: in (1, 2, 3)");
            }

            values.Add(value);
        }
        while (Takes(WhereTokenKind.Comma));
        if (!Takes(WhereTokenKind.Close))
        {
            return Fail(Peek, "a , or ) is missing");
        }

        if (field.Kind == FieldKind.Boolean)
        {
            return Fail(values[0], $"{field.Name} is true or false: write {field.Name} or !{field.Name}");
        }

        if (field.IsNumber)
        {
            var numbers = values.ConvertAll(value => Number(field, value));
            return Error is null ? new WhereNumberIn(field, [.. numbers]) : null;
        }

        var texts = values.ConvertAll(value => Text(field, value));
        return Error is null ? OneOf(field, [.. texts]) : null;
    }

    private WhereNode? Compare(ExchangeField field, WhereToken sign, WhereToken value)
    {
        if (sign.Text is "~" or "!~")
        {
            return Match(field, sign, value);
        }

        if (field.IsNumber)
        {
            var number = Number(field, value);
            return Error is null ? new WhereNumberTest(field, sign.Text, number) : null;
        }

        if (sign.Text is not ("==" or "!="))
        {
            return Fail(sign, $"{field.Name} is {(field.Kind == FieldKind.Boolean ? "true or false" : "text")} and has no order; " +
                (field.Kind == FieldKind.Boolean ? $"write {field.Name} or !{field.Name}" : "write ==, !=, ~, !~ or in"));
        }

        if (field.Kind == FieldKind.Boolean)
        {
            return bool.TryParse(value.Text, out var flag)
                ? new WhereFlag(field, flag == (sign.Text == "=="))
                : Fail(value, $"{field.Name} is true or false");
        }

        var text = Text(field, value);
        var test = OneOf(field, [text]);
        return Error is not null ? null : sign.Text == "==" ? test : new WhereNot(test);
    }

    private WhereNode? Match(ExchangeField field, WhereToken sign, WhereToken value)
    {
        if (field.Kind is FieldKind.Duration or FieldKind.Bytes or FieldKind.Time or FieldKind.Boolean)
        {
            return Fail(sign, $"{field.Name} is no text; {sign.Text} looks for a regular expression in text");
        }

        RefuseField(value);
        if (WherePattern.TryMake(value.Text, out var error) is not { } pattern)
        {
            return Fail(value, error);
        }

        WhereNode test = field.Kind == FieldKind.List ? new WhereListTest(field, [], pattern) : new WhereMatch(field, pattern);
        return Error is not null ? null : sign.Text == "~" ? test : new WhereNot(test);
    }

    private static WhereNode OneOf(ExchangeField field, string[] values) => field.Kind == FieldKind.List
        ? new WhereListTest(field, values, null)
        : new WhereTextIn(field, values);

    private Int128 Number(ExchangeField field, WhereToken value)
    {
        RefuseField(value);
        if (!WhereValue.TryNumber(field, value.Text, out var number, out var error))
        {
            Fail(value, error);
        }

        return number;
    }

    private string Text(ExchangeField field, WhereToken value)
    {
        RefuseField(value);
        if (!WhereValue.TryText(field, value.Text, out var text, out var error))
        {
            Fail(value, error);
        }

        return text;
    }

    // Taken for text it would silently be wrong. (A name without a dot, like "type", is more likely a value.)
    private void RefuseField(WhereToken value)
    {
        if (value.Kind == WhereTokenKind.Word && value.Text.Contains('.', StringComparison.Ordinal) && ExchangeFields.Find(value.Text) is not null)
        {
            Fail(value, $"{value.Text} is a field, and a field is compared with a value; put it in quotes if that text is meant");
        }
    }
}
